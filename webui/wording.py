"""How times, lengths and states read on a page, in the language of whoever looks. Template filters are made of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.core.call_story import prompt_name
from firmware.core.spoken_length import spoken_length
from webui.translation import gettext as _
from webui.translation import marked

__all__ = [
    "DIRECTIONS",
    "STATES",
    "STATE_MEANINGS",
    "day_and_month",
    "day_heading",
    "day_in_sentence",
    "full_day",
    "length",
    "local_day",
    "local_time",
    "lost",
    "party_phrase",
    "plain_day",
    "prompt_name",
    "sentence",
    "size",
    "spoken_length",
]

STATES = {
    "recording": marked("Being recorded"),
    "complete": marked("Complete"),
    "interrupted": marked("Interrupted"),
    "damaged": marked("Damaged"),
    "not_recorded": marked("Not recorded"),
}

STATE_MEANINGS = {
    "recording": marked("The call is still going on, or has only just ended."),
    "complete": marked("The call was recorded to its end."),
    "interrupted": marked("The recording stopped before the call did. What was recorded until then is here."),
    "damaged": marked("The sealed file no longer verifies. It may have been altered or the disk may be failing."),
    "not_recorded": marked("Nothing of this call was kept."),
}

DIRECTIONS = {"inbound": marked("Incoming"), "outbound": marked("Outgoing")}


WEEKDAYS = (
    *(marked("Monday"), marked("Tuesday"), marked("Wednesday"), marked("Thursday")),
    *(marked("Friday"), marked("Saturday"), marked("Sunday")),
)
MONTHS = (
    *(marked("January"), marked("February"), marked("March"), marked("April"), marked("May"), marked("June")),
    *(marked("July"), marked("August"), marked("September"), marked("October"), marked("November"), marked("December")),
)

#: As narrow as a chart or a table needs them.
SHORT_WEEKDAYS = (
    *(marked("Mon"), marked("Tue"), marked("Wed"), marked("Thu"), marked("Fri"), marked("Sat"), marked("Sun")),
)
SHORT_MONTHS = (
    *(marked("Jan"), marked("Feb"), marked("Mar"), marked("Apr"), marked("May"), marked("Jun")),
    *(marked("Jul"), marked("Aug"), marked("Sep"), marked("Oct"), marked("Nov"), marked("Dec")),
)


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """The time of day: ``14:05:09``."""
    return moment.astimezone(zone).strftime("%H:%M:%S")


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day on which the moment falls in the office."""
    return moment.astimezone(zone).date()


def day_heading(day: date, today: date) -> str:
    """``Today, Saturday 21 November``; the year is given once it is not this one."""
    named = _("%(weekday)s %(day)s") % {"weekday": _(WEEKDAYS[day.weekday()]), "day": plain_day(day, today)}
    if day == today:
        return _("Today, %(day)s") % {"day": named}
    if day == today - timedelta(days=1):
        return _("Yesterday, %(day)s") % {"day": named}
    return named


def day_in_sentence(day: date, today: date) -> str:
    """The same in the middle of a sentence: ``today, Saturday 21 November``."""
    heading = day_heading(day, today)
    return heading[:1].lower() + heading[1:] if today - timedelta(days=1) <= day <= today else heading


def plain_day(day: date, today: date) -> str:
    """``12 March``; the year is given once it is not this one."""
    return day_and_month(day) if day.year == today.year else full_day(day)


def day_and_month(day: date) -> str:
    """``12 March``."""
    return _("%(day)s %(month)s") % {"day": day.day, "month": _(MONTHS[day.month - 1])}


def full_day(day: date) -> str:
    """``12 March 2027``."""
    return _("%(day)s %(month)s %(year)s") % {"day": day.day, "month": _(MONTHS[day.month - 1]), "year": day.year}


def spoken_day(day: date) -> str:
    """``Thursday 12 November 2026``."""
    return _("%(weekday)s %(day)s") % {"weekday": _(WEEKDAYS[day.weekday()]), "day": full_day(day)}


def month_of(day: date) -> str:
    """``November 2026``."""
    return _("%(month)s %(year)s") % {"month": _(MONTHS[day.month - 1]), "year": day.year}


def short_month(day: date) -> str:
    """``Nov``."""
    return _(SHORT_MONTHS[day.month - 1])


def short_day(day: date) -> str:
    """``Thu 12 Nov 2026``."""
    names = {"weekday": _(SHORT_WEEKDAYS[day.weekday()]), "month": short_month(day)}
    return _("%(weekday)s %(day)s %(month)s %(year)s") % {**names, "day": day.day, "year": day.year}


def day_and_time(moment: datetime) -> str:
    """``23 November 2026, 14:05``, by the clock that the moment is told in."""
    return _("%(day)s, %(time)s") % {"day": full_day(moment), "time": f"{moment:%H:%M}"}


def days_phrase(first: date, last: date) -> str:
    """``1 to 30 November 2026``: whole days, both included."""
    if first == last:
        return full_day(last)
    begin = full_day(first) if first.year != last.year else day_and_month(first)
    if (first.year, first.month) == (last.year, last.month):
        begin = str(first.day)
    return _("%(first)s to %(last)s") % {"first": begin, "last": full_day(last)}


def length(seconds: float | None) -> str:
    """A duration as on a clock: ``0:07``, ``12:05``, ``1:02:03``; a dash when it is not known yet."""
    if seconds is None:
        return "–"
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def lost(seconds: float | None) -> str:
    """How much sound is missing, in words."""
    if not seconds:
        return _("Nothing")
    if seconds < 1:
        return _("%(num)s milliseconds") % {"num": round(seconds * 1000)}
    return _("%(num)s seconds") % {"num": f"{seconds:.1f}"}


def size(count: int) -> str:
    """Bytes as people say them: ``3.2 GB``."""
    value = float(count)
    for unit in (_("bytes"), "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.1f} {unit}" if unit in ("MB", "GB") else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def sentence(text: str) -> str:
    """With a capital letter, as the first word of a sentence."""
    return text[:1].upper() + text[1:]


def party_phrase(shown: str) -> str:
    """A party in the middle of a sentence."""
    phrases = {
        "withheld": _("a withheld number"),
        "unavailable": _("an unknown number"),
        "not kept": _("a number that is not kept"),
    }
    return phrases.get(shown, shown)
