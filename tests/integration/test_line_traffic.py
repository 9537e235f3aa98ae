"""Calls on a pair of wires, found by ear: none is split, joined, missed or invented, and no first word is cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from firmware.core.analogue.line_calls import EdgeRules
from tests.contract.touch_tones import at_level
from tests.integration.line_traffic import RATE_HZ, Line, TrueCall, utterance
from tests.integration.listened_line import FoundCall, hooks, listen, rings

Kind = Literal["loop and modem", "loop", "voice and modem", "voice"]
KINDS: tuple[Kind, ...] = ("loop and modem", "loop", "voice and modem", "voice")
_NUMBERS = ("01632960123", "02079460018", "999", "0800890011", "0016502530000", "14101632960555")


def a_days_traffic(seed: int, kind: Kind, calls: int = 5) -> Line:
    """Calls of all sorts, one after the other, as close together as they can be told apart on such a line."""
    chance = np.random.default_rng(seed)
    line = Line(chance)
    line.quiet(float(chance.uniform(0.5, 4)))
    for _ in range(calls):
        if chance.random() < 0.25:
            _false_alarm(line, kind)
        if chance.random() < 0.5:
            _inbound(line, kind)
        else:
            _outbound(line)
        _goodbye(line, kind)
    return line


def _inbound(line: Line, kind: Kind) -> None:
    line.caller_id()
    line.rings(int(line.chance.integers(1, 4)))
    line.hook(True)
    line.quiet(float(line.chance.uniform(0.1, 1.5)))
    line.talk("inbound", float(line.chance.uniform(6, 20)), pause_s=_pause_s(line))


def _outbound(line: Line) -> None:
    number = str(line.chance.choice(_NUMBERS))
    line.hook(True)
    line.network_tone("dial", float(line.chance.uniform(1.2, 3)))
    line.keys(number)
    line.quiet(float(line.chance.uniform(0.5, 4)))
    line.network_tone("ringing", float(line.chance.uniform(3, 10)))
    line.talk("outbound", float(line.chance.uniform(6, 20)), dialled=number, pause_s=_pause_s(line))


def _pause_s(line: Line) -> float:
    """Nobody says a word for some seconds, or one party is on hold."""
    if line.chance.random() < 0.2:
        line.talk_and_hold_s = float(line.chance.uniform(15, 40))
    return float(line.chance.uniform(0, 7))


def _goodbye(line: Line, kind: Kind) -> None:
    if line.chance.random() < 0.5:
        line.quiet(float(line.chance.uniform(0.3, 1.5)))
        line.network_tone("busy", float(line.chance.uniform(3, 9)))
        line.hook(False)
        line.quiet(float(line.chance.uniform(1, 3)))
        return
    line.quiet(0.3)
    line.hook(False)
    # Where nothing but voice tells, and the phone is put down without a sound, only silence ends a call.
    line.quiet(float(line.chance.uniform(22, 26) if kind == "voice" else line.chance.uniform(1, 4)))


def _false_alarm(line: Line, kind: Kind) -> None:
    match int(line.chance.integers(3)):
        case 0:  # lifted, and put down again
            line.hook(True)
            line.network_tone("dial", 1.5)
            line.hook(False)
        case 1:  # engaged
            line.hook(True)
            line.network_tone("dial", 1.2)
            line.keys("01632960999")
            line.quiet(1.0)
            line.network_tone("busy", 5)
            line.hook(False)
        case _:  # nobody answers
            line.caller_id()
            line.rings(3)
    line.quiet(float(line.chance.uniform(22, 24) if kind.startswith("voice") else 2.0))


def rules_of(kind: Kind) -> EdgeRules:
    return EdgeRules(hook="loop" if kind.startswith("loop") else "voice", rings_are_told="modem" in kind)


def found_on(line: Line, kind: Kind) -> list[FoundCall]:
    told = [*(rings(line.rings_ms) if "modem" in kind else []), *(hooks(line.hooks) if "loop" in kind else [])]
    noise_dbm0, hum_dbm0 = (float(line.chance.uniform(*levels)) for levels in ((-62, -50), (-55, -40)))
    return listen(line.sound(noise_dbm0, hum_dbm0), rules_of(kind), told)


def must_match(true: TrueCall, found: FoundCall, following: TrueCall | None) -> None:
    assert found.began.at_ms <= true.first_word_ms
    if found.ended is not None:
        assert found.ended.at_ms >= true.last_word_ms
    if following is not None:
        assert found.ended is not None
        assert found.ended.at_ms < following.first_word_ms
    assert found.began.direction == true.direction
    if true.dialled is not None:
        assert found.began.dialled == true.dialled.removeprefix("141")


@pytest.mark.parametrize("kind", KINDS)
def test_on_fifty_lines_no_call_is_split_joined_missed_or_invented(kind: Kind) -> None:
    """A quarter of the fifty at a time: all kinds of lines."""
    for seed in range(KINDS.index(kind), 50, len(KINDS)):
        _judge(seed, kind)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_on_two_hundred_busier_lines_neither(kind: Kind) -> None:
    for seed in range(1000, 1050):
        _judge(seed, kind, calls=12)


def _judge(seed: int, kind: Kind, calls: int = 5) -> None:
    line = a_days_traffic(seed, kind, calls)
    found = found_on(line, kind)
    assert len(found) == len(line.calls), f"line {seed}: {[(call.began, call.ended) for call in found]}"
    for true, call, following in zip(line.calls, found, [*line.calls[1:], None], strict=True):
        must_match(true, call, following)


def test_no_first_word_is_cut_in_ten_minutes_of_noisy_telephone_speech(
    record_property: Callable[[str, object], None],
) -> None:
    """Each phrase begins a call of its own, after a silence that ended the one before; nothing but voice tells."""
    chance = np.random.default_rng(7)
    rules = EdgeRules(silence_ends=4000)
    early_ms: list[int] = []
    spoken_s = 0.0
    while spoken_s < 600:
        line = Line(chance)
        onsets = []
        for _ in range(20):
            line.quiet(float(chance.uniform(5.5, 7)))
            onsets.append(line.now_ms)
            for _ in range(2):
                phrase = at_level(utterance(chance), float(chance.uniform(-30, -14)))
                spoken_s += len(phrase) / RATE_HZ
                line.add(phrase)
                line.quiet(0.3)
        line.quiet(6)
        found = listen(line.sound(noise_dbm0=float(chance.uniform(-60, -46))), rules)
        assert len(found) == len(onsets)
        early_ms += [onset - call.began.at_ms for onset, call in zip(onsets, found, strict=True)]
    record_property("phrases", len(early_ms))
    record_property("least that was kept before a first word, ms", min(early_ms))
    assert min(early_ms) >= 0
    assert max(early_ms) <= 1000
