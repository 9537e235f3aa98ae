"""Moments of a call in the notes beside it: ``@1:05`` in a note is one minute and five seconds into the recording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MOMENT = re.compile(r"(?<!\S)@(?:(?P<hours>\d{1,2}):(?=\d\d:))?(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d)(?![\d:])")


@dataclass(frozen=True)
class NotePart:
    """A piece of a note as it was written; ``at_s`` where it names a moment of the recording."""

    text: str
    at_s: int | None = None


def note_parts(text: str, duration_s: float) -> Iterator[NotePart]:
    """The note in pieces, in order; together they are the note. A moment after the recording's end is plain text."""
    done = 0
    for found in _MOMENT.finditer(text):
        at_s = (int(found["hours"] or 0) * 60 + int(found["minutes"])) * 60 + int(found["seconds"])
        if at_s > duration_s:
            continue
        if found.start() > done:
            yield NotePart(text[done : found.start()])
        yield NotePart(found[0], at_s)
        done = found.end()
    if done < len(text):
        yield NotePart(text[done:])
