"""Calls and hours: by day, by line, by extension, and what share was recorded, paused or opted out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from firmware.core.call_counts import CallCounts, CallTable
from firmware.core.report_order import REPORTS
from firmware.core.report_period import Period, pool_name, pooled
from webui.chart import Bar, BarChart, Column, ColumnChart, Series
from webui.reports.report import KeyFigure, Part, Report, Table, column_label
from webui.spreadsheet import Cell
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import days_phrase, spoken_day

_HOUR_MS = 3_600_000
#: More bars below each other are no picture any more; the table has them all.
_MOST_BARS = 15
_WIDE_FIRST = (2.7, 1.2, 1.7, 1.3, 1.8, 1.8, 1.5, 1.3, 1.8)


def calls_report(calls: CallTable, period: Period, today: date, *, for_mail: bool = False) -> Report:
    """``for_mail``: without extensions, each of which is somebody's desk."""
    total = calls.total
    parts = [_by_day(calls.by_day, period, today), _shares(total), _by_line(calls.by_line)]
    notes = [_("Days are the office's own, from midnight to midnight. A call belongs to the day on which it began.")]
    if period.first <= today <= period.last:
        notes.append(_("This period is not over: the figures are those up to now."))
    if for_mail:
        notes.append(_("Figures by extension do not go by e-mail: they are on the page, under Reports."))
    else:
        parts.append(_by_extension(calls.by_extension))
    return Report(
        "calls",
        from_the_box(REPORTS["calls"]),
        days_phrase(period.first, period.last),
        _key_figures(total),
        tuple(parts),
        tuple(notes),
    )


def _key_figures(total: CallCounts) -> tuple[KeyFigure, ...]:
    return (
        KeyFigure(f"{total.calls:,}", _("calls")),
        KeyFigure(f"{_hours(total.talked_ms):,.1f}", _("hours talked")),
        KeyFigure(f"{_hours(total.recorded_ms):,.1f}", _("hours recorded")),
        KeyFigure(_percent(total, total.recorded), _("recorded")),
        KeyFigure(_percent(total, total.paused), _("paused")),
        KeyFigure(_percent(total, total.opted_out), _("opted out")),
    )


def _by_day(by_day: Mapping[date, CallCounts], period: Period, today: date) -> Part:
    each = pool_name(period)
    pools = _pools(by_day, period, today)
    titles = {
        "day": (_("Calls a day"), _("Hours a day"), _("By day"), _("Day")),
        "week": (_("Calls a week"), _("Hours a week"), _("By week"), _("Week from")),
        "month": (_("Calls a month"), _("Hours a month"), _("By month"), _("Month from")),
    }
    counted, lasted, title, heading = titles[each]
    recorded = (Series(_("Recorded"), "first"), Series(_("Not recorded"), "rest"))
    columns = tuple(
        Column(column_label(day, place, each), spoken_day(day), (counts.recorded, counts.not_recorded))
        for place, (day, counts) in enumerate(pools.items())
    )
    hours = tuple(
        Column(column_label(day, place, each), spoken_day(day), (round(_hours(counts.talked_ms), 1),))
        for place, (day, counts) in enumerate(pools.items())
    )
    charts = (
        ColumnChart(counted, _told_of_calls(pools), recorded, columns),
        ColumnChart(lasted, _told_of_hours(pools), (Series(_("Hours talked"), "second"),), hours),
    )
    rows = tuple((day, *_cells(counts)) for day, counts in pools.items())
    return Part(title, charts, _table("when", title, heading, rows))


