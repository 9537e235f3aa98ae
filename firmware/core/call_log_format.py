"""How one make of PBX writes its call log: a description, not a program.

A description says how a line falls into named fields (by a delimiter, by columns, by patterns), how times and lengths
are written, how the direction is told, which field is whose number, and which lines are no calls. It is read from TOML,
and says in plain words what is wrong with it. ``call_log_reading`` reads lines by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from firmware.core.call_log import LOG_DIRECTIONS, LogDirection
from firmware.core.simple_pattern import pattern

DurationDigits = Literal["seconds", "minutes", "hhmmss", "mmss"]
_DIGIT_FORMS = ("seconds", "minutes", "hhmmss", "mmss")
_MOST_SAMPLES, _MOST_FIELDS, _MOST_PATTERNS = 20, 80, 12
_KEYS = {
    "id", "title", "about", "source", "shape", "time", "duration", "direction", "inbound", "outbound", "unanswered",
    "ignore", "reference", "withheld", "samples",
}  # fmt: skip


class FormatError(ValueError):
    """What is wrong with a description, in words for whoever writes it."""


@dataclass(frozen=True)
class Delimited:
    """Fields between delimiters, in quotation marks where they hold one (RFC 4180). "" is a field nobody needs."""

    delimiter: str
    fields: tuple[str, ...]
    least: int


@dataclass(frozen=True)
class Columns:
    """Fields by the columns they stand in: first and last, counted from 1, as manuals print them."""

    spans: Mapping[str, tuple[int, int]]
    least: int


@dataclass(frozen=True)
class Patterns:
    """The first that the whole line fits gives the fields, by the names of its groups."""

    expressions: tuple[re.Pattern[str], ...]


Shape = Delimited | Columns | Patterns


@dataclass(frozen=True)
class Part:
    """A field's value, or what the first group of ``take`` finds in it."""

    name: str
    take: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Condition:
    """Fields and what each must be, whole. A field that is not there is empty."""

    wanted: Mapping[str, re.Pattern[str]]

    def holds(self, fields: Mapping[str, str]) -> bool:
        return all(wanted.fullmatch(fields.get(name, "")) for name, wanted in self.wanted.items())


@dataclass(frozen=True)
class Parties:
    """Which fields say who spoke with whom over which trunk, in one direction."""

    extension: Part | None = None
    number: Part | None = None
    trunk: Part | None = None


@dataclass(frozen=True)
class LogTimes:
    """When and how long.

    ``fields`` are joined by a blank and read by the first of ``forms`` (as of strptime) that fits. A form without a
    year, or without a day, means the one nearest to when the line came. ``means``: of what it is the time. ``later_by``
    is a field that says how much later the conversation began: how long it rang.
    """

    fields: tuple[str, ...]
    forms: tuple[str, ...]
    means: Literal["start", "end"] = "start"
    later_by: str = ""
    duration: str = "duration"
    digits: DurationDigits = "seconds"


@dataclass(frozen=True)
class Sample:
    """A line as somebody published it or as a manual says it looks, and how it reads."""

    line: str
    reads: Mapping[str, Any]


@dataclass(frozen=True)
class LogFormat:
    """One description. ``source``: where the format is published, title and address."""

    format_id: str
    title: str
    about: str
    source: tuple[str, str]
    shape: Shape
    times: LogTimes
    directions: tuple[tuple[LogDirection, Condition], ...]
    inbound: Parties
    outbound: Parties
    unanswered: tuple[Condition, ...] = ()
    ignore: tuple[re.Pattern[str], ...] = ()
    withheld: tuple[re.Pattern[str], ...] = ()
    reference: str = ""
    samples: tuple[Sample, ...] = field(default=())


def format_from(document: Mapping[str, Any]) -> LogFormat:
    """Read a description. Raises FormatError."""
    if unknown := sorted(set(document) - _KEYS):
        raise FormatError(f"{unknown[0]!r} is not known here; there are {', '.join(sorted(_KEYS))}")
    source = _table(document, "source")
    return LogFormat(
        format_id=_text(document, "id", "custom"),
        title=_text(document, "title", "The office's own format"),
        about=_text(document, "about"),
        source=(_text(source, "title"), _text(source, "url")),
        shape=_shape(_table(document, "shape")),
        times=_times(_table(document, "time"), _table(document, "duration")),
        directions=tuple(_direction(each) for each in _list(document, "direction")),
        inbound=_parties(_table(document, "inbound")),
        outbound=_parties(_table(document, "outbound")),
        unanswered=tuple(_condition(each, "unanswered") for each in _list(document, "unanswered")),
        ignore=tuple(_pattern(each, "ignore", anywhere=True) for each in _list(document, "ignore")),
        withheld=tuple(_pattern(each, "withheld", re.IGNORECASE) for each in _list(document, "withheld")),
        reference=_text(document, "reference"),
        samples=tuple(_sample(each) for each in _list(document, "samples")[:_MOST_SAMPLES]),
    )


