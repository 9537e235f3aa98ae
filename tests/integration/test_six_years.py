"""Six years of recordings, each erased on the day after its last, by a clock that a test sets."""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.integration.vault import LONDON, Vault, vault

_SIX_YEARS_OF_CALLS = 550_000
_A_DAYS_CALLS = 251
_SWEEP_WITHIN_S = 2.0
Record = Callable[[str, object], None]


def fill(kept: Vault, starts_ms: list[int]) -> list[str]:
    """Rows of finished recordings that have no files."""
    with closing(sqlite3.connect(kept.home.catalogue)) as database, database:
        columns = database.execute("PRAGMA table_info(recordings)").fetchall()
        needed = [name for _, name, _, not_null, default, _ in columns if not_null and default is None]
        fixed = dict.fromkeys(needed, "x") | {"retention_class": "standard", "state": "complete"}
        names = sorted({*fixed, "id", "started_at_ms"})
        rows = [
            [{**fixed, "id": f"{number:032x}", "started_at_ms": start}[name] for name in names]
            for number, start in enumerate(starts_ms)
        ]
        marks = ", ".join("?" * len(names))
        database.executemany(f"INSERT INTO recordings ({', '.join(names)}) VALUES ({marks})", rows)
    return [f"{number:032x}" for number in range(len(starts_ms))]


def last_day(start_ms: int) -> date:
    """By the rule as people say it: the same date six years on; 28 February where there is no 29th."""
    day = datetime.fromtimestamp(start_ms / 1000, LONDON).date()
    if (day.month, day.day) == (2, 29):
        return date(day.year + 6, 2, 28)
    return date(day.year + 6, day.month, day.day)


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def midnight_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp() * 1000)


def starts(first: date, last: date, count: int, chance: Random) -> list[int]:
    """At all times of day, with some in the last and first second of it, in order."""
    begin, end = midnight_ms(first), midnight_ms(last + timedelta(days=1))
    found = [chance.randrange(begin, end) for _ in range(count)]
    found += [midnight_ms(day) + away for day in days(first, last) for away in (-1, 0) if midnight_ms(day) > begin]
    return sorted(found)[:count]


_SOME = pytest.param(date(2024, 1, 20), date(2024, 4, 10), 2_000, id="a leap year's spring")
_ALL = pytest.param(
    date(2021, 1, 1),
    date(2026, 12, 31),
    _SIX_YEARS_OF_CALLS,
    id="six years",
    marks=[pytest.mark.long, pytest.mark.alone, pytest.mark.timeout(5400)],
)


@pytest.mark.parametrize(("first", "last", "count"), [_SOME, _ALL])
def test_day_after_day_what_is_six_years_old_goes_and_nothing_else(
    first: date, last: date, count: int, tmp_path: Path, record_property: Record
) -> None:
    chance = Random(6)
    ends = last_day(midnight_ms(last))
    with vault(tmp_path / "home", f"{last_day(midnight_ms(first))} 03:00") as kept:
        kept.run()  # the clock is believed from here on
        starts_ms = starts(first, last, count, chance)
        ids = fill(kept, starts_ms)
        gone_after = [last_day(start) for start in starts_ms]  # in order, as the starts are
        kept.run()
        began = time.perf_counter()
        slowest = 0.0
        for day in days(last_day(midnight_ms(first)), ends + timedelta(days=1)):
            kept.set_wall(f"{day} 03:00")
            looked = time.perf_counter()
            kept.run()
            slowest = max(slowest, time.perf_counter() - looked)
            left = bisect_left(gone_after, day)
            assert kept.query("SELECT count(*), min(started_at_ms) FROM recordings") == [
                (len(ids) - left, starts_ms[left] if left < len(ids) else None)
            ], day
        took = time.perf_counter() - began
        assert kept.listed() == set()
        assert kept.kinds().count("recording-erased") == len(ids)
    record_property("recordings erased", len(ids))
    record_property("days", (ends - last_day(midnight_ms(first))).days + 2)
    record_property("whole simulation, s", round(took, 1))
    record_property("slowest day's sweep, s", round(slowest, 3))


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(10_000),
        pytest.param(_SIX_YEARS_OF_CALLS, marks=[pytest.mark.long, pytest.mark.alone, pytest.mark.timeout(900)]),
    ],
)
def test_the_sweep_of_a_days_expiries_takes_less_than_two_seconds(
    count: int, tmp_path: Path, record_property: Record
) -> None:
    """Real sealed files and keyslots of that day, among the rows of six years."""
    with vault(tmp_path / "home", "2026-03-01 09:00") as kept:
        doomed = [kept.record() for _ in range(_A_DAYS_CALLS)]
        later = midnight_ms(date(2026, 3, 2))
        six_years_ms = midnight_ms(date(2032, 3, 1)) - later
        kept.run()
        kept.set_wall("2032-03-01 23:00")
        fill(kept, [later + number * six_years_ms // count for number in range(count)])
        looked = time.perf_counter()
        kept.run()
        record_property("dating all rows, s", round(time.perf_counter() - looked, 2))
        assert kept.sweep.attention == ()
        idle = time.perf_counter()
        kept.run()
        record_property("sweep with nothing to do, ms", round((time.perf_counter() - idle) * 1000, 1))
        kept.set_wall("2032-03-02 00:01")
        looked = time.perf_counter()
        kept.run()
        took = time.perf_counter() - looked
        assert len(kept.query("SELECT 1 FROM recordings")) == count
        assert not any(kept.files(recording) for recording in doomed)
        assert kept.kinds().count("recording-erased") == _A_DAYS_CALLS
    record_property(f"sweep of {_A_DAYS_CALLS} among {count}, s", round(took, 2))
    if count == _SIX_YEARS_OF_CALLS:  # with the machine to itself
        assert took < _SWEEP_WITHIN_S


def test_the_rule_is_reckoned_by_the_offices_clock_and_not_by_utc() -> None:
    just_after_midnight_in_summer = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert last_day(round(just_after_midnight_in_summer.timestamp() * 1000)) == date(2032, 7, 1)
