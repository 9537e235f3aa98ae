"""What callers meet before they are put through, and the warning tone: with real phones and real keys.

Every prompt is a tone of a pitch of its own, so that who hears which, and when, can be measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.functional.calls.keys import WAYS, Way, keys_heard, press_keys
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog
from tests.functional.calls.stage import NUMBER, Stage, accept
from tests.functional.calls.tones import RATE_HZ, has_tone, tone

pytestmark = pytest.mark.functional

PITCHES_HZ = {
    "hello": 500,
    "told": 620,
    "may-say-no": 740,
    "noted": 860,
    "choices": 1040,
    "none-such": 1150,
    "shut": 560,
}
SAYS_S = 1.0
WARNING_HZ = 1400
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPT_OUT = {"key": "9", "inbound": "may-say-no", "outbound": "may-say-no", "confirmation": "noted", "wait_s": 2.0}
NOTICE = {"inbound": "told", "outbound": "told"}
MENU = {
    "prompt": "choices",
    "choices": {"1": "201", "2": "202"},
    "invalid": "none-such",
    "timeout_s": 1.5,
    "repeats": 1,
}
ALWAYS_OPEN = {day: ["00:00-24:00"] for day in EVERY_DAY}


@contextmanager
def staged(root: Path, sections: dict[str, Any] | None = None, **line: Any) -> Iterator[Stage]:
    lines = LinesAlone(root / "home", line={"notice": NOTICE, **line}, sections=sections or {})
    lines.prepare()
    for prompt, pitch_hz in PITCHES_HZ.items():
        with wave.open(str(lines.home.prompts / f"{prompt}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(tone(pitch_hz, SAYS_S).tobytes())
    with ExitStack() as stack:
        made = Stage(lines, stack)
        stack.enter_context(lines)
        yield made


class Caller:
    """The caller's phone once the box has answered it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.dialog = stage.call()
        self.keys = self.dialog.answered().event_payload_type

    def hears(self, prompt: str, timeout_s: float = 8) -> None:
        """Wait until a prompt begins to be heard."""
        far = self.stage.far
        wait_until(lambda: bool(far.arrivals) and self.has_heard(prompt), timeout_s, f"the caller to hear {prompt}")

    def has_heard(self, prompt: str) -> bool:
        return has_tone(self.stage.far.heard().pcm, PITCHES_HZ[prompt])

    def presses(self, key: str, way: Way = "event") -> None:
        press_keys(way, key, self.dialog, self.stage.far, self.keys)


def hang_up(stage: Stage, caller: Dialog, called: Dialog) -> None:
    caller.hang_up()
    called.expect_bye()
    stage.lines.wait_until_quiet()


def dialled(called: Dialog) -> str:
    assert called.invite is not None
    return called.invite.start.split()[1].removeprefix("sip:").partition("@")[0]


def test_a_caller_who_presses_the_key_hears_that_it_was_noted_and_is_not_recorded(tmp_path: Path) -> None:
    with staged(tmp_path, notice={**NOTICE, "opt_out": OPT_OUT}) as stage:
        caller = Caller(stage)
        caller.hears("may-say-no")
        caller.presses("9")
        caller.hears("noted")
        called = stage.office.expect_call()
        accept(called, stage.near)
        call = stage.lines.wait_for_state("connected")
        assert call["recording"] is False
        assert call["decided_by"] == "the caller asked not to be recorded"
        time.sleep(0.5)
        assert keys_heard(stage.near) == ""
        hang_up(stage, caller.dialog, called)
        assert stage.rings.rings == {}


def test_a_caller_who_presses_nothing_is_recorded_with_the_notice_in_the_record(tmp_path: Path) -> None:
    with staged(tmp_path, notice={**NOTICE, "greeting": "hello", "opt_out": OPT_OUT}) as stage:
        caller = Caller(stage)
        caller.hears("hello")
        caller.presses("5")
        called = stage.office.expect_call(timeout_s=12)
        accept(called, stage.near)
        stage.lines.wait_for_state("connected")
        hang_up(stage, caller.dialog, called)
        (ring,) = stage.rings.wait_for(closed=True)
        played = ring.record.announcements
        assert [(each.prompt, each.to, each.completed) for each in played] == [
            ("hello", "far_party", True),
            ("may-say-no", "far_party", True),
        ]
        for each in played:
            assert each.ended_at_ms is not None
            assert each.ended_at_ms - each.started_at_ms == pytest.approx(SAYS_S * 1000, abs=400)
        assert ring.record.tags == ()
        assert keys_heard(stage.near) == ""


def test_the_person_called_may_say_no_and_both_hear_that_it_was_noted(tmp_path: Path) -> None:
    with staged(tmp_path, notice={**NOTICE, "opt_out": OPT_OUT}) as stage:
        caller = stage.dial(NUMBER)
        called = stage.trunk.expect_call()
        accept(called, stage.far)
        caller.answered()
        wait_until(lambda: bool(stage.far.arrivals), 15, "sound to reach the person called")
        assert called.invite is not None
        press_keys("event", "9", called, stage.far, called.invite.event_payload_type)
        assert stage.lines.wait_for_state("connected")["recording"] is False
        for phone in (stage.far, stage.near):
            assert has_tone(phone.heard().pcm, PITCHES_HZ["noted"])
        hang_up(stage, caller, called)
        assert stage.rings.rings == {}
        assert keys_heard(stage.near) == ""