def _shape(table: Mapping[str, Any]) -> Shape:
    match table.get("kind"):
        case "delimited":
            names = _texts(table, "fields")
            if not names or len(names) > _MOST_FIELDS:
                raise FormatError(f"shape.fields names 1 to {_MOST_FIELDS} fields")
            delimiter = _text(table, "delimiter", ",")
            if len(delimiter) != 1:
                raise FormatError("shape.delimiter is one character")
            return Delimited(delimiter, names, _count(table, "least", 2))
        case "columns":
            spans = {name: _span(name, value) for name, value in _table(table, "columns").items()}
            if not spans:
                raise FormatError("shape.columns names fields, such as date = [1, 8]")
            return Columns(spans, _count(table, "least", min(last for _, last in spans.values())))
        case "patterns":
            given = _list(table, "patterns")
            if not given or len(given) > _MOST_PATTERNS:
                raise FormatError(f"shape.patterns holds 1 to {_MOST_PATTERNS} patterns")
            return Patterns(tuple(_pattern(each, "shape.patterns") for each in given))
        case _:
            raise FormatError('shape.kind is "delimited", "columns" or "patterns"')


def _times(times: Mapping[str, Any], duration: Mapping[str, Any]) -> LogTimes:
    names, forms = _texts(times, "fields"), _texts(times, "forms")
    if not names or not forms:
        raise FormatError('time has fields and forms, such as fields = ["date", "time"], forms = ["%d/%m/%y %H:%M"]')
    means, digits = _text(times, "means", "start"), _text(duration, "digits", "seconds")
    if means not in ("start", "end"):
        raise FormatError('time.means is "start" or "end"')
    if digits not in _DIGIT_FORMS:
        raise FormatError(f"duration.digits is one of {', '.join(_DIGIT_FORMS)}")
    return LogTimes(
        names,
        forms,
        cast(Literal["start", "end"], means),
        _text(times, "later_by"),
        _text(duration, "field", "duration"),
        cast(DurationDigits, digits),
    )


def _direction(value: Any) -> tuple[LogDirection, Condition]:
    means = value.get("means") if isinstance(value, Mapping) else None
    if means not in LOG_DIRECTIONS:
        raise FormatError(f"direction.means is one of {', '.join(LOG_DIRECTIONS)}")
    return cast(LogDirection, means), _condition(value.get("when", {}), "direction.when")


def _condition(value: Any, where: str) -> Condition:
    if not isinstance(value, Mapping):
        raise FormatError(f"{where} is a table of fields and what they are")
    return Condition({name: _pattern(wanted, f"{where}.{name}") for name, wanted in value.items()})


def _parties(table: Mapping[str, Any]) -> Parties:
    if unknown := sorted(set(table) - {"extension", "number", "trunk"}):
        raise FormatError(f"{unknown[0]!r} is not known of a party; there are extension, number and trunk")
    return Parties(_part(table, "extension"), _part(table, "number"), _part(table, "trunk"))


def _part(table: Mapping[str, Any], key: str) -> Part | None:
    value = table.get(key)
    match value:
        case None:
            return None
        case str():
            return Part(value)
        case {"field": str(name), **rest}:
            taken = rest.get("take")
            return Part(name, _pattern(taken, f"{key}.take", anywhere=True) if taken is not None else None)
        case _:
            raise FormatError(f'{key} is a field, or {{ field = "…", take = "(…)" }}')


def _sample(value: Any) -> Sample:
    line, reads = (value.get("line"), value.get("reads", {})) if isinstance(value, Mapping) else (None, {})
    if not isinstance(line, str) or not isinstance(reads, Mapping):
        raise FormatError("a sample has a line, and reads = { … } of how it reads")
    return Sample(line, dict(reads))


def _pattern(value: Any, where: str, flags: re.RegexFlag = re.NOFLAG, *, anywhere: bool = False) -> re.Pattern[str]:
    if not isinstance(value, str):
        raise FormatError(f"{where} is a pattern in quotation marks")
    try:
        return pattern(value, flags, anywhere=anywhere)
    except ValueError as error:
        raise FormatError(f"{where}: {error}") from None


def _span(name: str, value: Any) -> tuple[int, int]:
    match value:
        case [int(first), int(last)] if 1 <= first <= last <= 512:
            return first, last
        case _:
            raise FormatError(f"shape.columns.{name} is its first and its last column, such as [1, 8]")


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key, {})
    if not isinstance(value, Mapping):
        raise FormatError(f"{key!r} is a table")
    return value


def _list(document: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = document.get(key, [])
    if not isinstance(value, list | tuple):
        raise FormatError(f"{key!r} is a list")
    return value


def _texts(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = _list(document, key)
    if not all(isinstance(each, str) for each in value):
        raise FormatError(f"{key!r} is a list of texts")
    return tuple(value)


def _text(document: Mapping[str, Any], key: str, default: str = "") -> str:
    value = document.get(key, default)
    if not isinstance(value, str):
        raise FormatError(f"{key!r} is a text")
    return value


def _count(document: Mapping[str, Any], key: str, default: int) -> int:
    value = document.get(key, default)
    if not isinstance(value, int) or not 1 <= value <= 512:
        raise FormatError(f"{key!r} is a number from 1 to 512")
    return value
