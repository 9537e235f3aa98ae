"""Who looks at which report, told before it is shown; who listened, from the evidence; what goes out by e-mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol

from firmware.core.access_policy import Action, check, may
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.openings import Opening, OpeningCount
from firmware.core.report_order import REPORTS, ReportKey, ReportOrder, Sending, read_addresses, read_every
from firmware.core.report_period import Period
from firmware.ports.clock import Clock
from firmware.ports.evidence_pages import DetailShelf
from firmware.ports.reports import OpeningLines, ReportOrders
from firmware.services.lately_told import LatelyTold
from firmware.services.opener_sessions import Session

#: Of those who listened, the newest so many are named; all are counted.
MOST_NAMED = 2000
_AT_ONCE = 500
#: Gives {first, last, trouble}: which days it was about, and why it could not be sent, if it could not.
SendNow = Callable[[ReportKey], Mapping[str, Any]]


class ReportReception(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session:
        """Raises SignInRefused."""
        ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class Listening:
    """``opened`` (newest first, at most ``MOST_NAMED``) is None for who may not see names and reasons."""

    count: OpeningCount
    opened: Sequence[Opening] | None


class Reports:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError or DamagedCatalogue."""

    def __init__(
        self, reception: ReportReception, lines: OpeningLines, details: DetailShelf, clock: Clock, zone: tzinfo
    ) -> None:
        self._reception = reception
        self._lines = lines
        self._details = details
        self._zone = zone
        self._told = LatelyTold(clock)

    def look(self, token: str, report: ReportKey, period: Period, copy: str) -> Session:
        """Let somebody have a report, and tell of it.

        Args:
            copy: ``PDF`` or ``CSV`` for who takes one; empty for who only looks.
        """
        session = self._reception.session(token)
        person = session.person
        check(person.role, Action.SEE_REPORTS)
        asked = {"report": REPORTS[report], "since": period.first.isoformat(), "until": period.last.isoformat()}
        asked |= {"form": copy} if copy else {}
        if self._told.is_new(session.session_id, asked):
            subject = {"person": person.person_id, "session": session.session_id}
            kind = "report-taken" if copy else "report-seen"
            self._reception.enter_soon(kind, subject, {"name": person.name, **asked})
        return session

    def listening(self, token: str, period: Period, copy: str) -> Listening:
        """Who opened recordings within the period, told as ``look`` does."""
        role = self.look(token, "listening", period, copy).person.role
        from_ms, until_ms = period.bounds_ms(self._zone)
        found = list(self._lines.between(_moment(from_ms), _moment(until_ms)))
        count = count_of(found, self._zone)
        if not may(role, Action.READ_AUDIT):
            return Listening(count, None)
        newest = found[: -MOST_NAMED - 1 : -1]
        return Listening(count, [_opening(line, words) for line, words in self._with_details(newest)])

    def _with_details(self, lines: Sequence[EvidenceLine]) -> Iterator[tuple[EvidenceLine, Mapping[str, Any]]]:
        for first in range(0, len(lines), _AT_ONCE):
            part = lines[first : first + _AT_ONCE]
            details = self._details.details(line.commitment for line in part)
            for line in part:
                detail = details.get(line.commitment)
                yield line, detail.words if detail is not None and detail.sound else {}


class MailedReports:
    """Which reports go out by e-mail. Any thread; raises as ``Reports``, and SettingsError where it says so."""

    def __init__(self, reception: ReportReception, orders: ReportOrders, clock: Clock, send: SendNow) -> None:
        self._reception = reception
        self._send = send
        self._orders = orders
        self._clock = clock

    def standing(self, token: str) -> tuple[Sequence[ReportOrder], Sequence[Sending]]:
        """What was ordered, and what became of the newest of each."""
        check(self._reception.session(token, activity=False).person.role, Action.SEE_REPORTS)
        return self._orders.standing(), self._orders.sent()

    def order(self, token: str, report: ReportKey, every: str, addresses: str) -> None:
        """Have a report go out, otherwise, or no longer; in the evidence before it counts.

        Raises:
            SettingsError: no such interval, or something is no address.
        """
        session = self._reception.session(token)
        person = session.person
        check(person.role, Action.SEND_REPORTS)
        wanted = read_every(every)
        to = read_addresses(addresses) if wanted else ()
        ids = {"report": report, "every": wanted or "never", "person": person.person_id}
        detail = {"name": person.name, "report": REPORTS[report], "to": list(to)}
        line = self._reception.enter("report-ordered", ids | {"session": session.session_id}, detail)
        if wanted is None:
            self._orders.drop(report)
        else:
            self._orders.keep(ReportOrder(report, wanted, to, person.name, self._clock.wall_ms(), line))

    def send_now(self, token: str, report: ReportKey) -> Mapping[str, Any]:
        """Have one go out at once, to whom it is ordered for; in the evidence before it does.

        Raises:
            ActionRefused: nobody ordered it.
            ServiceAway: who sends it does not answer.
        """
        session = self._reception.session(token)
        person = session.person
        check(person.role, Action.SEND_REPORTS)
        order = next((each for each in self._orders.standing() if each.report == report), None)
        to = list(order.addresses) if order else []
        ids = {"report": report, "person": person.person_id, "session": session.session_id}
        self._reception.enter("report-asked", ids, {"name": person.name, "report": REPORTS[report], "to": to})
        return {**self._send(report), "to": to}


def count_of(lines: Sequence[EvidenceLine], zone: tzinfo) -> OpeningCount:
    """How often recordings were opened, by kind and by the office's day."""
    by_kind: dict[str, int] = {}
    by_day: dict[str, int] = {}
    for line in lines:
        day = line.at.astimezone(zone).date().isoformat()
        by_kind[line.kind] = by_kind.get(line.kind, 0) + 1
        by_day[day] = by_day.get(day, 0) + 1
    return OpeningCount(by_kind, by_day)


def _opening(line: EvidenceLine, words: Mapping[str, Any]) -> Opening:
    named = {field: str(words.get(field) or "") for field in ("name", "purpose", "case")}
    return Opening(line.at, line.kind, line.subject.get("recording", ""), line.subject.get("person", ""), **named)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
