"""What the light says, from what the processes say."""

from __future__ import annotations

import pytest

from firmware.core.panel_light import PanelState
from firmware.services.health import OTHERS_SILENT_AFTER_S, SILENT_AFTER_S, HealthWatch
from firmware.services.panel_view import PanelView
from tests.hand_set_clock import HandSetClock

LINES_WELL = {
    "state": "working",
    "lines": [
        {"name": "main", "kind": "sip", "state": "working", "registered": True, "attention": []},
        {"name": "sales", "kind": "sip", "state": "working", "registered": True, "attention": []},
    ],
    "recorder_connected": True,
    "calls": 0,
}


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def view(clock: HandSetClock) -> PanelView:
    view = PanelView(HealthWatch(clock), clock, ("main", "sales"))
    beat(view)
    return view


def beat(view: PanelView, **lines: object) -> None:
    view.tell("lines", "heartbeat", LINES_WELL | lines)
    view.tell("recorder", "heartbeat", {"state": "ok", "recordings": [], "free_bytes": 10**11, "lost_samples": 0})


def call(view: PanelView, call_id: str, state: str, recording: bool, **more: object) -> None:
    view.tell("lines", "call", {"call_id": call_id, "state": state, "recording": recording, **more})


def test_a_quiet_office_is_idle(view: PanelView) -> None:
    assert view.state() is PanelState.IDLE


def test_the_light_follows_a_recorded_call_to_its_end(view: PanelView) -> None:
    call(view, "1", "ringing", False)
    assert view.state() is PanelState.IDLE
    call(view, "1", "connected", True)
    assert view.state() is PanelState.RECORDING
    call(view, "2", "connected", True)
    call(view, "1", "ended", False)
    assert view.state() is PanelState.RECORDING
    call(view, "2", "ended", False)
    assert view.state() is PanelState.IDLE


def test_each_line_has_its_own_calls_on_its_own_light(view: PanelView) -> None:
    call(view, "1", "connected", True, line="main")
    call(view, "2", "connected", True, line="sales", paused=True)
    assert view.line_states() == {"main": PanelState.RECORDING, "sales": PanelState.PAUSED}
    assert view.state() is PanelState.PAUSED


def test_what_concerns_all_lines_is_on_every_lines_light(view: PanelView, clock: HandSetClock) -> None:
    clock.now_s += SILENT_AFTER_S + 0.1
    view.tell("lines", "heartbeat", LINES_WELL)
    assert set(view.line_states().values()) == {PanelState.FAULT}


def test_a_line_whose_process_never_comes_is_a_fault_on_its_own_light(clock: HandSetClock) -> None:
    view = PanelView(HealthWatch(clock), clock, ("desk",))
    view.follow(["lines", "lines-analogue"])
    for _ in range(3):
        clock.now_s += SILENT_AFTER_S
        beat(view)
    assert view.line_states() == {"desk": PanelState.FAULT}


def test_all_are_silent_when_the_last_of_them_is(view: PanelView, clock: HandSetClock) -> None:
    clock.now_s += SILENT_AFTER_S + 0.1
    view.tell("recorder", "heartbeat", {"state": "ok"})
    assert not view.all_silent
    clock.now_s += SILENT_AFTER_S + 0.1
    assert view.all_silent


def test_a_light_of_a_line_that_is_not_there_needs_attention_and_says_so(clock: HandSetClock) -> None:
    view = PanelView(HealthWatch(clock), clock, ("main", "slaes"))
    beat(view)
    assert view.line_states() == {"main": PanelState.IDLE, "slaes": PanelState.NEEDS_ATTENTION}
    assert view.state() is PanelState.NEEDS_ATTENTION
    assert "slaes" in view.problems()[0].what


def test_a_button_that_is_stuck_needs_attention_until_it_is_free(view: PanelView) -> None:
    view.button_stuck(True)
    assert view.state() is PanelState.NEEDS_ATTENTION
    view.button_stuck(False)
    assert view.state() is PanelState.IDLE


