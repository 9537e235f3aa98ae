"""Rows without a recording are kept as long as their recording would have been, and no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from firmware.core.retention import Period, RetentionClass
from firmware.ports.retention import AppliedClass
from firmware.services.call_log_ageing import CallLogAgeing

CLASSES = {
    "standard": AppliedClass(RetentionClass("standard", Period(years=6)), "Europe/London"),
    "short": AppliedClass(RetentionClass("short", Period(days=30)), "Europe/London"),
}


def _ms(year: int, month: int, day: int) -> int:
    return round(datetime(year, month, day, 12, tzinfo=UTC).timestamp() * 1000)


class _Rows:
    def __init__(self, rows: list[tuple[str, str, int]]) -> None:
        self.rows = rows

    def oldest(self, most: int) -> Sequence[tuple[str, str, int]]:
        return sorted(self.rows, key=lambda row: row[2])[:most]

    def drop(self, row_ids: Sequence[str]) -> None:
        self.rows = [row for row in self.rows if row[0] not in row_ids]

    def wipe_traces(self) -> bool:
        return True


def test_each_row_goes_when_its_class_is_over_and_one_of_a_lost_class_with_the_standard_one() -> None:
    rows = _Rows(
        [
            ("old", "standard", _ms(2020, 11, 21)),
            ("kept", "standard", _ms(2020, 11, 22)),
            ("short", "short", _ms(2026, 10, 1)),
            ("new", "short", _ms(2026, 11, 1)),
            ("lost", "was-once", _ms(2020, 1, 1)),
        ]
    )
    assert CallLogAgeing(rows, lambda: CLASSES).run(_ms(2026, 11, 22)) == 3
    assert {row[0] for row in rows.rows} == {"kept", "new"}


def test_before_any_class_is_in_effect_nothing_goes() -> None:
    rows = _Rows([("old", "standard", _ms(2000, 1, 1))])
    assert CallLogAgeing(rows, dict).run(_ms(2026, 11, 22)) == 0
