"""Which calls a program asks for: the parameters of an address, read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from firmware.adapters.catalogue.reader import RecordingQuery
from firmware.core.desk import is_extension
from firmware.core.errors import SettingsError
from firmware.core.given_name import GIVEN_NAME

MOST_ROWS, USUAL_ROWS = 100, 50
DIRECTIONS = ("inbound", "outbound")
CURSOR = r"[0-9]{1,15}:[0-9a-f-]{1,64}"
EXTENSION = r"\+?[0-9]{1,20}|[A-Za-z][A-Za-z0-9._-]{0,19}"
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_KNOWN = frozenset({"limit", "before", "since", "until", "extension", "line", "direction"})


@dataclass(frozen=True)
class CallQuery:
    """What was asked for; ``rows`` of it are shown, and one more is looked for, which says whether there are more."""

    rows: int
    query: RecordingQuery


def read_query(given: Mapping[str, str]) -> CallQuery:
    """
    Raises:
        SettingsError: one of the parameters is not what it should be. Nothing is guessed: a program that misspells one
            would otherwise get other calls than it believes.
    """
    unknown = sorted(given.keys() - _KNOWN)
    if unknown:
        raise SettingsError(f"There is no parameter {unknown[0][:40]!r}.", f"There are {', '.join(sorted(_KNOWN))}.")
    rows = _rows(given.get("limit"))

    def text(name: str, like: str, fits: Callable[[str], bool]) -> str | None:
        value = given.get(name)
        if value is not None and not fits(value):
            raise SettingsError(f"{name!r} is {like}.")
        return value

    return CallQuery(
        rows,
        RecordingQuery(
            limit=rows + 1,
            before=text("before", "what an answer before this had as next", _fits(CURSOR)),
            started_from=_moment("since", given.get("since")),
            started_to=_moment("until", given.get("until")),
            extension=text("extension", "an extension, such as 201", is_extension),
            line=text("line", "the name of a line", _fits(GIVEN_NAME)),
            direction=text("direction", " or ".join(DIRECTIONS), lambda value: value in DIRECTIONS),
        ),
    )


def _fits(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value, re.ASCII) is not None


def _rows(given: str | None) -> int:
    if given is None:
        return USUAL_ROWS
    if re.fullmatch(r"[0-9]{1,4}", given, re.ASCII) is None or not 1 <= int(given) <= MOST_ROWS:
        raise SettingsError(f"'limit' is a number from 1 to {MOST_ROWS}.")
    return int(given)


def _moment(name: str, given: str | None) -> datetime | None:
    """RFC 3339 with its zone: a time without one is somebody's guess."""
    if given is None:
        return None
    try:
        if _TIME.fullmatch(given) is None:
            raise ValueError(given)
        moment = datetime.fromisoformat(given.upper()).astimezone(UTC)
        moment.timestamp()
    except (ValueError, OverflowError):
        raise SettingsError(
            f"{name!r} is a time with its zone (RFC 3339).", "Such as 2027-03-01T09:30:00Z; write + as %2B."
        ) from None
    return moment
