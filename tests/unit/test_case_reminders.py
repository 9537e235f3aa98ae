"""Requests that are soon due are told of, by a reference that names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from firmware.core.case_clock import CaseClock, CaseKind
from firmware.core.data_case import DataCase, WhoseCalls
from firmware.ports.cases import CaseStore
from firmware.services.case_reminders import CaseReminders


@dataclass
class Kept:
    """Open cases, as far as reminders ask for them."""

    made: Sequence[DataCase]

    def cases(self, *, is_open: bool) -> Sequence[DataCase]:
        return self.made if is_open else ()


def case(reference: str, clock: CaseClock) -> DataCase:
    return DataCase("c" * 32, reference, clock, "Mary Example", "all of it", WhoseCalls(), "p", "dora")


def reminded(today: str, *cases: DataCase) -> Sequence[str]:
    task = CaseReminders(cast(CaseStore, Kept(cases)), UTC, lambda day: day.weekday() > 4)
    task.run(round(datetime.fromisoformat(f"{today}T12:00+00:00").timestamp() * 1000))
    return task.attention


def test_only_what_is_soon_due_or_overdue_is_told_of_and_nobody_is_named() -> None:
    soon = case("2026-001", CaseClock(CaseKind.SUBJECT_ACCESS, date(2026, 9, 7)))
    later = case("2026-002", CaseClock(CaseKind.ERASURE, date(2026, 9, 28)))
    waits = case("2026-003", CaseClock(CaseKind.SUBJECT_ACCESS, date(2026, 8, 3), proof_needed=True))
    assert reminded("2026-09-20", soon, later, waits) == ()
    assert reminded("2026-10-02", soon, later, waits) == (
        "Case 2026-001 (subject access) is due in 5 days. Answer it under Cases.",
    )
    told = reminded("2026-10-26", soon, later, waits)
    assert told[0] == "Case 2026-001 (subject access) is overdue by 19 days. Answer it under Cases."
    assert told[1] == "Case 2026-002 (erasure) is due in 2 days. Answer it under Cases."
    assert "Mary" not in " ".join(told)
