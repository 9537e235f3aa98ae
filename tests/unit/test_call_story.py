"""What happened in a call, as a person reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.call_record import (
    PAUSED_WHEN_BROKEN_OFF,
    STILL_PAUSED,
    CallRecord,
    Hold,
    Notice,
    Party,
    PartyChange,
    Pause,
)
from firmware.core.call_story import story, why_not_recorded

BEGAN = 1_000_000
RECORD = CallRecord(
    "1" * 32, "c1", "main", "inbound", Party("02079460123"), Party("201"), BEGAN, "line main", mode="pausable"
)


PAUSE = Pause(BEGAN + 9_500, BEGAN + 10_000, BEGAN + 42_000, "page", "Ann", "desk", "Till 2")


def texts(record: CallRecord) -> list[str]:
    return [moment.text for moment in story(record)]


def paused(pause: Pause = PAUSE) -> str:
    (text,) = texts(replace(RECORD, pauses=(pause,)))
    return text


def test_a_pause_says_how_long_who_asked_and_how_and_who_resumed() -> None:
    assert paused() == (
        "Recording paused for 33 seconds. Asked for by Ann on the web page; resumed at the paired desk Till 2."
    )


@pytest.mark.parametrize(
    ("how", "who", "words"),
    [
        ("code", "202", "by a code from the phone of 202"),
        ("code", "", "by a code from the office’s phone"),
        ("panel", "", "with the button on the box"),
        ("api", "till", "by the program till"),
        ("automatic", "", "by the box itself"),
        ("something newer", "", "by somebody who is not known"),
    ],
)
def test_each_way_of_asking_has_its_words(how: str, who: str, words: str) -> None:
    assert f"Asked for {words};" in paused(replace(PAUSE, how=how, who=who))


def test_the_reason_of_a_pause_is_told() -> None:
    assert "Asked for by Ann on the web page, because of card data;" in paused(replace(PAUSE, why="card data"))


def test_a_pause_that_nobody_ended_is_said_plainly() -> None:
    assert paused(replace(PAUSE, resumed_how=STILL_PAUSED, resumed_who="")) == (
        "Recording paused for 33 seconds, and still paused at hang-up. Asked for by Ann on the web page."
    )
    assert "and still paused when the recording broke off." in paused(
        replace(PAUSE, resumed_how=PAUSED_WHEN_BROKEN_OFF)
    )
    assert paused(replace(PAUSE, ended_at_ms=None)).startswith("Recording paused, and not known until when.")


def test_everything_is_told_in_order_with_whom_it_was_said_to() -> None:
    eventful = replace(
        RECORD,
        announcements=(
            Notice("call-recorded", "far_party", BEGAN - 9_000, BEGAN, completed=True),
            Notice("reminder", "far_party", BEGAN + 50_000, BEGAN + 51_000),
            Notice("paused", "office_party", BEGAN + 10_000, BEGAN + 11_000, completed=True),
        ),
        holds=(Hold(BEGAN + 20_000, BEGAN + 85_000, "office"),),
        parties=(PartyChange(BEGAN + 30_000, "office", Party("203"), "blind transfer"),),
    )
    assert texts(eventful) == [
        "“Call recorded” was played to the outside party, to its end.",
        "“Paused” was played to the office, to its end.",
        "The office put the call on hold for 1 minute 5 seconds; its music is not recorded.",
        "203 took the office’s place (blind transfer).",
        "“Reminder” was played to the outside party, cut short after 1 second.",
    ]


@pytest.mark.parametrize(
    ("mode", "decided_by", "opted_out", "end_cause", "why"),
    [
        ("never", "the caller asked not to be recorded", True, "caller hung up", "the caller asked not to be recorded"),
        ("never", "rule “HR”: never", False, None, "rule “HR”: never"),
        ("on_demand", "line main: on demand", False, None, "nobody started the recording (line main: on demand)"),
        ("pausable", "line main", False, "not recorded: no memory", "no memory"),
        ("pausable", "line main", False, "caller hung up", "the notice was not heard to its end"),
    ],
)
def test_a_call_that_was_not_recorded_says_why(
    mode: str, decided_by: str, opted_out: bool, end_cause: str | None, why: str
) -> None:
    assert why_not_recorded(mode, decided_by, opted_out, end_cause) == why


def test_a_recording_that_broke_off_ends_what_lasted() -> None:
    lasting = replace(
        RECORD,
        pauses=(Pause(BEGAN + 500, BEGAN + 1000, how="code"),),
        holds=(Hold(BEGAN + 700, None, "office"),),
    )
    ended = lasting.broken_off(BEGAN + 5000)
    assert (ended.ended_at_ms, ended.end_cause) == (BEGAN + 5000, "interrupted")
    assert (ended.pauses[0].ended_at_ms, ended.pauses[0].resumed_how) == (BEGAN + 5000, PAUSED_WHEN_BROKEN_OFF)
    assert ended.holds[0].ended_at_ms == BEGAN + 5000
    assert not ended.paused