def test_an_update_is_shown_while_a_process_says_that_it_goes_on(view: PanelView) -> None:
    view.tell("keeper", "heartbeat", {"state": "ok", "updating": True})
    assert view.state() is PanelState.UPDATING
    view.tell("keeper", "heartbeat", {"state": "ok"})
    assert view.state() is PanelState.IDLE


def test_how_and_how_long_a_call_has_been_paused_is_known(view: PanelView, clock: HandSetClock) -> None:
    call(view, "1", "connected", True, line="main", paused=True, paused_how="desk", actions=["resume"])
    clock.now_s += 1.5
    call(view, "1", "connected", True, line="main", paused=True, paused_how="desk", actions=["resume", "mark"])
    (known,) = view.calls()
    assert known.paused_how == "desk"
    assert known.paused_for_s == pytest.approx(1.5)
    assert known.actions == {"resume", "mark"}
    call(view, "1", "connected", True, line="main")
    clock.now_s += 5
    call(view, "1", "connected", True, line="main", paused=True)
    assert view.calls()[0].paused_for_s == 0


# Who says what, and what the light makes of it: calls that are not held or not recorded are a fault, and no more is.
FAULTS = [
    ("lines", {"state": "stopped"}, PanelState.FAULT),
    ("lines", {"state": "degraded"}, PanelState.NEEDS_ATTENTION),
    ("lines", {"recorder_connected": False}, PanelState.FAULT),
    ("recorder", {"state": "fault", "attention": ["The disk is full."]}, PanelState.FAULT),
    ("recorder", {"state": "attention", "attention": ["Spooled."]}, PanelState.NEEDS_ATTENTION),
    ("keeper", {"state": "attention", "attention": ["The opener does not answer."]}, PanelState.NEEDS_ATTENTION),
    # Whoever looks after the box's health speaks for the disk and the machine, too.
    ("keeper", {"state": "fault", "attention": ["The disk is worn out."]}, PanelState.FAULT),
]


@pytest.mark.parametrize(("process", "said", "state"), FAULTS)
def test_only_what_endangers_calls_and_recordings_is_a_fault(
    view: PanelView, process: str, said: dict[str, object], state: PanelState
) -> None:
    view.tell(process, "heartbeat", (LINES_WELL if process == "lines" else {"state": "ok"}) | said)
    assert view.state() is state


def test_a_keeper_that_falls_silent_needs_attention_and_is_no_fault(view: PanelView, clock: HandSetClock) -> None:
    view.tell("keeper", "heartbeat", {"state": "ok"})
    clock.now_s += OTHERS_SILENT_AFTER_S + 0.1
    beat(view)
    assert view.state() is PanelState.NEEDS_ATTENTION
    assert "keeper" in view.problems()[0].what


def test_a_call_that_is_not_recorded_does_not_light_up(view: PanelView) -> None:
    call(view, "1", "connected", False)
    assert view.state() is PanelState.IDLE


def test_a_paused_call_shows_the_pause(view: PanelView) -> None:
    call(view, "1", "connected", True)
    call(view, "2", "connected", True, paused=True)
    assert view.state() is PanelState.PAUSED


def test_calls_that_ended_while_the_stream_was_down_are_forgotten(view: PanelView) -> None:
    call(view, "1", "connected", True)
    view.stream_opened("recorder")
    assert view.state() is PanelState.RECORDING
    view.stream_opened("lines")
    assert view.state() is PanelState.IDLE


@pytest.mark.parametrize("silent", ["lines", "recorder"])
def test_either_process_falling_silent_is_a_fault(view: PanelView, clock: HandSetClock, silent: str) -> None:
    call(view, "1", "connected", True)
    clock.now_s += SILENT_AFTER_S + 0.1
    view.tell("recorder" if silent == "lines" else "lines", "heartbeat", {"state": "ok"})
    assert view.state() is PanelState.FAULT
    assert silent in view.problems()[0].what


def test_silence_shows_within_two_seconds() -> None:
    assert SILENT_AFTER_S <= 2.0


