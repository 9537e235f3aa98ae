"""How the box knows it is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.health_check import known_as, subject_of
from firmware.services.health import (
    OTHERS_SILENT_AFTER_S,
    OTHERS_START_WITHIN_S,
    SILENT_AFTER_S,
    HealthWatch,
    Problem,
)
from tests.hand_set_clock import HandSetClock


def how(watch: HealthWatch) -> list[str]:
    """How bad what is wrong is, worst first."""
    return [problem.severity for problem in watch.problems() if problem.severity != "note"]


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def watch(clock: HandSetClock) -> HealthWatch:
    return HealthWatch(clock)


def test_a_box_that_has_just_started_is_given_time_to_speak(watch: HealthWatch) -> None:
    assert watch.problems() == []


def test_a_box_that_starts_may_take_its_time_once(clock: HandSetClock) -> None:
    watch = HealthWatch(clock, start_within_s=20)
    clock.now_s += 15
    assert watch.starting
    for process in ("lines", "recorder"):
        watch.heard(process)
    assert how(watch) == []
    clock.now_s += SILENT_AFTER_S + 0.1
    assert how(watch) == ["fault"] * 2, "whoever has spoken is missed at once"


def test_a_process_that_does_not_start_is_a_fault_in_the_end(clock: HandSetClock) -> None:
    watch = HealthWatch(clock, start_within_s=20)
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
    assert how(watch) == ["fault"]


def test_what_somebody_knows_of_needs_no_attention_any_more_but_a_fault_stays_one(
    watch: HealthWatch, clock: HandSetClock
) -> None:
    full = Problem("attention", "recorder", "The data disk has 480 MB left. Free space.", "")
    watch.known([subject_of("The data disk has 512 MB left. Free space.")])
    for problem, told in ((full, []), (replace(full, severity="fault"), ["fault"])):
        watch.heard("lines")
        watch.heard("recorder", [problem])
        assert how(watch) == told
    watch.known([])
    watch.heard("recorder", [full])
    assert how(watch) == ["attention"]


def test_what_is_known_of_one_line_is_news_of_another(watch: HealthWatch) -> None:
    words = "The modem does not answer."
    watch.known([known_as(words, "desk")])
    watch.heard("lines", [Problem("attention", f"line {name}", words, "") for name in ("desk", "till")])
    assert [(problem.severity, problem.subject) for problem in watch.problems()] == [
        ("attention", "line till"),
        ("note", "line desk"),
    ]


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
    assert how(watch) == ["attention"]
    watch.heard("keeper")
    assert watch.problems() == []
    clock.now_s += OTHERS_SILENT_AFTER_S + 1
    everything_else_speaks()
    assert [problem.subject for problem in watch.problems()] == ["keeper"]
    assert how(watch) == ["attention"]


def test_what_a_process_says_of_itself_stands_until_it_says_otherwise(watch: HealthWatch) -> None:
    watch.heard("lines", [Problem("attention", "trunk", "The trunk does not answer.", "Ask the provider.")])
    assert how(watch) == ["attention"]
    watch.heard("lines")
    assert how(watch) == []


def test_a_heartbeat_of_an_unknown_process_is_refused(watch: HealthWatch) -> None:
    with pytest.raises(KeyError):
        watch.heard("stranger")


def test_faults_are_listed_before_what_can_wait(watch: HealthWatch) -> None:
    watch.heard("lines", [Problem("attention", "trunk", "The trunk does not answer.", "")])
    watch.heard("recorder", [Problem("fault", "recorder", "The spool is full.", "")])
    assert [problem.severity for problem in watch.problems()] == ["fault", "attention"]
