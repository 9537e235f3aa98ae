"""Reading one line of a PBX's call log by its format's description."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from firmware.core.call_log import MOST_DIGITS, LogDirection, LoggedCall
from firmware.core.call_log_format import Columns, Delimited, LogFormat, LogTimes, Part, Patterns, Shape

#: What separates or controls: a page's end, what a printer is told. Never part of a field.
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CLOCKED = re.compile(r"(?:(\d{1,4})[:h])?(\d{1,4})[:'m](\d{1,2})(?:\.\d+)?s?")
_DIGITS = re.compile(r"\d{1,7}")
_NUMBER = re.compile(r"\+?[0-9*#][0-9*# ()./-]*")
_KEPT_OF_NUMBER = re.compile(r"[^0-9*#+]")
_BEFORE_GATE = re.compile(r"^(\+?[0-9*]{3,})#.*")
_HALF_OF_DAY = re.compile(r"([AP])$", re.IGNORECASE)
_LONGEST_CALL_MS = 7 * 24 * 3600 * 1000
_LONGEST_REFERENCE = 60
_OUTSIDE_AND_ABROAD = 4  # digits that may be dialled before a telephone number: 9 for a line, 00 and more for abroad


@dataclass(frozen=True)
class Read:
    """The line is a call. ``fields``: what stood in it, to show whoever tries a format."""

    call: LoggedCall
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Passed:
    """The line is known to be no call: a heading, a page's end, an empty line."""

    why: str


@dataclass(frozen=True)
class NotRead:
    """The line is not as the format says."""

    why: str


Reading = Read | Passed | NotRead


def read_line(line: str, form: LogFormat, received: datetime, zone: tzinfo) -> Reading:
    """Read a line that came at ``received`` (aware) from a PBX whose clock shows the time of ``zone``."""
    text = _CONTROLS.sub(" ", line).rstrip()
    if not text.strip():
        return Passed("empty")
    if any(expression.search(text) for expression in form.ignore):
        return Passed("no call, by the format's own words")
    fields = _fields(text, form.shape)
    if isinstance(fields, NotRead):
        return fields
    unanswered = any(each.holds(fields) for each in form.unanswered)
    duration_ms = _duration_ms(fields.get(form.times.duration, "") or ("0" if unanswered else ""), form.times)
    if duration_ms is None or duration_ms > _LONGEST_CALL_MS:
        return NotRead(f"the length of the call is not readable: {_shown(fields.get(form.times.duration, ''))}")
    told = _began(fields, form.times, duration_ms, received, zone)
    if isinstance(told, NotRead):
        return told
    began, resolution_s = told
    direction = _direction(fields, form)
    parties = form.outbound if direction == "outbound" else form.inbound
    call = LoggedCall(
        round(began.timestamp() * 1000),
        duration_ms,
        direction,
        _short(_value(fields, parties.extension)),
        _short(_value(fields, parties.trunk)),
        _number(_value(fields, parties.number), form),
        duration_ms > 0 and not unanswered,
        fields.get(form.reference, "")[:_LONGEST_REFERENCE] if form.reference else "",
        resolution_s,
    )
    return Read(call, fields)


# --- fields


def _fields(text: str, shape: Shape) -> dict[str, str] | NotRead:
    match shape:
        case Delimited():
            return _split(text, shape)
        case Columns():
            if len(text) < shape.least:
                return NotRead(f"the line has {len(text)} columns; a call has at least {shape.least}")
            return {name: text[first - 1 : last].strip() for name, (first, last) in shape.spans.items()}
        case Patterns():
            for expression in shape.expressions:
                if found := expression.fullmatch(text):
                    return {name: (value or "").strip() for name, value in found.groupdict().items()}
            return NotRead("the line fits none of the patterns")


