"""Where reports come from: counts from the catalogue, who listened from the opener, which is told first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.report_figures import ReportFigures
from firmware.adapters.control.client import ControlClient
from firmware.core.call_counts import CallTable
from firmware.core.errors import EarmarkError, StorageError
from firmware.core.home import Home
from firmware.core.openings import Opening, OpeningCount
from firmware.core.report_order import ReportKey
from firmware.core.report_period import Period
from webui.access.opener import Visitor
from webui.reports.calls import calls_report
from webui.reports.keeping import Keeping, keeping_report, months_ahead
from webui.reports.listening import Listened, listening_report
from webui.reports.report import Report
from webui.translation import gettext as _

_YEARS_BACK_MS = 2 * 366 * 86_400_000


@dataclass(frozen=True)
class Mailed:
    """One report that goes out by e-mail, and what became of it last; ``last`` is empty before the first."""

    report: str
    every: str
    addresses: tuple[str, ...]
    ordered_by: str
    last: str = ""
    last_tried_at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Sent:
    """What became of a report that somebody had sent at once. ``trouble``: why it did not go; empty: it went."""

    period: Period
    addresses: tuple[str, ...]
    trouble: str


class ReportDesk:
    """Any thread. Every method raises ServiceAway, NotAllowed, StorageError or DamagedCatalogue."""

    def __init__(
        self, home: Home, opener: ControlClient, slow: ControlClient, keeper: ControlClient, zone: ZoneInfo
    ) -> None:
        """``slow``: the opener's as well, for what takes minutes."""
        self._home = home
        self._slow = slow
        self._opener = opener
        self._keeper = keeper
        self._zone = zone

    def report(self, who: Visitor, key: ReportKey, period: Period, today: date, copy: str = "") -> Report:
        """``copy``: ``CSV`` or ``PDF`` for who takes one. That somebody has it is in the evidence first."""
        if key == "listening":
            return listening_report(self._listened(who, period, copy), period, today, self._zone)
        if key == "keeping":
            period = months_ahead(today)
        asked = {"report": key, **_days(period), "copy": copy}
        self._opener.post("/reports/look", asked, token=who.token)
        if key == "calls":
            return calls_report(calls_of(self._home, period, self._zone), period, today)
        return keeping_report(keeping_of(self._home, self._keeper, today, self._zone), today, self._zone)

    def as_mailed(self, who: Visitor, key: ReportKey, period: Period, today: date) -> Report:
        """What would go out by e-mail of that period."""
        if key == "listening":
            return listening_report(self._listened(who, period, "PDF"), period, today, self._zone, for_mail=True)
        self._opener.post("/reports/look", {"report": key, **_days(period), "copy": "PDF"}, token=who.token)
        if key == "calls":
            return calls_report(calls_of(self._home, period, self._zone), period, today, for_mail=True)
        return keeping_report(keeping_of(self._home, self._keeper, today, self._zone), today, self._zone)

    def mailed(self, who: Visitor) -> Mapping[str, Mailed]:
        """By report."""
        answer = self._opener.get("/reports/mailed", token=who.token)
        sent = {str(each["report"]): each for each in answer["sent"]}
        return {str(each["report"]): _mailed(each, sent.get(str(each["report"]))) for each in answer["orders"]}

    def order(self, who: Visitor, report: str, every: str, addresses: str) -> None:
        """Raises SettingsError besides: something is no address."""
        asked = {"report": report, "every": every, "addresses": addresses}
        self._opener.post("/reports/mailed", asked, token=who.token)

    def send_now(self, who: Visitor, report: str) -> Sent:
        """Have one go out at once. It may take minutes. Raises ActionRefused besides: nobody ordered it."""
        told = self._slow.post("/reports/send", {"report": report}, token=who.token)
        period = Period(date.fromisoformat(told["first"]), date.fromisoformat(told["last"]))
        return Sent(period, tuple(told["to"]), str(told["trouble"]))

    def way_out(self) -> str | None:
        """The name of the destination by whose mail server reports go; empty where there is none; None: not known."""
        try:
            return str(self._keeper.get("/reports/way")["way"])
        except EarmarkError:
            return None

    def _listened(self, who: Visitor, period: Period, copy: str) -> Listened:
        answer = self._opener.post("/reports/listening", {**_days(period), "copy": copy}, token=who.token)
        count = OpeningCount(dict(answer["by_kind"]), dict(answer["by_day"]))
        opened = answer["opened"]
        return Listened(count, None if opened is None else [_opening(each) for each in opened])


def calls_of(home: Home, period: Period, zone: ZoneInfo) -> CallTable:
    """The calls of a period; of a box that has recorded nothing yet there are none."""
    if _has_recorded(home):
        return ReportFigures(home.catalogue).calls(period, zone)
    return CallTable({}, {}, {})


def keeping_of(home: Home, keeper: ControlClient, today: date, zone: ZoneInfo) -> Keeping:
    """What is due, and how the disk fills as far as the keeper says."""
    try:
        space: Mapping[str, object] = keeper.get("/space")
    except EarmarkError:
        space = {}
    if not _has_recorded(home):
        return Keeping({}, 0, [], space)
    figures, now_ms = ReportFigures(home.catalogue), round(datetime.now(UTC).timestamp() * 1000)
    due, held = figures.due(months_ahead(today), zone)
    taken: Sequence[tuple[int, int]] = figures.taken(now_ms - _YEARS_BACK_MS, now_ms)
    return Keeping(due, held, taken, space)


def _has_recorded(home: Home) -> bool:
    """Raises StorageError: the data disk is away."""
    if home.catalogue.exists():
        return True
    if not home.data_mark.exists():
        raise StorageError(
            _("The data disk is locked or missing, so nothing can be counted."),
            _("Unlock it or plug it in. Calls are recorded all the same, and are counted once it is there."),
        )
    return False


def _days(period: Period) -> dict[str, str]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


def _opening(each: Mapping[str, Any]) -> Opening:
    return Opening(
        datetime.fromtimestamp(each["at_ms"] / 1000, UTC),
        str(each["kind"]),
        str(each["recording_id"]),
        str(each["person_id"]),
        str(each["name"]),
        str(each["purpose"]),
        str(each["case"]),
    )


def _mailed(order: Mapping[str, Any], sent: Mapping[str, Any] | None) -> Mailed:
    found = Mailed(str(order["report"]), str(order["every"]), tuple(order["addresses"]), str(order["ordered_by"]))
    if sent is None or sent["tried_at_ms"] < order["ordered_at_ms"]:
        return found
    tried = datetime.fromtimestamp(sent["tried_at_ms"] / 1000, UTC)
    return Mailed(
        found.report, found.every, found.addresses, found.ordered_by, str(sent["last"]), tried, str(sent["trouble"])
    )
