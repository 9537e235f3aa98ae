"""The calls that fit what somebody knew of them, as the approver sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.catalogue.reader import RecordingQuery, RecordingRow
from firmware.core.access_request import WantedCalls
from firmware.ports.catalogue import RecordingState
from webui.requests.matching import MOST_SHOWN, matching
from webui.requests.views import until_in_words

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)  # 12:00 in London


def row(
    number: int, at: datetime = NOON, state: RecordingState = "complete", extension: str | None = "201"
) -> RecordingRow:
    return RecordingRow(
        id=f"{number:032x}",
        call_id=f"call-{number}",
        started_at=at,
        answered_at=at,
        ended_at=at,
        duration_s=60.0,
        direction="inbound",
        line="main",
        far_party="02079460123",
        far_number="02079460123",
        office_party="201",
        office_number="201" if extension is None else None,
        decided_by="the line records always",
        mode="always",
        notice=None,
        legs=(),
        end_cause=None,
        retention_class="standard",
        state=state,
        not_taken_s=0.0,
        not_stored_s=0.0,
        segments=1,
        extension=extension,
    )


class Rows:
    """A catalogue of these rows; it keeps what it was asked."""

    def __init__(self, *rows: RecordingRow) -> None:
        self._rows = list(rows)
        self.asked: list[RecordingQuery] = []

    def __call__(self, query: RecordingQuery) -> list[RecordingRow]:
        self.asked.append(query)
        begin = next((n + 1 for n, each in enumerate(self._rows) if each.cursor == query.before), 0)
        return self._rows[begin : begin + query.limit]


def test_a_day_is_the_office_s_own_and_whole() -> None:
    rows = Rows(row(1))
    assert matching(rows, WantedCalls(first_day="2026-07-01"), LONDON).rows
    (query,) = rows.asked
    assert query.started_from == datetime(2026, 6, 30, 23, 0, tzinfo=UTC)
    assert query.started_to == datetime(2026, 7, 1, 23, 0, tzinfo=UTC)


def test_times_of_day_are_the_office_s_own_on_every_day() -> None:
    rows = Rows(row(1), row(2, NOON - timedelta(minutes=1)), row(3, NOON + timedelta(minutes=31)))
    wanted = WantedCalls(first_day="2026-07-01", from_time="12:00", until_time="12:30")
    assert [each.id for each in matching(rows, wanted, LONDON).rows] == [row(1).id]


def test_an_extension_is_found_by_either_way_of_knowing_it() -> None:
    rows = Rows(row(1), row(2, extension="202"), row(3, extension=None))
    found = matching(rows, WantedCalls(extension="201"), LONDON).rows
    assert [each.id for each in found] == [row(1).id, row(3).id]


@pytest.mark.parametrize("state", ["recording", "not_recorded"])
def test_what_cannot_be_heard_is_not_offered(state: RecordingState) -> None:
    assert matching(Rows(row(1, state=state)), WantedCalls(first_day="2026-07-01"), LONDON).rows == []


@pytest.mark.parametrize(
    ("ends_at", "words"),
    [
        (datetime(2031, 6, 29, 23, 0, tzinfo=UTC), "the end of Sunday 29 June 2031"),
        (datetime(2031, 6, 29, 22, 59, tzinfo=UTC), "Sunday 29 June 2031, 23:59"),
        (datetime(2031, 11, 30, 0, 0, tzinfo=UTC), "the end of Saturday 29 November 2031"),
    ],
)
def test_an_end_at_midnight_is_told_as_the_day_that_ends(ends_at: datetime, words: str) -> None:
    assert until_in_words(ends_at, LONDON) == words


def test_words_alone_find_nothing_and_neither_does_nonsense() -> None:
    rows = Rows(row(1))
    assert not matching(rows, WantedCalls(words="the one about the boiler"), LONDON).rows
    assert not matching(rows, WantedCalls(first_day="yesterday"), LONDON).rows
    assert rows.asked == []


def test_no_more_are_shown_than_somebody_can_look_through_and_that_is_said() -> None:
    found = matching(Rows(*(row(n) for n in range(250))), WantedCalls(number="0123"), LONDON)
    assert (len(found.rows), found.more) == (MOST_SHOWN, True)


def test_a_few_among_very_many_are_found_page_by_page() -> None:
    rows = Rows(*(row(n, extension="201" if n % 150 == 149 else "202") for n in range(450)))
    found = matching(rows, WantedCalls(extension="201"), LONDON)
    assert (len(found.rows), found.more) == (3, False)
    assert len(rows.asked) == 3
