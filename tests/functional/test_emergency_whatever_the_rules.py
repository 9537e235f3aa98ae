"""Emergency calls are put through at once, and nobody is told or played anything, whatever the office has set.

An office without a notice or a rule is the measure: with everything set that could hold a call up, an emergency call
takes no longer than there.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.functional.calls.lines_alone import LinesAlone
from tests.functional.calls.stage import Stage, accept
from tests.functional.calls.tones import tone
from tests.functional.conftest import Note
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.speech import write_wav

pytestmark = pytest.mark.functional

NUMBERS = ("999", "112", "9999")
LONGER_S = 0.05
# Of a tone that was taken out, where a packet came late on a busy machine; the faintest warning tone is 750, a prompt
# five times that.
_LEFT_OVER = 450
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Closed on every day but for one minute.
SHUT = {day: ["00:00-00:01"] for day in EVERY_DAY}
EVERYTHING: dict[str, Any] = {
    "notice": {
        "inbound": "long",
        "outbound": "long",
        "greeting": "long",
        "opt_out": {"key": "9", "inbound": "long", "outbound": "long", "confirmation": "long", "wait_s": 5},
    },
    "menu": {"prompt": "long", "choices": {"1": "201"}},
    "outside_hours": {"greeting": "long", "hang_up": True},
    "warning_tone": {"every_s": 1, "level_dbm0": -20.0},
}
RULES = {
    "nothing set": ({"notice": {"inbound": "", "outbound": ""}}, {}),
    "a rule that records no call": (EVERYTHING, {"rules": [{"name": "none", "mode": "never"}], "hours": SHUT}),
    "a rule that always records": (EVERYTHING, {"rules": [{"name": "all", "mode": "always"}], "hours": SHUT}),
    "a rule that records on demand": (EVERYTHING, {"rules": [{"name": "some", "mode": "on_demand"}], "hours": SHUT}),
}


@dataclass(frozen=True)
class Passage:
    """How long an emergency call took through the box."""

    to_the_trunk_s: float
    answer_to_the_phone_s: float
    first_sound_s: float


def test_an_emergency_call_passes_at_once_and_meets_nothing(tmp_path: Path, note: Note) -> None:
    passages: dict[str, list[Passage]] = {}
    for number, (name, (line, sections)) in enumerate(RULES.items()):
        passages[name] = _passages(tmp_path / str(number), line, sections)
        for what in ("to_the_trunk_s", "answer_to_the_phone_s", "first_sound_s"):
            note(f"{name}: {what}, ms", [round(1000 * getattr(each, what)) for each in passages[name]])
    plain = passages.pop("nothing set")
    for name, made in passages.items():
        for what in ("to_the_trunk_s", "answer_to_the_phone_s", "first_sound_s"):
            least, here = max(getattr(each, what) for each in plain), max(getattr(each, what) for each in made)
            assert here <= least + LONGER_S, f"{name}: {what}"


def _passages(folder: Path, line: dict[str, Any], sections: dict[str, Any]) -> list[Passage]:
    lines = LinesAlone(folder, line=line, sections=sections)
    lines.prepare()
    write_wav(lines.home.prompts / "long.wav", tone(800, 3))
    with ExitStack() as stack:
        stage = Stage(lines, stack)
        stack.enter_context(lines)
        return [_passage(stage, stack, dialled) for dialled in NUMBERS]


def _passage(stage: Stage, stack: ExitStack, dialled: str) -> Passage:
    # The box may use a port again, and what a phone sent late must not be another call's.
    stage.far, stage.near = stack.enter_context(RtpPhone()), stack.enter_context(RtpPhone())
    began = time.monotonic()
    caller = stage.dial(dialled)
    called = stage.trunk.expect_call()
    there = time.monotonic()
    stage.far.speak(tone(600, 4))
    accept(called, stage.far)
    answered = time.monotonic()
    caller.answered()
    put_through = time.monotonic()
    stage.near.wait_for_media(15)
    time.sleep(1.5)
    for phone, whose in ((stage.far, tone(0, 1)), (stage.near, tone(600, 1))):
        assert _else_than(phone, whose) < _LEFT_OVER, "nobody hears anything but the other party"
    first = _first_sound(stage.near)
    (call,) = stage.lines.calls()
    assert call["notice"] is None
    assert call["playing"] == []
    assert call["decided_by"].startswith("emergency calls")
    caller.hang_up()
    called.expect_bye()
    stage.lines.wait_until_quiet()
    return Passage(there - began, put_through - answered, first - answered)


def _else_than(phone: RtpPhone, whose: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    """The loudest 20 ms that a phone hears once what the other party sends is taken out: its root mean square."""
    pcm = phone.heard().pcm.astype(float)
    if whose.any():
        spectrum = np.fft.rfft(pcm)
        pitch = np.fft.rfftfreq(len(pcm), 1 / 8000)
        spectrum[np.abs(pitch - 600) < 40] = 0
        pcm = np.fft.irfft(spectrum, len(pcm))
    frames = pcm[800 : len(pcm) // 160 * 160 - 800]
    return float(np.sqrt(np.mean(frames[: len(frames) // 160 * 160].reshape(-1, 160) ** 2, axis=1)).max())


def _first_sound(phone: RtpPhone) -> float:
    heard = phone.heard()
    return heard.starts_at + float(np.argmax(np.abs(heard.pcm) > 1000)) / 8000