def _split(text: str, shape: Delimited) -> dict[str, str] | NotRead:
    try:
        values = next(csv.reader([text], delimiter=shape.delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        return NotRead(f"the line cannot be split: {error}")
    if len(values) < shape.least:
        return NotRead(f"the line has {len(values)} fields; a call has at least {shape.least}")
    return {name: value.strip() for name, value in zip(shape.fields, values, strict=False) if name}


def _value(fields: Mapping[str, str], part: Part | None) -> str:
    if part is None:
        return ""
    value = fields.get(part.name, "")
    if part.take is None:
        return value
    found = part.take.search(value)
    return ((found[1] if part.take.groups else found[0]) or "") if found else ""


def _short(value: str) -> str | None:
    return value[:32] or None


def _number(value: str, form: LogFormat) -> str | None:
    """A telephone number, or None: withheld, masked (``1234XX``), a name, or with more digits than any number has.

    What follows a pause (``P``) or ``#`` was keyed into an answered call: it could be a card's number (PCI DSS 3.3.1).
    """
    if any(expression.fullmatch(value) for expression in form.withheld):
        return None
    found = _NUMBER.match(value.strip())
    if not found or re.match(r"[xX?]|\.\.", value.strip()[found.end() :]) or ".." in found[0]:
        return None
    number = _BEFORE_GATE.sub(r"\1", _KEPT_OF_NUMBER.sub("", found[0]))
    return number if 0 < len(number) <= MOST_DIGITS + _OUTSIDE_AND_ABROAD else None


def _direction(fields: Mapping[str, str], form: LogFormat) -> LogDirection:
    return next((means for means, condition in form.directions if condition.holds(fields)), "unknown")


# --- times


def _began(
    fields: Mapping[str, str], times: LogTimes, duration_ms: int, received: datetime, zone: tzinfo
) -> tuple[datetime, int] | NotRead:
    """When the call began, and how exactly that is told, in seconds: some logs of one make have seconds, some not."""
    told = " ".join(fields.get(name, "") for name in times.fields).strip()
    late_ms = _duration_ms(fields.get(times.later_by, ""), times) or 0 if times.later_by else 0
    for form in times.forms:
        moments = list(_moments(told, form, received.astimezone(zone)))
        if not moments:
            continue
        stamped = min((_nearest_fold(each, received, zone) for each in moments), key=lambda each: abs(each - received))
        late = timedelta(milliseconds=-duration_ms if times.means == "end" else late_ms)
        return stamped + late, 1 if "%S" in form or "%X" in form else 60
    return NotRead(f"the time is not as {' or '.join(times.forms)}: {_shown(told)}")


def _moments(told: str, form: str, received: datetime) -> Iterator[datetime]:
    """What the text may mean, without a zone: one moment, or the same in years or on days around."""
    if "%p" in form:
        told = _HALF_OF_DAY.sub(r"\1M", told)
    if "%d" not in form and "%j" not in form:
        around = [received.date() + timedelta(days=days) for days in (-1, 0, 1)]
        texts = [(f"{told} {day:%Y-%m-%d}", f"{form} %Y-%m-%d") for day in around]
    elif not any(year in form for year in ("%y", "%Y")):
        texts = [(f"{told} {year}", f"{form} %Y") for year in range(received.year - 1, received.year + 2)]
    else:
        texts = [(told, form)]
    for text, whole in texts:
        try:
            moment = datetime.strptime(text, whole)  # noqa: DTZ007  its zone is given to it by whoever asks
        except ValueError:
            continue
        if 1990 <= moment.year <= 2200:
            yield moment


def _nearest_fold(moment: datetime, received: datetime, zone: tzinfo) -> datetime:
    """The hour that the clock shows twice in autumn is meant as the one nearer to when the line came."""
    both = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(both, key=lambda each: abs(each - received))


def _duration_ms(text: str, times: LogTimes) -> int | None:
    """``1:02:03``, ``00:01'05``, ``0'05`` or digits as the format says. None: it is none of these."""
    text = text.strip()
    if clocked := _CLOCKED.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clocked.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1000
    if not _DIGITS.fullmatch(text):
        return None
    match times.digits:
        case "seconds":
            return int(text) * 1000
        case "minutes":
            return int(text) * 60_000
        case "mmss":
            return (int(text[:-2] or 0) * 60 + int(text[-2:])) * 1000
        case "hhmmss":
            return ((int(text[:-4] or 0) * 60 + int(text[-4:-2] or 0)) * 60 + int(text[-2:])) * 1000


def _shown(text: str) -> str:
    """For a person who looks at the line anyway; short, since a mistaken field may hold anything."""
    return repr(text[:24]) if text else "nothing is there"
