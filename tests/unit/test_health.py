"""How the box knows it is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.errors import StorageError
from firmware.core.health_check import subject_of
from firmware.core.panel_light import PanelState
from firmware.ports.space_meter import Space
from firmware.services.health import (
    OTHERS_SILENT_AFTER_S,
    OTHERS_START_WITHIN_S,
    SILENT_AFTER_S,
    Activity,
    HealthWatch,
    Problem,
)
from tests.hand_set_clock import HandSetClock


class Disk:
    """A disk as full as a test says, or gone."""

    def __init__(self) -> None:
        self.space = Space(total_bytes=100_000_000_000, free_bytes=60_000_000_000)
        self.gone = False

    def measure(self) -> Space:
        if self.gone:
            raise StorageError("The room left in /data cannot be measured: Input/output error.", "Plug it in.")
        return self.space


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def watch(clock: HandSetClock, disk: Disk) -> HealthWatch:
    return HealthWatch(clock, disk)


def test_a_box_that_has_just_started_is_given_time_to_speak(watch: HealthWatch) -> None:
    assert watch.problems() == []
    assert watch.panel_state(Activity()) is PanelState.IDLE


def test_a_box_that_starts_may_take_its_time_once(clock: HandSetClock, disk: Disk) -> None:
    watch = HealthWatch(clock, disk, start_within_s=20)
    clock.now_s += 15
    assert watch.panel_state(Activity()) is PanelState.STARTING
    for process in ("lines", "recorder"):
        watch.heard(process)
    assert watch.panel_state(Activity()) is PanelState.IDLE
    clock.now_s += SILENT_AFTER_S + 0.1
    assert watch.panel_state(Activity()) is PanelState.FAULT, "whoever has spoken is missed at once"


def test_a_process_that_does_not_start_is_a_fault_in_the_end(clock: HandSetClock, disk: Disk) -> None:
    watch = HealthWatch(clock, disk, start_within_s=20)
    for _ in range(11):
        clock.now_s += 1.9
        watch.heard("lines")
    assert [(problem.severity, problem.subject) for problem in watch.problems()] == [("fault", "recorder")]


def test_a_keeper_that_is_never_heard_needs_attention_in_the_end(watch: HealthWatch, clock: HandSetClock) -> None:
    clock.now_s += OTHERS_START_WITHIN_S + 1
    for process in ("lines", "recorder"):
        watch.heard(process)
    assert [(problem.severity, problem.subject) for problem in watch.problems()] == [("attention", "keeper")]


def test_a_recorder_that_falls_silent_is_a_fault_even_while_calls_go_on(
    watch: HealthWatch, clock: HandSetClock
) -> None:
    clock.now_s += SILENT_AFTER_S + 1
    watch.heard("lines")
    assert [(problem.severity, problem.subject) for problem in watch.problems()] == [("fault", "recorder")]
    assert watch.panel_state(Activity(recorded_calls=3)) is PanelState.FAULT


def test_what_somebody_knows_of_needs_no_attention_any_more_but_a_fault_stays_one(
    watch: HealthWatch, clock: HandSetClock
) -> None:
    full = Problem("attention", "recorder", "The data disk has 480 MB left. Free space.", "")
    watch.known([subject_of("The data disk has 512 MB left. Free space.")])
    for problem, state in ((full, PanelState.IDLE), (replace(full, severity="fault"), PanelState.FAULT)):
        watch.heard("lines")
        watch.heard("recorder", [problem])
        assert watch.panel_state(Activity()) is state
    watch.known([])
    watch.heard("recorder", [full])
    assert watch.panel_state(Activity()) is PanelState.NEEDS_ATTENTION


def test_the_fault_ends_when_the_recorder_is_heard_again(watch: HealthWatch, clock: HandSetClock) -> None:
    clock.now_s += 60
    watch.heard("lines")
    watch.heard("recorder")
    assert watch.problems() == []


def test_what_the_keeper_complains_of_needs_attention_and_so_does_its_silence_once_it_has_spoken(
    watch: HealthWatch, clock: HandSetClock
) -> None:
    def everything_else_speaks() -> None:
        watch.heard("lines")
        watch.heard("recorder")

    clock.now_s += OTHERS_SILENT_AFTER_S + 1
    everything_else_speaks()
    assert watch.problems() == []
    watch.heard("keeper", [Problem("attention", "keeper", "The clock is not believed.", "")])
    assert watch.panel_state(Activity()) is PanelState.NEEDS_ATTENTION
    watch.heard("keeper")
    assert watch.problems() == []
    clock.now_s += OTHERS_SILENT_AFTER_S + 1
    everything_else_speaks()
    assert [problem.subject for problem in watch.problems()] == ["keeper"]
    assert watch.panel_state(Activity()) is PanelState.NEEDS_ATTENTION


def test_what_a_process_says_of_itself_stands_until_it_says_otherwise(watch: HealthWatch) -> None:
    watch.heard("lines", [Problem("attention", "trunk", "The trunk does not answer.", "Ask the provider.")])
    assert watch.panel_state(Activity()) is PanelState.NEEDS_ATTENTION
    watch.heard("lines")
    assert watch.panel_state(Activity()) is PanelState.IDLE


def test_a_heartbeat_of_an_unknown_process_is_refused(watch: HealthWatch) -> None:
    with pytest.raises(KeyError):
        watch.heard("stranger")


def test_a_disk_nine_tenths_full_needs_attention(watch: HealthWatch, disk: Disk) -> None:
    disk.space = Space(total_bytes=100_000_000_000, free_bytes=9_000_000_000)
    (problem,) = watch.problems()
    assert problem.severity == "attention"
    assert "91% full" in problem.what


def test_a_disk_with_no_room_for_a_day_is_a_fault(watch: HealthWatch, disk: Disk) -> None:
    disk.space = Space(total_bytes=100_000_000_000, free_bytes=100_000_000)
    (problem,) = watch.problems()
    assert (problem.severity, problem.subject) == ("fault", "disk")
    assert problem.remedy


def test_a_disk_that_is_gone_is_a_fault_and_says_what_to_do(watch: HealthWatch, disk: Disk) -> None:
    disk.gone = True
    (problem,) = watch.problems()
    assert (problem.severity, problem.remedy) == ("fault", "Plug it in.")


def test_a_clock_nobody_set_needs_attention(watch: HealthWatch, clock: HandSetClock) -> None:
    clock.set_from_network = False
    assert [problem.subject for problem in watch.problems()] == ["clock"]


def test_a_clock_that_a_computer_keeps_by_itself_is_a_note_and_no_alarm(clock: HandSetClock, disk: Disk) -> None:
    watch = HealthWatch(clock, disk, own_clock=True)
    clock.set_from_network = False
    (note,) = watch.problems()
    assert (note.severity, note.subject) == ("note", "clock")
    assert "not kept by NTP" in note.what
    assert watch.panel_state(Activity()) is PanelState.IDLE


@pytest.mark.parametrize("set_from_network", [True, False])
def test_a_time_that_cannot_be_needs_attention_on_any_machine(
    clock: HandSetClock, disk: Disk, set_from_network: bool
) -> None:
    watch = HealthWatch(clock, disk, own_clock=True)
    clock.set_from_network = set_from_network
    clock.epoch_ms = 0
    assert [problem.what for problem in watch.problems()] == [
        "The clock shows a time before this program was made; times of calls are wrong."
    ]
    assert watch.panel_state(Activity()) is PanelState.NEEDS_ATTENTION


def test_faults_are_listed_before_what_can_wait(watch: HealthWatch, clock: HandSetClock, disk: Disk) -> None:
    clock.set_from_network = False
    disk.gone = True
    assert [problem.severity for problem in watch.problems()] == ["fault", "attention"]