def _shares(total: CallCounts) -> Part:
    shares = (
        (_("Recorded"), total.recorded, "first"),
        (_("Paused at least once"), total.paused, "second"),
        (_("Opted out by the caller"), total.opted_out, "third"),
        (_("Not recorded"), total.not_recorded, "rest"),
    )
    bars = tuple(
        Bar(name, total.share(count), f"{total.share(count):.1f}% · {count:,}", tone)  # type: ignore[arg-type]  # a Tone
        for name, count, tone in shares
    )
    told = _("Of %(all)s calls %(recorded)s were recorded, %(paused)s paused and %(out)s opted out.") % {
        "all": f"{total.calls:,}",
        "recorded": _percent(total, total.recorded),
        "paused": _percent(total, total.paused),
        "out": _percent(total, total.opted_out),
    }
    rows = tuple((name, count, round(total.share(count), 1)) for name, count, _tone in shares)
    table = Table(
        "shares", _("Shares of all calls"), (_("What"), _("Calls"), _("Share in %")), rows, (1, 2), (4.0, 1.0, 1.0)
    )
    return Part(table.title, (BarChart(_("In percent"), told, bars, 100.0),), table)


def _by_line(by_line: Mapping[str, CallCounts]) -> Part:
    named = {name or _("Line not known"): counts for name, counts in by_line.items()}
    return _ranked("lines", _("By line"), _("Line"), named)


def _by_extension(by_extension: Mapping[str, CallCounts]) -> Part:
    named = {name or _("No extension known"): counts for name, counts in by_extension.items()}
    return _ranked("extensions", _("By extension"), _("Extension"), named)


def _ranked(key: str, title: str, heading: str, named: Mapping[str, CallCounts]) -> Part:
    """The one with most calls first."""
    ranked = sorted(named.items(), key=lambda each: (-each[1].calls, each[0]))
    bars = tuple(
        Bar(name, counts.calls, f"{counts.calls:,} · {_hours(counts.talked_ms):,.1f} h")
        for name, counts in ranked[:_MOST_BARS]
    )
    told = _("Most calls: %(name)s, with %(count)s.") % {"name": ranked[0][0], "count": bars[0].shown} if bars else ""
    if len(ranked) > _MOST_BARS:
        told += " " + _("The table has all %(count)s.") % {"count": len(ranked)}
    rows = tuple((name, *_cells(counts)) for name, counts in ranked)
    charts = (BarChart(_("Calls and hours talked"), told, bars),) if bars else ()
    return Part(title, charts, _table(key, title, heading, rows))


def _table(key: str, title: str, heading: str, rows: tuple[tuple[Cell, ...], ...]) -> Table:
    headings = (
        heading,
        _("Calls"),
        _("Incoming"),
        _("Hours talked"),
        _("Recorded"),
        _("Hours recorded"),
        _("Paused"),
        _("Opted out"),
        _("Not recorded"),
    )
    return Table(key, title, headings, rows, tuple(range(1, len(headings))), _WIDE_FIRST)


def _cells(counts: CallCounts) -> Iterator[Cell]:
    yield from (counts.calls, counts.inbound, round(_hours(counts.talked_ms), 2), counts.recorded)
    yield from (round(_hours(counts.recorded_ms), 2), counts.paused, counts.opted_out, counts.not_recorded)


def _pools(by_day: Mapping[date, CallCounts], period: Period, today: date) -> dict[date, CallCounts]:
    """Every day, week or month of the period up to today, those without a call too."""
    column, found = pooled(period), dict[date, CallCounts]()
    for number in range(max(1, (min(period.last, today) - period.first).days + 1)):
        day = period.first + timedelta(days=number)
        found[column(day)] = found.get(column(day), CallCounts()) + by_day.get(day, CallCounts())
    return found


def _told_of_calls(pools: Mapping[date, CallCounts]) -> str:
    day, most = max(pools.items(), key=lambda each: each[1].calls)
    total = sum(pools.values(), CallCounts()).calls
    if not total:
        return _("There was no call.")
    return _("%(total)s calls in all; most on %(day)s: %(most)s.") % {
        "total": f"{total:,}",
        "day": spoken_day(day),
        "most": f"{most.calls:,}",
    }


def _told_of_hours(pools: Mapping[date, CallCounts]) -> str:
    total = _hours(sum(pools.values(), CallCounts()).talked_ms)
    return _("%(hours)s hours in all, from answer to end.") % {"hours": f"{total:,.1f}"}


def _hours(milliseconds: int) -> float:
    return milliseconds / _HOUR_MS


def _percent(total: CallCounts, count: int) -> str:
    return f"{total.share(count):.1f}%"
