"""When people are told of what is wrong, and when not again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.alerting import DAY_MS, HOUR_MS, AlertBook, AlertRules, Now, Telling, acknowledge, attend
from firmware.core.health_check import Finding, Fix, Severity, subject_of, without_numbers

RULES = AlertRules()
MINUTE_MS = 60_000
START_MS = 1_800_000_000_000
FIX = Fix("Put in a larger disk.", page="/holds")
FULL = Finding("disk", "fault", "The disk is full.", FIX)
HOT = Finding("temperature", "attention", "The processor is at 78 °C.", Fix("Give it air."))


class Watched:
    """A box that is looked at; keeps what was told, and when."""

    def __init__(self) -> None:
        self.book = AlertBook(digest_at_ms=START_MS)
        self.now_ms = START_MS
        self.told: list[tuple[int, Telling]] = []

    def look(
        self,
        *findings: Finding,
        after_ms: int = MINUTE_MS,
        quiet: bool = False,
        digest_due_ms: int = 0,
        watched_ms: int = DAY_MS,
    ) -> None:
        self.now_ms += after_ms
        self.book, told = attend(self.book, findings, Now(self.now_ms, quiet, digest_due_ms, watched_ms), RULES)
        self.told += [(self.now_ms - START_MS, each) for each in told]

    def for_long(self, *findings: Finding, minutes: int, quiet: bool = False) -> None:
        for _ in range(minutes):
            self.look(*findings, quiet=quiet)

    @property
    def alerts(self) -> list[Telling]:
        return [each for _, each in self.told if each.kind == "alert"]


@pytest.fixture
def box() -> Watched:
    return Watched()


def test_what_is_new_is_told_once_and_again_after_longer_and_longer_times(box: Watched) -> None:
    box.for_long(HOT, minutes=9 * 24 * 60)
    hours = [round(at_ms / HOUR_MS) for at_ms, _ in box.told]
    assert hours == [0, 1, 5, 29, 101]
    assert [bool(each.news) for _, each in box.told] == [True, False, False, False, False]


def test_what_comes_and_goes_is_one_story(box: Watched) -> None:
    for _ in range(30):
        box.look(HOT, after_ms=31_000)
        box.look(after_ms=31_000)
    assert len(box.alerts) == 1
    box.for_long(minutes=11)
    assert [each.finding for each in box.alerts[-1].well] == [HOT]
    assert len(box.alerts) == 2


def test_what_lasts_a_moment_only_stands_in_the_digest(box: Watched) -> None:
    box.look(FULL)
    box.look(after_ms=10_000)
    box.for_long(minutes=20)
    assert box.alerts == []
    box.look(digest_due_ms=box.now_ms)
    ((_, digest),) = box.told
    assert (digest.kind, [each.finding for each in digest.well], digest.again) == ("digest", [FULL], ())


def test_what_somebody_knows_of_is_told_in_the_digest_only_until_it_becomes_worse(box: Watched) -> None:
    box.for_long(HOT, minutes=2)
    box.book = acknowledge(box.book, HOT.id, "Ada", box.now_ms)
    box.for_long(HOT, minutes=3 * 24 * 60)
    assert len(box.alerts) == 1
    box.look(HOT, digest_due_ms=box.now_ms)
    digest = box.told[-1][1]
    assert [each.finding for each in digest.known] == [HOT]
    worse = replace(HOT, severity="fault", what="The processor is at 91 °C.")
    box.look(worse)
    assert [each.finding for each in box.alerts[-1].news] == [worse]


def test_an_acknowledgement_that_ends_has_it_told_again(box: Watched) -> None:
    box.for_long(HOT, minutes=2)
    box.book = acknowledge(box.book, HOT.id, "Ada", box.now_ms, box.now_ms + 2 * DAY_MS)
    box.for_long(HOT, minutes=2 * 24 * 60 + 2)
    assert len(box.alerts) == 2


def test_only_what_is_wrong_now_can_be_acknowledged(box: Watched) -> None:
    with pytest.raises(KeyError):
        acknowledge(box.book, HOT.id, "Ada", box.now_ms)
    box.look(HOT)
    box.look()
    with pytest.raises(KeyError):
        acknowledge(box.book, HOT.id, "Ada", box.now_ms)


def test_in_quiet_hours_faults_are_told_and_the_rest_when_they_are_over(box: Watched) -> None:
    box.for_long(HOT, minutes=5, quiet=True)
    assert box.alerts == []
    box.for_long(HOT, FULL, minutes=3, quiet=True)
    assert [each.finding for each in box.alerts[0].news] == [FULL]
    box.look(HOT, FULL)
    assert [each.finding for each in box.alerts[1].news] == [HOT]


def test_a_clock_that_was_years_ahead_silences_nothing(box: Watched) -> None:
    box.now_ms += 15 * 365 * DAY_MS
    box.for_long(HOT, minutes=2)
    box.now_ms = START_MS
    box.told.clear()
    box.for_long(HOT, minutes=61)
    assert len(box.alerts) == 1
    box.for_long(HOT, FULL, minutes=2)
    assert [each.finding for each in box.alerts[-1].news] == [FULL]


def test_a_storm_is_a_few_messages_an_hour_and_the_rest_in_one_when_it_may_be(box: Watched) -> None:
    storm = [Finding("processes", "fault", f"Thing {number}.", FIX, f"thing {number}") for number in range(15)]
    for number in range(1, 16):
        box.look(*storm[:number])
    assert len(box.alerts) == RULES.most_an_hour
    box.for_long(*storm, minutes=60)
    told = {each.finding.id for alert in box.alerts for each in alert.news}
    assert told == {each.id for each in storm}


@pytest.mark.parametrize("told_before", [False, True])
def test_what_is_remembered_from_before_a_restart_is_told_only_when_it_lasts_after_it(
    box: Watched, told_before: bool
) -> None:
    """Programs that end with the box are missed for a moment, and again while they start."""
    box.for_long(FULL, minutes=2) if told_before else box.look(FULL, after_ms=1_000)
    box.told.clear()
    off_ms = DAY_MS
    for watched_ms in (0, 5_000, 25_000, 31_000):
        box.look(FULL, after_ms=off_ms, watched_ms=watched_ms)
        off_ms = 6_000
        assert len(box.alerts) == (watched_ms >= RULES.lasts_ms)


CHECKS = ("disk", "temperature", "power", "clock")
SEVERITIES: tuple[Severity, ...] = ("note", "attention", "fault")
looks = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(CHECKS), st.sampled_from(SEVERITIES)), st.integers(1_000, 900_000)),
    min_size=1,
    max_size=80,
)


def of(wrong: dict[str, Severity]) -> Sequence[Finding]:
    return [Finding(check, severity, f"{check} {severity}", FIX) for check, severity in wrong.items()]


@settings(max_examples=150, deadline=None)
@given(looks, st.booleans())
def test_there_are_never_more_alerts_in_an_hour_than_allowed_and_never_is_a_fault_passed_over(
    seen: list[tuple[dict[str, Severity], int]], quiet: bool
) -> None:
    """Whatever comes and goes, however fast."""
    box = Watched()
    fault_since: dict[str, int] = {}
    told_as_fault: set[str] = set()
    for wrong, after_ms in seen:
        box.look(*of(wrong), after_ms=after_ms, quiet=quiet)
        alerts_ms = [START_MS + at_ms for at_ms, each in box.told if each.kind == "alert"]
        within_the_hour = [at_ms for at_ms in alerts_ms if box.now_ms - at_ms < HOUR_MS]
        assert len(within_the_hour) <= RULES.most_an_hour
        for _, telling in box.told:
            told_as_fault |= {each.finding.check for each in telling.news if each.finding.severity == "fault"}
        for check in CHECKS:
            if wrong.get(check) != "fault":
                fault_since.pop(check, None)
                continue
            since_ms = fault_since.setdefault(check, box.now_ms)
            if box.now_ms - since_ms >= RULES.lasts_ms and len(within_the_hour) < RULES.most_an_hour:
                assert check in told_as_fault


@settings(max_examples=60, deadline=None)
@given(looks)
def test_what_is_acknowledged_is_in_no_alert(seen: list[tuple[dict[str, Severity], int]]) -> None:
    box = Watched()
    box.look(*of(dict.fromkeys(CHECKS, "fault")))
    for check in CHECKS:
        box.book = acknowledge(box.book, check, "Ada", box.now_ms)
    for wrong, after_ms in seen:
        # Whatever ends for long and comes again is another one.
        box.look(*of({**dict.fromkeys(CHECKS, "attention"), **wrong}), after_ms=after_ms)
    assert box.alerts == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call from 01632 960123 failed.", "Call from …123 failed."),
        ("+44 (1632) 960-123 rings.", "…123 rings."),
        ("to +441632960123", "to …123"),
        ("The file of 2026-11-22 is bad at 10.0.0.123:5060; 12,345,678 MB left.", None),
        ("1632960123", "…123"),
    ],
)
def test_no_telephone_number_leaves_the_box(text: str, left: str | None) -> None:
    assert without_numbers(text) == (text if left is None else left)


def test_a_sentence_keeps_its_name_whatever_its_figures_say() -> None:
    one, other = (f"The data disk has {left} MB left. Free space, or put in a larger one." for left in (499, 12))
    assert subject_of(one) == subject_of(other) == "the-data-disk-has-mb-left-free-space"
