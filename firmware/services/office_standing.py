"""How the office stands with what the law asks, in counts: requests answered and calls erased in time, who is there.

Counts alone: whoever sees them may see neither whose request it was nor whose call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from firmware.core.access_policy import Action, check
from firmware.core.case_clock import CaseKind, DayOff, due_on, standing
from firmware.core.data_case import DataCase
from firmware.core.people import Person
from firmware.ports.cases import CaseStore
from firmware.ports.clock import Clock
from firmware.ports.duties import DutyStore
from firmware.ports.retention_overview import RetentionFigures
from firmware.ports.settings_store import PeopleStore
from firmware.services.duties import DutyReception

_YEAR = timedelta(days=365)
_DAY_MS = 86_400_000
#: The keeper erases once an hour; who is away over a weekend has been told by then.
_OVERDUE_MS = 2 * _DAY_MS
_LATELY_MS = 30 * _DAY_MS


@dataclass(frozen=True)
class Requests:
    """People's requests about their data. ``late``: closed in the last year after their day."""

    open: int = 0
    soon: int = 0
    overdue: int = 0
    late: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Standing:
    """``not_erased``: calls whose time was over more than two days ago, and that nothing holds. ``recorded_lately``:
    incoming calls of the last 30 days; ``untold_lately``: those of them that tell of no notice.
    """

    people: Sequence[Person]
    requests: Requests
    not_erased: int
    recorded_lately: int
    untold_lately: int


class OfficeStanding:
    """``notices``: the prompts that tell of recording, as the settings are now. Any thread. Raises SignInRefused,
    NotAllowed, StorageError and ServiceAway as the opener does.
    """

    def __init__(
        self,
        reception: DutyReception,
        people: PeopleStore,
        cases: CaseStore,
        figures: RetentionFigures,
        duties: DutyStore,
        notices: Callable[[], Collection[str]],
        clock: Clock,
        zone: tzinfo,
        is_day_off: DayOff,
    ) -> None:
        self._reception = reception
        self._people = people
        self._cases = cases
        self._figures = figures
        self._duties = duties
        self._notices = notices
        self._clock = clock
        self._zone = zone
        self._is_day_off = is_day_off

    def standing(self, token: str) -> Standing:
        check(self._reception.session(token, activity=False).person.role, Action.SEE_COMPLIANCE)
        now_ms = self._clock.wall_ms()
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        requests = requests_in_time(
            self._cases.cases(is_open=True), self._cases.cases(is_open=False), now, self._zone, self._is_day_off
        )
        not_erased = self._figures.due(now_ms - _OVERDUE_MS, (0,)).within_days[0]
        recorded, untold = self._duties.told_of_recording(now_ms - _LATELY_MS, self._notices())
        return Standing(self._people.people(), requests, not_erased, recorded, untold)


def requests_in_time(
    opened: Iterable[DataCase], closed: Iterable[DataCase], now: datetime, zone: tzinfo, is_day_off: DayOff
) -> Requests:
    """How they were and are answered."""
    urgencies = [standing(case.clock, now.astimezone(zone).date(), is_day_off).urgency for case in opened]
    lately = [case for case in closed if _closed_at(case) > now - _YEAR]
    return Requests(
        open=len(urgencies),
        soon=sum(each in ("soon", "now") for each in urgencies),
        overdue=urgencies.count("overdue"),
        late=sum(_was_late(case, zone, is_day_off) for case in lately),
        closed=len(lately),
    )


def _closed_at(case: DataCase) -> datetime:
    return datetime.fromtimestamp((case.closed_at_ms or 0) / 1000, UTC)


def _was_late(case: DataCase, zone: tzinfo, is_day_off: DayOff) -> bool:
    """A complaint's day is that of acknowledging it, not of closing it."""
    if case.kind is CaseKind.COMPLAINT:
        return False
    due = due_on(case.clock, is_day_off)
    return due is not None and _closed_at(case).astimezone(zone).date() > due
