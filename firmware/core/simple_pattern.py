"""Patterns that people write into settings, kept simple enough that no line can make them run for ever.

Python's matcher tries every way in which repeats can share a text between them: where a repeat can end in several
places because what follows may begin with the same characters, each place is tried with each of the next such repeat.
These ways are counted here for a line of ``_LONGEST`` characters, before any line is read.
"""

from __future__ import annotations

import re
from math import prod

from firmware.core.pattern_tree import Piece, first_of, taken_apart

LONGEST_PATTERN = 400
_LONGEST = 512
#: Two repeats of anything, and a little beside: some milliseconds.
_MOST_WAYS = 2 * _LONGEST**2
#: Of a group that is repeated: two ways so often are more than enough.
_OFTEN_ENOUGH = 64
_NOTHING: frozenset[str] = frozenset()


def pattern(text: str, flags: re.RegexFlag = re.NOFLAG, *, anywhere: bool = False) -> re.Pattern[str]:
    """The pattern, ready for use.

    Args:
        anywhere: it is looked for in a text, rather than to be all of it.

    Raises:
        ValueError: it is none, or could take for ever; the words say which.
    """
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has at most {LONGEST_PATTERN} characters")
    if not text.isascii() and max(text) > "\xff":
        raise ValueError(f"{text!r} has characters that no line has")
    if re.search(r"\\[1-9]|\(\?P=", text):
        raise ValueError(f"{text!r} refers back to a group, which is not possible here")
    flags |= re.ASCII
    try:
        compiled = re.compile(text, flags)
        ways = taken_apart(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a pattern: {error}") from None
    begun = _LONGEST if anywhere and not (text.startswith("^") and len(ways) == 1) else 1
    if _tried(ways, _NOTHING) * begun > _MOST_WAYS:
        raise ValueError(f"{text!r} can be tried on a line in too many ways, which could take for ever")
    return compiled


def _tried(ways: tuple[tuple[Piece, ...], ...], after: frozenset[str]) -> int:
    """In how many ways these alternatives can be tried, where ``after`` is what follows begins with."""
    return sum(prod(_tried_one(piece, first_of(way[n + 1 :], after)) for n, piece in enumerate(way)) for way in ways)


def _tried_one(piece: Piece, after: frozenset[str]) -> int:
    goes_on = after | piece.begins if piece.most > 1 else after
    once = min(_tried(piece.ways, goes_on), _MOST_WAYS + 1) if piece.ways else 1
    within: int = once ** min(piece.most, _OFTEN_ENOUGH)
    ends_anywhere = bool(piece.begins & after)
    return within * (max(1, min(piece.most, _LONGEST) - piece.fewest + 1) if ends_anywhere else 1)
