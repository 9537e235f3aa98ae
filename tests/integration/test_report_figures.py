"""What reports count, against counting by hand: on the days on which clocks are set, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, insert

from firmware.adapters.catalogue.report_figures import ReportFigures
from firmware.adapters.catalogue.schema import held_recordings, legal_holds, recordings, space_samples
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_counts import CallCounts
from firmware.core.report_period import Period

ZONES = ("Europe/London", "America/New_York", "Africa/Cairo")
#: Days about which clocks are set somewhere.
SET = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 24), date(2026, 10, 25), date(2026, 10, 30)]
HOUR_MS = 3_600_000
A_CALL: dict[str, Any] = {
    "call_id": "c",
    "far_presentation": "available",
    "office_presentation": "available",
    "decided_by": "",
    "mode": "pausable",
    "retention_class": "standard",
}


@st.composite
def calls_about(draw: st.DrawFn) -> tuple[date, list[dict[str, Any]]]:
    day = draw(st.sampled_from(SET))
    middle = round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    return day, [_call(draw, n, middle) for n in range(draw(st.integers(0, 12)))]


def _call(draw: st.DrawFn, n: int, middle: int) -> dict[str, Any]:
    began = middle + draw(st.integers(-60 * HOUR_MS, 60 * HOUR_MS) | st.sampled_from([0, HOUR_MS, -HOUR_MS]))
    answered = draw(st.none() | st.integers(began, began + 9000))
    lasted = draw(st.integers(0, 2 * HOUR_MS))
    return A_CALL | {
        "id": f"{n:032x}",
        "started_at_ms": began,
        "answered_at_ms": answered,
        "ended_at_ms": draw(st.none() | st.just(began + lasted)),
        "duration_ms": lasted,
        "paused_ms": draw(st.integers(0, lasted)),
        "pause_count": draw(st.integers(0, 2)),
        "opted_out": draw(st.integers(0, 1)),
        "line": draw(st.sampled_from(["main", "sales"])),
        "extension": draw(st.none() | st.sampled_from(["", "201", "202"])),
        "direction": draw(st.sampled_from(["inbound", "outbound", "unknown"])),
        "state": draw(st.sampled_from(["recording", "complete", "interrupted", "damaged", "not_recorded"])),
    }


def by_hand(call: dict[str, Any]) -> CallCounts:
    kept = call["state"] != "not_recorded"
    answered, ended = call["answered_at_ms"], call["ended_at_ms"]
    return CallCounts(
        calls=1,
        inbound=call["direction"] == "inbound",
        recorded=kept,
        paused=call["pause_count"] > 0,
        opted_out=call["opted_out"],
        talked_ms=max(0, ended - answered) if answered is not None and ended is not None else 0,
        recorded_ms=call["duration_ms"] - call["paused_ms"] if kept else 0,
    )


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("reports") / "catalogue.db"
    with closing(SqliteCatalogueWriter(path)):
        yield path


def keep(path: Path, rows: list[dict[str, Any]]) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in (held_recordings, legal_holds, recordings):
            connection.execute(delete(table))
        if rows:
            connection.execute(insert(recordings), rows)
    engine.dispose()


@settings(max_examples=40)
@given(calls_about(), st.sampled_from(ZONES), st.integers(0, 3), st.integers(0, 4))
def test_days_lines_and_extensions_are_counted_as_by_hand(
    catalogue: Path, about: tuple[date, list[dict[str, Any]]], name: str, before: int, after: int
) -> None:
    day, calls = about
    keep(catalogue, calls)
    zone, period = ZoneInfo(name), Period(day - timedelta(days=before), day + timedelta(days=after))
    wanted: dict[str, dict[Any, CallCounts]] = {"day": {}, "line": {}, "extension": {}}
    for call in calls:
        on = datetime.fromtimestamp(call["started_at_ms"] / 1000, zone).date()
        if period.first <= on <= period.last:
            for kind, key in (("day", on), ("line", call["line"]), ("extension", call["extension"] or "")):
                wanted[kind][key] = wanted[kind].get(key, CallCounts()) + by_hand(call)
    found = ReportFigures(catalogue).calls(period, zone)
    assert found.by_day == wanted["day"]
    assert found.by_line == wanted["line"]
    assert found.by_extension == wanted["extension"]
    assert found.total == sum(wanted["line"].values(), CallCounts())


def test_a_call_that_was_silenced_counts_once_before_and_after_the_old_one_is_gone(catalogue: Path) -> None:
    began = round(datetime(2026, 5, 5, 12, tzinfo=UTC).timestamp() * 1000)
    call = A_CALL | {"line": "main", "direction": "inbound", "state": "complete", "started_at_ms": began}
    first, second = call | {"id": "1" * 32, "revises": None}, call | {"id": "2" * 32, "revises": "1" * 32}
    period = Period(date(2026, 5, 5), date(2026, 5, 5))
    for rows in ([first, second], [second]):
        keep(catalogue, rows)
        assert ReportFigures(catalogue).calls(period, ZoneInfo("UTC")).total.calls == 1


def test_what_is_due_is_counted_by_day_what_is_overdue_today_and_what_is_held_apart(catalogue: Path) -> None:
    def at(day: int, hour: int = 12) -> int:
        return round(datetime(2026, 5, day, hour, tzinfo=UTC).timestamp() * 1000)

    expires = {"1": at(1), "2": at(5), "3": at(7, 23), "4": at(7), "5": at(30), "6": None}
    call = A_CALL | {"line": "main", "direction": "inbound", "state": "complete", "started_at_ms": 0}
    keep(catalogue, [call | {"id": key * 32, "expires_at_ms": when} for key, when in expires.items()])
    engine = create_engine(f"sqlite:///{catalogue}")
    with engine.begin() as connection:
        owner = {"purpose": "p", "owner_id": "o", "owner_name": "o", "placed_at_ms": 0, "review_on": "2026-06-01"}
        connection.execute(insert(legal_holds).values(owner | {"id": "h"}))
        connection.execute(insert(held_recordings).values(hold_id="h", recording_id="4" * 32))
    engine.dispose()
    due, held = ReportFigures(catalogue).due(Period(date(2026, 5, 5), date(2026, 5, 20)), ZoneInfo("Europe/London"))
    assert due == {date(2026, 5, 5): 2, date(2026, 5, 8): 1}  # 23:00 UTC is after midnight in a London summer
    assert held == 1


def test_of_years_of_samples_of_the_disk_a_picture_takes_a_hundred(catalogue: Path) -> None:
    engine = create_engine(f"sqlite:///{catalogue}")
    samples = [
        {
            "taken_at_ms": n * HOUR_MS,
            "total_bytes": 10**6,
            "free_bytes": 10**6 - n,
            "recordings_bytes": 0,
            "recordings": 0,
        }
        for n in range(2000)
    ]
    with engine.begin() as connection:
        connection.execute(insert(space_samples), samples)
    engine.dispose()
    found = ReportFigures(catalogue).taken(0, 2000 * HOUR_MS, most=100)
    assert 100 <= len(found) <= 102
    assert found[-1] == (1999 * HOUR_MS, 1999)
    assert list(found) == sorted(found)
