"""What is due to be erased in the months to come, and how the disk fills. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.core.report_order import REPORTS
from firmware.core.report_period import Period
from webui.chart import Chart, Column, ColumnChart, CurveChart, Series
from webui.reports.report import KeyFigure, Part, Report, Table
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import month_of, short_month, size, spoken_day

_GB = 1_000_000_000
_DAY_MS = 86_400_000
_MONTHS = 12
_DAYS_AHEAD_SHOWN = 1460
_LABELS_AT = (0.06, 0.28, 0.5, 0.72, 0.94)


@dataclass(frozen=True)
class Keeping:
    """What the catalogue counts, and what the keeper says of the disk; ``space`` is empty when it says nothing.

    Attributes:
        due: how many calls go on which day.
        held: how many more are kept by a legal hold alone.
        taken: bytes in use at moments (Unix ms).
        space: as the keeper's ``GET /space`` tells it.
    """

    due: Mapping[date, int]
    held: int
    taken: Sequence[tuple[int, int]]
    space: Mapping[str, object]


def months_ahead(today: date) -> Period:
    """From today to the end of the month in a year's time."""
    later = (today.replace(day=1) + timedelta(days=31 * _MONTHS)).replace(day=1)
    return Period(today, (later + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def keeping_report(found: Keeping, today: date, zone: ZoneInfo) -> Report:
    within = {days: _within(found.due, today, days) for days in (7, 30)}
    figures = [
        KeyFigure(f"{within[7]:,}", _("calls go within 7 days")),
        KeyFigure(f"{within[30]:,}", _("within 30 days")),
        KeyFigure(f"{found.held:,}", _("kept by a legal hold")),
    ]
    if "free_bytes" in found.space:
        figures.append(KeyFigure(size(_bytes(found.space, "free_bytes")), _("free on the disk")))
    notes = (_("What is due goes by itself; a legal hold keeps a call beyond its time."),)
    parts = (_due(found.due, today), _storage(found, zone))
    return Report("keeping", from_the_box(REPORTS["keeping"]), spoken_day(today), tuple(figures), parts, notes)


def _due(due: Mapping[date, int], today: date) -> Part:
    period, months = months_ahead(today), dict[date, int]()
    for number in range(period.days):
        day = today + timedelta(days=number)
        first = max(day.replace(day=1), today)
        months[first] = months.get(first, 0) + due.get(day, 0)
    columns = tuple(
        Column(f"{short_month(month)} {month:%y}", month_of(month), (count,)) for month, count in months.items()
    )
    total = sum(months.values())
    told = _("%(count)s calls reach the end of their time by %(day)s.") % {
        "count": f"{total:,}",
        "day": spoken_day(period.last),
    }
    chart = ColumnChart(_("Calls that go, by month"), told, (Series(_("Due"), "second"),), columns)
    rows = tuple((month_of(month), count) for month, count in months.items())
    headings = (_("Month"), _("Calls due"))
    return Part(_("Retention due"), (chart,), Table("when", _("Retention due"), headings, rows, (1,), (3.0, 1.0)))


def _storage(found: Keeping, zone: ZoneInfo) -> Part:
    title, words = _("Storage"), str(found.space.get("words") or "")
    if not words:
        return Part(title, words=(_("How the disk fills is not known at this moment: the keeper has not said yet."),))
    points = [(float(at), used / _GB) for at, used in found.taken]
    now_ms = float(str(found.space["taken_at_ms"]))
    if not points or points[-1][0] < now_ms:
        points.append((now_ms, (_bytes(found.space, "total_bytes") - _bytes(found.space, "free_bytes")) / _GB))
    ahead = found.space.get("ahead")
    for days, used in ahead if isinstance(ahead, list) else []:
        if 0 < days <= _DAYS_AHEAD_SHOWN:
            points.append((now_ms + days * _DAY_MS, used / _GB))
    return Part(title, _curve(points, now_ms, found, zone), _table(points, now_ms, title, zone), (words,))


def _curve(points: Sequence[tuple[float, float]], now_ms: float, found: Keeping, zone: ZoneInfo) -> tuple[Chart, ...]:
    if len(points) < 2:
        return ()
    total = _bytes(found.space, "total_bytes")
    first, last = points[0][0], points[-1][0]
    marks = (first + part * (last - first) for part in _LABELS_AT)
    dates = tuple((at, f"{short_month(_day(at, zone))} {_day(at, zone):%Y}") for at in marks)
    told = _("%(used)s in use now, of %(total)s.") % {
        "used": size(total - _bytes(found.space, "free_bytes")),
        "total": size(total),
    }
    limit = _("the disk holds %(size)s") % {"size": size(total)}
    title = _("Gigabytes in use; foreseen where the line is broken")
    return (CurveChart(title, told, tuple(points), now_ms, total / _GB, limit, dates),)


def _table(points: Sequence[tuple[float, float]], now_ms: float, title: str, zone: ZoneInfo) -> Table:
    chosen = set(_spread([at for at, _value in points], 24))
    rows = tuple(
        (_day(at, zone), round(used, 1), _("foreseen") if at > now_ms else _("measured"))
        for at, used in points
        if at in chosen
    )
    return Table("storage", title, (_("Day"), _("GB in use"), ""), rows, (1,), (3.0, 1.0, 1.2))


def _spread(moments: Sequence[float], most: int) -> list[float]:
    """At most so many of them, the first and the last among these."""
    if len(moments) <= most:
        return list(moments)
    return [moments[round(number * (len(moments) - 1) / (most - 1))] for number in range(most)]


def _within(due: Mapping[date, int], today: date, days: int) -> int:
    return sum(count for day, count in due.items() if day < today + timedelta(days=days))


def _day(at_ms: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()


def _bytes(space: Mapping[str, object], name: str) -> int:
    found = space.get(name)
    return found if isinstance(found, int) else 0
