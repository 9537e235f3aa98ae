"""For which days a report is asked, read from the address's query; and the addresses of other days. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from firmware.core.errors import SettingsError
from firmware.core.report_period import Period, named_period, own_period
from webui.error_words import in_words
from webui.translation import gettext as _

USUAL = "this-month"


@dataclass(frozen=True)
class Asked:
    """``mistake`` says what was wrong with what was typed; the usual period is shown then."""

    period: Period
    typed_first: str
    typed_last: str
    mistake: str = ""

    @property
    def same(self) -> dict[str, str]:
        """The query of this very report, as it moves with time or stays."""
        return {"period": self.period.key} if self.period.key else self.fixed

    @property
    def fixed(self) -> dict[str, str]:
        """The query of just these days, whenever somebody follows it."""
        return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}


def names() -> dict[str, str]:
    """The periods that move with time."""
    return {
        "this-week": _("This week"),
        "last-week": _("Last week"),
        "this-month": _("This month"),
        "last-month": _("Last month"),
    }


def read_period(query: Mapping[str, str], today: date) -> Asked:
    """Days of one's own (``from``, ``to``) before a named ``period``; this month where nothing is asked for."""
    first, last, mistake = query.get("from", ""), query.get("to", ""), ""
    if first or last:
        try:
            period = own_period(_day(first or last), _day(last or first))
            return Asked(period, period.first.isoformat(), period.last.isoformat())
        except SettingsError as error:
            mistake = in_words(error)
    period = named_period(query.get("period", USUAL), today) or _usual(today)
    typed = (first, last) if mistake else (period.first.isoformat(), period.last.isoformat())
    return Asked(period, *typed, mistake)


def _usual(today: date) -> Period:
    found = named_period(USUAL, today)
    return found if found is not None else Period(today, today)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(_("A day is written as year-month-day, such as 2026-03-31.")) from None
