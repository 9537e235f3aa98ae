"""What is said while a recording is paused is nowhere; who asked hears so, and a forgotten pause ends by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware.core.call_record import STILL_PAUSED
from tests.functional.calls.keys import press_keys, sounding_ms
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog
from tests.functional.calls.stage import Stage, staged
from tests.functional.calls.tones import has_tone, level_of, longest_silence_ms, tone

pytestmark = pytest.mark.functional

BEFORE_HZ, MEANWHILE_HZ, AFTER_HZ = 500, 900, 1300


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def press(stage: Stage, called: Dialog, code: str) -> None:
    assert called.invite is not None
    press_keys("event", code, called, stage.near, called.invite.event_payload_type)


def is_paused(stage: Stage) -> bool:
    (call,) = stage.lines.calls()
    return bool(call["paused"])


def both_say(stage: Stage, frequency_hz: float, seconds: float) -> None:
    stage.far.speak(tone(frequency_hz, seconds))
    stage.near.speak(tone(frequency_hz, seconds))
    time.sleep(seconds + 0.2)


def test_what_either_party_says_while_paused_is_not_in_the_recording(plain: Stage) -> None:
    caller, called = plain.connect()
    both_say(plain, BEFORE_HZ, 1.0)
    time.sleep(0.6)  # longer than the look-back
    press(plain, called, "*48")
    wait_until(lambda: is_paused(plain), 15, "the pause")
    both_say(plain, MEANWHILE_HZ, 1.0)
    press(plain, called, "*49")
    wait_until(lambda: not is_paused(plain), 15, "the end of the pause")
    time.sleep(0.3)
    both_say(plain, AFTER_HZ, 1.0)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    for channel in (0, 1):
        sound = ring.channel(channel)
        assert has_tone(sound, BEFORE_HZ)
        assert has_tone(sound, AFTER_HZ)
        assert level_of(sound, MEANWHILE_HZ) < 100  # of 8000; what is left is the edges of the other tones
        assert longest_silence_ms(sound) > 1500
    # The two went on hearing each other.
    assert has_tone(plain.far.heard().pcm, MEANWHILE_HZ)
    assert has_tone(plain.near.heard().pcm, MEANWHILE_HZ)


def test_half_a_second_before_the_code_is_dropped_as_well(plain: Stage) -> None:
    caller, called = plain.connect()
    plain.far.speak(tone(BEFORE_HZ, 3.0))
    time.sleep(1.5)
    press(plain, called, "*48")
    wait_until(lambda: is_paused(plain), 15, "the pause")
    time.sleep(1)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    (pause,) = ring.record.pauses
    assert pause.started_at_ms == pause.asked_at_ms - 500
    sound = ring.channel(0).astype(float)
    start_ms = ring.reader.start_wall_ns / 1e6
    from_here = int((pause.started_at_ms - start_ms) * 8)
    # 20 ms each way: the media clock's tick.
    assert not sound[from_here + 400 :].any()
    assert sound[from_here - 1600 : from_here - 400].any()


def test_only_the_office_hears_that_it_is_paused_and_the_recording_does_not(plain: Stage) -> None:
    caller, called = plain.connect()
    time.sleep(0.3)
    press(plain, called, "*48")
    wait_until(lambda: is_paused(plain), 15, "the pause")
    time.sleep(2.5)
    press(plain, called, "*49")
    time.sleep(2.5)
    assert sounding_ms(plain.near.heard().pcm) > 500
    assert sounding_ms(plain.far.heard().pcm) == 0
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert sounding_ms(ring.channel(0)) == 0
    assert sounding_ms(ring.channel(1)) == 0
    assert [(each.prompt, each.to, each.completed) for each in ring.record.announcements] == [
        ("paused", "office_party", True),
        ("resumed", "office_party", True),
    ]


def test_a_forgotten_pause_is_told_by_a_tone_and_ends_by_itself(tmp_path: Path, stack: ExitStack) -> None:
    lines = LinesAlone(tmp_path / "home", sections={"pause": {"reminder_s": 3, "resume_after_s": 5}})
    stage = stack.enter_context(staged(lines))
    caller, called = stage.connect()
    press(stage, called, "*48")
    wait_until(lambda: is_paused(stage), 15, "the pause")
    time.sleep(2.6)
    said = len(stage.near.heard().pcm)
    wait_until(lambda: has_tone(stage.near.heard().pcm[said:], 950, least=300), 15, "the tone")
    wait_until(lambda: not is_paused(stage), 15, "the recording to go on")
    assert sounding_ms(stage.far.heard().pcm) == 0
    caller.hang_up()
    called.expect_bye()
    (ring,) = stage.rings.wait_for(closed=True)
    (pause,) = ring.record.pauses
    assert pause.ended_at_ms is not None
    assert pause.resumed_how == "automatic"
    assert 4900 < pause.ended_at_ms - pause.asked_at_ms < 6000


def test_a_recording_still_paused_at_hang_up_says_so(plain: Stage) -> None:
    caller, called = plain.connect()
    press(plain, called, "*48")
    wait_until(lambda: is_paused(plain), 15, "the pause")
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    (pause,) = ring.record.pauses
    assert pause.ended_at_ms is not None
    assert pause.resumed_how == STILL_PAUSED


def test_a_line_that_always_records_refuses_in_words(tmp_path: Path, stack: ExitStack) -> None:
    stage = stack.enter_context(staged(LinesAlone(tmp_path / "home", line={"mode": "always"})))
    caller, called = stage.connect()
    press(stage, called, "*48")
    time.sleep(2)
    assert sounding_ms(stage.near.heard().pcm) > 500
    assert sounding_ms(stage.far.heard().pcm) == 0
    assert not is_paused(stage)
    assert "refused" in stage.lines.log()
    caller.hang_up()
    called.expect_bye()
    (ring,) = stage.rings.wait_for(closed=True)
    assert ring.record.pauses == ()