@pytest.mark.parametrize("way", WAYS)
def test_a_key_of_the_menu_puts_through_to_the_phone_behind_it_however_it_is_sent(tmp_path: Path, way: Way) -> None:
    with staged(tmp_path, menu=MENU) as stage:
        caller = Caller(stage)
        caller.hears("choices")
        caller.presses("2", way)
        called = stage.office.expect_call()
        assert dialled(called) == "202"
        accept(called, stage.near)
        stage.lines.wait_for_state("connected")
        hang_up(stage, caller.dialog, called)
        (ring,) = stage.rings.wait_for(closed=True)
        assert ring.record.tags == ("menu: 2",)
        assert ring.record.office_party.number == "202"
        assert [each.prompt for each in ring.record.announcements] == ["told", "choices"]


def test_a_wrong_key_and_then_silence_are_answered_and_the_call_is_put_through(tmp_path: Path) -> None:
    with staged(tmp_path, menu=MENU) as stage:
        caller = Caller(stage)
        caller.hears("choices")
        caller.presses("7")
        caller.hears("none-such")
        called = stage.office.expect_call(timeout_s=12)
        assert dialled(called) == NUMBER
        accept(called, stage.near)
        stage.lines.wait_for_state("connected")
        hang_up(stage, caller.dialog, called)
        (ring,) = stage.rings.wait_for(closed=True)
        assert [each.prompt for each in ring.record.announcements] == ["told", "choices", "none-such", "choices"]
        assert ring.record.tags == ()
    assert "7" not in [word for line in stage.lines.log().splitlines() for word in line.split()]


def test_a_choice_that_leads_to_a_phone_that_is_never_recorded_is_not_recorded(tmp_path: Path) -> None:
    with staged(tmp_path, {"extensions": [{"number": "202", "mode": "never"}]}, menu=MENU) as stage:
        caller = Caller(stage)
        caller.hears("choices")
        caller.presses("2")
        called = stage.office.expect_call()
        accept(called, stage.near)
        assert stage.lines.wait_for_state("connected")["recording"] is False
        hang_up(stage, caller.dialog, called)
        assert stage.rings.rings == {}


def closed_today() -> dict[str, Any]:
    """An office that is always open, but for a holiday that goes on."""
    today = datetime.now(UTC).date()
    outing = {"date": today.isoformat(), "until": (today + timedelta(days=1)).isoformat(), "name": "Works outing"}
    return {"office": {"timezone": "UTC"}, "hours": {**ALWAYS_OPEN, "holidays": [outing]}}


def test_outside_hours_a_caller_hears_so_and_the_call_ends(tmp_path: Path) -> None:
    with staged(tmp_path, closed_today(), outside_hours={"greeting": "shut", "hang_up": True}) as stage:
        caller = Caller(stage)
        caller.dialog.expect_bye(timeout_s=10)
        assert caller.has_heard("shut")
        assert not caller.has_heard("told")
        stage.lines.wait_until_quiet()


def test_outside_hours_another_phone_rings_once_the_caller_was_told(tmp_path: Path) -> None:
    outside = {"greeting": "shut", "target": "299", "menu": False}
    with staged(tmp_path, closed_today(), menu=MENU, outside_hours=outside) as stage:
        caller = Caller(stage)
        called = stage.office.expect_call(timeout_s=12)
        assert dialled(called) == "299"
        assert caller.has_heard("shut")
        assert caller.has_heard("told")
        assert not caller.has_heard("choices")
        accept(called, stage.near)
        stage.lines.wait_for_state("connected")
        hang_up(stage, caller.dialog, called)


def test_both_parties_hear_the_warning_tone_at_its_pitch_and_interval_and_the_recording_does_not(
    tmp_path: Path,
) -> None:
    warning = {"every_s": 3, "pitch_hz": WARNING_HZ, "level_dbm0": -14.0}
    with staged(tmp_path, notice={"inbound": "", "outbound": ""}, warning_tone=warning) as stage:
        caller, called = stage.connect()
        time.sleep(7.5)
        for phone in (stage.far, stage.near):
            heard = phone.heard().pcm
            # By halves of a second: a burst at once, and one every three seconds.
            sounding = [
                has_tone(heard[at : at + RATE_HZ // 2], WARNING_HZ, 1500) for at in range(0, len(heard), RATE_HZ // 2)
            ]
            bursts = sum(now and not before for before, now in zip([False, *sounding], sounding, strict=False))
            assert bursts == 3, sounding
        hang_up(stage, caller, called)
        (ring,) = stage.rings.wait_for(closed=True)
        for channel in (0, 1):
            assert not has_tone(ring.channel(channel), WARNING_HZ, 300)


def test_an_emergency_call_meets_no_prompt_and_no_warning_tone(tmp_path: Path) -> None:
    notice = {**NOTICE, "opt_out": OPT_OUT}
    with staged(tmp_path, notice=notice, menu=MENU, warning_tone={"every_s": 2}) as stage:
        caller, called = stage.connect_outbound("999")
        time.sleep(3)
        for phone in (stage.far, stage.near):
            heard = phone.heard().pcm
            assert not [hz for hz in (*PITCHES_HZ.values(), WARNING_HZ) if has_tone(heard, hz, 300)]
        hang_up(stage, caller, called)


def test_a_prompt_that_is_replaced_while_calls_go_on_is_heard_by_the_next_caller(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        caller = Caller(stage)
        caller.hears("told")
        caller.dialog.hang_up()
        prompts = stage.lines.home.prompts
        add = ["prompts", "add", str(prompts / "noted.wav"), "--id", "told", "--replace"]
        done = subprocess.run(
            [sys.executable, "-m", "firmware.cli.main", "--home", str(stage.lines.root), *add],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "The lines know that." in done.stdout, done.stderr
        stage.lines.wait_until_quiet()
        stage.far.arrivals.clear()
        caller = Caller(stage)
        caller.hears("noted")
        assert not caller.has_heard("told")
        caller.dialog.hang_up()
