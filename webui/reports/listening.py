"""Who listened to what, and what for, as the evidence tells it; without names for who may not see them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.core.openings import OPENINGS, Opening, OpeningCount
from firmware.core.report_order import REPORTS
from firmware.core.report_period import Period, pool_name, pooled
from webui.chart import Bar, BarChart, Column, ColumnChart, Series
from webui.reports.report import KeyFigure, Part, Report, Table, column_label
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import days_phrase, spoken_day

_MOST_BARS = 15
_SENSIBLE = range(2000, 2200)


@dataclass(frozen=True)
class Listened:
    """``opened`` is None where names and purposes are not for this reader, newest first otherwise."""

    count: OpeningCount
    opened: Sequence[Opening] | None


def listening_report(found: Listened, period: Period, today: date, zone: ZoneInfo, *, for_mail: bool = False) -> Report:
    """``for_mail``: counts only, whatever ``found`` holds."""
    opened = None if for_mail else found.opened
    parts = [_by_day(found.count, period, today), _by_kind(found.count)]
    if opened is not None:
        parts += [_by_person(opened), _each(opened, zone)]
    notes = [_("Each opening of a recording stands in the evidence before it is opened; these lines are counted.")]
    if for_mail:
        notes.append(_("Names, purposes and calls do not go by e-mail: they are on the page, under Reports."))
    elif opened is None:
        notes.append(_("Names and purposes are for those who may read the evidence with names."))
    elif len(opened) < found.count.total:
        notes.append(_("Named are the newest %(count)s; choose fewer days for the others.") % {"count": len(opened)})
    return Report(
        "listening",
        from_the_box(REPORTS["listening"]),
        days_phrase(period.first, period.last),
        _key_figures(found.count, opened),
        tuple(parts),
        tuple(notes),
    )


def _key_figures(count: OpeningCount, opened: Sequence[Opening] | None) -> tuple[KeyFigure, ...]:
    figures = [KeyFigure(f"{count.total:,}", _("times a recording was opened"))]
    if opened is not None:
        figures.append(KeyFigure(f"{len({each.person_id for each in opened}):,}", _("people")))
        figures.append(KeyFigure(f"{len({each.recording_id for each in opened}):,}", _("recordings")))
    return tuple(figures)


def _by_day(count: OpeningCount, period: Period, today: date) -> Part:
    column, each, pools = pooled(period), pool_name(period), dict[date, int]()
    for number in range(max(1, (min(period.last, today) - period.first).days + 1)):
        day = period.first + timedelta(days=number)
        pools[column(day)] = pools.get(column(day), 0) + count.by_day.get(day.isoformat(), 0)
    columns = tuple(
        Column(column_label(day, place, each), spoken_day(day), (times,))
        for place, (day, times) in enumerate(pools.items())
    )
    told = _("Recordings were opened %(count)s times.") % {"count": f"{count.total:,}"}
    chart = ColumnChart(_("Times a recording was opened"), told, (Series(_("Opened"), "first"),), columns)
    rows = tuple(pools.items())
    return Part(_("When"), (chart,), Table("when", _("When"), (_("From"), _("Times")), rows, (1,), (4.0, 1.0)))


def _by_kind(count: OpeningCount) -> Part:
    kinds = {from_the_box(name): count.by_kind.get(kind, 0) for kind, name in OPENINGS.items()}
    bars = tuple(Bar(name, times, f"{times:,}", "second") for name, times in kinds.items())
    told = _("Downloads and exports are copies that leave the box.")
    rows = tuple(kinds.items())
    table = Table("kinds", _("In which way"), (_("What"), _("Times")), rows, (1,), (4.0, 1.0))
    return Part(table.title, (BarChart(_("Ways of opening"), told, bars),), table)


def _by_person(opened: Sequence[Opening]) -> Part:
    names = Counter(_name(each) for each in opened).most_common()
    bars = tuple(Bar(name, times, f"{times:,}") for name, times in names[:_MOST_BARS])
    told = _("Most often: %(name)s.") % {"name": names[0][0]} if names else _("Nobody opened a recording.")
    table = Table("people", _("By whom"), (_("Person"), _("Times")), tuple(names), (1,), (4.0, 1.0))
    return Part(table.title, (BarChart(_("People"), told, bars),) if bars else (), table)


def _each(opened: Sequence[Opening], zone: ZoneInfo) -> Part:
    rows = tuple(
        (
            f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}",
            _name(each),
            from_the_box(OPENINGS.get(each.kind, each.kind)),
            _purpose(each),
            _call(each.recording_id, zone),
        )
        for each in opened
    )
    headings = (_("When"), _("Who"), _("What"), _("Purpose"), _("Call of"))
    calls = tuple(each.recording_id for each in opened)
    table = Table("each", _("Each time"), headings, rows, (), (2.0, 1.6, 1.7, 3.6, 2.0), calls)
    return Part(table.title, (), table)


def _name(each: Opening) -> str:
    return each.name or _("name erased")


def _purpose(each: Opening) -> str:
    return f"{each.purpose} ({each.case})" if each.case else each.purpose


def _call(recording_id: str, zone: ZoneInfo) -> str:
    """When the call was, which its recording's name begins with (RFC 9562 §5.7)."""
    try:
        began = datetime.fromtimestamp(int(recording_id[:12], 16) / 1000, UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return recording_id[:12]
    return f"{began:%Y-%m-%d %H:%M}" if began.year in _SENSIBLE else recording_id[:12]
