"""Keys pressed in a call are nowhere: not for an independent decoder in its recording (multimon-ng), nor in a log."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import numpy as np
import pytest

from firmware.core.ring_layout import MarkerKind
from tests.contract.touch_tones import KEYS, at_level, decoded_by_multimon, pcm, recorded_speech, silence
from tests.contract.touch_tones import tone as key_tone
from tests.functional.calls.keys import WAYS, Way, press_keys
from tests.functional.calls.lines_alone import LinesAlone
from tests.functional.calls.sip_phone import Dialog
from tests.functional.calls.stage import staged
from tests.functional.calls.tones import longest_silence_ms, tone
from tests.functional.conftest import Note
from tests.functional.instruments.g711 import Pcm
from tests.functional.instruments.marks import sent_between
from tests.functional.instruments.measure import speaking
from tests.functional.office.driven_call import telephones
from tests.functional.office.office import Office

pytestmark = pytest.mark.functional

_EVENTS = "159D0"
_AUDIBLE_S = 0.85  # of a call's tones, what an independent decoder reads off the wire at least
_CODES = ("*44", "*46", "*47", "*48", "*49")


@pytest.mark.parametrize("rounds", [3, pytest.param(18, marks=pytest.mark.long)])
def test_no_key_that_either_party_presses_can_be_read_off_the_recording(folder: Path, note: Note, rounds: int) -> None:
    chance = random.Random(rounds)
    with Office.found(folder / "home", "", mode="pausable") as office:
        office.start()
        pressed, sounds = zip(*(_pressed(chance, rounds) for _ in range(2)), strict=True)
        with telephones(office) as phones:
            call = phones.call_in()
            began = time.monotonic()
            for phone, sound in zip((call.far, call.near), sounds, strict=True):
                phone.speak(sound)
            time.sleep(max(map(len, sounds)) / 8000 + 0.3)
            call.far_party_presses("event", _EVENTS)
            call.staff_press("event", _EVENTS)
            call.staff_press("audible", "*48")
            call.until(paused=True)
            call.staff_press("audible", "*49")
            call.until(paused=False)
            time.sleep(0.5)
            call.hang_up()
            wires = [sent_between(phone.sent_packets(), began, time.monotonic()) for phone in (call.far, call.near)]
        office.wait_until_quiet()
        recording = office.opened(call.recording_id)
    for channel, keys in enumerate(pressed):
        on_the_wire = decoded_by_multimon(wires[channel])
        note(
            f"channel {channel}: keys pressed, read off the wire, read off the recording",
            f"{len(keys)}, {len(on_the_wire)}, {len(decoded_by_multimon(recording[:, channel]))}",
        )
        assert len(on_the_wire) >= _AUDIBLE_S * len(keys), "the decoder would read them"
        assert decoded_by_multimon(recording[:, channel]) == ""
        spoken = speaking(recording[:, channel]).mean()
        note(f"channel {channel}: of the recording in which somebody speaks", f"{spoken:.2f}")
        assert spoken > 0.15, "what is said between the keys is there"


@pytest.mark.parametrize("way", ["event", "info: dtmf-relay", "info: dtmf"])
@pytest.mark.parametrize("side", ["far party", "office"])
def test_what_sounds_beside_a_key_that_is_signalled_is_taken_out_of_its_own_side(
    tmp_path: Path, note: Note, side: str, way: Way
) -> None:
    """Known from the signalling alone: what sounds here is like no key."""
    with staged(LinesAlone(tmp_path / "home")) as stage:
        caller, called = stage.connect()
        dialog, phone, channel = (caller, stage.far, 0) if side == "far party" else (called, stage.near, 1)
        for each in (stage.far, stage.near):
            each.speak(tone(600, 3.0))
        time.sleep(1.0)
        press_keys(way, "5", dialog, phone, _event_type(dialog))
        time.sleep(2.3)
        caller.hang_up()
        called.expect_bye()
        (ring,) = stage.rings.wait_for(closed=True)
        spoken = [_without_ends(ring.channel(each)) for each in (channel, 1 - channel)]
        masked = [mark for mark in ring.reader.markers_since(0)[0] if mark.kind is MarkerKind.TOUCH_TONE]
    gaps_ms = [longest_silence_ms(each) for each in spoken]
    note("longest silence on its side and on the other, ms", f"{gaps_ms[0]}, {gaps_ms[1]}")
    assert [mark.channel for mark in masked] == [channel]
    # An event takes the place of its own 140 ms of sound; more is silent before and after.
    assert 200 < gaps_ms[0] < 600
    assert gaps_ms[1] < 20


def test_no_log_names_a_key_not_even_one_by_one(tmp_path: Path) -> None:
    """Keys whose names are no other word of a log at debug level."""
    with staged(LinesAlone(tmp_path / "home")) as stage:
        caller, called = stage.connect()
        before = len(stage.lines.log())
        for way in WAYS:
            for dialog, phone in ((called, stage.near), (caller, stage.far)):
                press_keys(way, "DBD", dialog, phone, _event_type(dialog))
        time.sleep(0.5)
        assert stage.lines.calls()
        said = stage.lines.log()[before:]
        caller.hang_up()
        called.expect_bye()
    assert "asked GET /calls" in said, "it is the debug log"
    assert not [line for line in said.splitlines() if re.search(r"\b[BD]\b", line)]


def _event_type(dialog: Dialog) -> int:
    return dialog.invite.event_payload_type if dialog.invite is not None else 101


def _without_ends(sound: Pcm) -> Pcm:
    """From its first sound to its last."""
    there = np.flatnonzero(sound)
    return sound[there[0] : there[-1] + 1]


def _pressed(chance: random.Random, rounds: int) -> tuple[str, Pcm]:
    """Every key so often, in any order, long and short, loud and faint, every other one with speech behind it."""
    keys = _in_any_order(chance, rounds)
    speech, parts = recorded_speech(), []
    for number, key in enumerate(keys):
        lasts_ms = chance.choice([*range(50, 130, 10), 300, 500])
        level = chance.uniform(-24, -3)
        sound = np.concatenate([key_tone(key, lasts_ms, level_dbm0=level), silence(chance.randrange(60, 160))])
        if number % 2:
            start = chance.randrange(len(speech) - len(sound))
            sound = sound + at_level(speech[start : start + len(sound)], level - 25)
        parts.append(sound)
        if number % 16 == 0:
            start = chance.randrange(len(speech) - 16_000)
            parts.append(at_level(speech[start : start + 16_000], -20))
    return "".join(keys), pcm(*parts)


def _in_any_order(chance: random.Random, rounds: int) -> list[str]:
    """Without a code among them: these are obeyed."""
    while True:
        keys = [key for _ in range(rounds) for key in chance.sample(KEYS, len(KEYS))]
        if not any(code in "".join(keys) for code in _CODES):
            return keys