def test_a_recorder_that_takes_no_audio_is_a_fault(view: PanelView) -> None:
    beat(view, recorder_connected=False)
    assert view.state() is PanelState.FAULT
    beat(view)
    assert view.state() is PanelState.IDLE


def test_a_trunk_that_lost_its_registration_needs_attention_and_says_so(view: PanelView) -> None:
    trouble = {"name": "main", "state": "degraded", "registered": False, "attention": ["trunk bt does not register"]}
    beat(view, state="degraded", lines=[trouble, {"name": "sales", "state": "working", "attention": []}])
    assert view.state() is PanelState.NEEDS_ATTENTION
    assert "trunk bt does not register" in [problem.what for problem in view.problems()]
    assert view.line_states() == {"main": PanelState.NEEDS_ATTENTION, "sales": PanelState.IDLE}


def test_a_line_that_hears_nothing_is_a_fault_on_its_own_light_and_on_no_other_lines(view: PanelView) -> None:
    deaf = {"name": "main", "state": "stopped", "attention": ["The sound device gives no sound."]}
    beat(view, state="stopped", lines=[deaf, {"name": "sales", "state": "working", "attention": []}])
    assert view.state() is PanelState.FAULT
    assert view.line_states() == {"main": PanelState.FAULT, "sales": PanelState.IDLE}
    assert [problem.what for problem in view.problems()] == ["The sound device gives no sound."]


def test_a_recorder_that_calls_itself_faulty_is_a_fault(view: PanelView) -> None:
    view.tell("recorder", "heartbeat", {"state": "fault", "attention": ["The disk is full."]})
    assert view.state() is PanelState.FAULT


def test_events_the_panel_does_not_know_are_ignored(view: PanelView) -> None:
    view.tell("recorder", "recording", {"recording_id": "1"})
    view.tell("lines", "weather", {})
    assert view.state() is PanelState.IDLE


def test_every_process_that_hears_calls_counts(clock: HandSetClock, view: PanelView) -> None:
    view.follow(["lines", "lines-siprec"])
    view.tell("lines-siprec", "heartbeat", LINES_WELL)
    view.tell("lines-siprec", "call", {"call_id": "s", "state": "connected", "recording": True})
    assert view.state() is PanelState.RECORDING
    view.stream_opened("lines")
    assert view.state() is PanelState.RECORDING, "the calls of one process are not another's to forget"
    clock.now_s += SILENT_AFTER_S + 0.1
    beat(view)
    assert view.state() is PanelState.FAULT
    assert [problem.subject for problem in view.problems()] == ["lines-siprec"]


def test_the_panel_knows_of_all_calls_only_while_all_who_have_any_are_heard(clock: HandSetClock) -> None:
    view = PanelView(HealthWatch(clock, start_within_s=20), clock)
    assert not view.knows_calls, "nobody was heard yet"
    beat(view)
    assert view.knows_calls
    view.follow(["lines", "lines-siprec"])
    assert not view.knows_calls
    view.tell("lines-siprec", "heartbeat", LINES_WELL)
    assert view.knows_calls
    clock.now_s += SILENT_AFTER_S + 0.1
    view.tell("lines", "heartbeat", LINES_WELL)
    assert not view.knows_calls


def test_a_kind_of_line_that_is_no_longer_set_up_is_forgotten(clock: HandSetClock, view: PanelView) -> None:
    view.follow(["lines-analogue"])
    view.tell("lines-analogue", "heartbeat", LINES_WELL | {"state": "degraded"})
    view.tell("lines-analogue", "call", {"call_id": "a", "state": "connected", "recording": True})
    assert [known.process for known in view.calls()] == ["lines-analogue"]
    clock.now_s += SILENT_AFTER_S - 0.1
    view.follow(["lines"])
    view.tell("lines-analogue", "call", {"call_id": "b", "state": "connected", "recording": True})
    view.tell("lines-analogue", "heartbeat", LINES_WELL)
    view.tell("recorder", "heartbeat", {"state": "ok"})
    clock.now_s += 0.2
    assert view.calls() == ()
    assert view.state() is PanelState.IDLE, "a new one has its time to start"
