"""A pattern of Python's ``re`` taken apart: what may repeat, and which characters each part can begin with.

Only what is needed to say in how many ways a line can be tried; whether it is a pattern at all, ``re`` says itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

ENDLESS = 1 << 16
#: Lines come as Latin-1.
_ALL = [chr(code) for code in range(256)]
_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|0[0-7]{0,2}|.)", re.DOTALL)
_IN_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_OPENING = re.compile(r"\((?:\?(?::|P<[^>]*>|(?P<look><?[=!])))?")
_PLACES = frozenset({"^", "$", r"\b", r"\B", r"\A", r"\Z"})


@dataclass(frozen=True)
class Piece:
    """Characters, or a group: ``ways`` then holds its alternatives. ``fewest`` and ``most``: how often."""

    characters: frozenset[str]
    ways: tuple[tuple[Piece, ...], ...]
    fewest: int
    most: int

    @property
    def begins(self) -> frozenset[str]:
        return self.characters.union(*(first_of(way, frozenset()) for way in self.ways))

    @property
    def may_be_empty(self) -> bool:
        return self.fewest == 0 or any(all(each.may_be_empty for each in way) for way in self.ways)


def first_of(pieces: tuple[Piece, ...], after: frozenset[str]) -> frozenset[str]:
    """With which characters these may begin; ``after``: with which what follows them does."""
    found: frozenset[str] = frozenset()
    for piece in pieces:
        found |= piece.begins
        if not piece.may_be_empty:
            return found
    return found | after


def taken_apart(text: str, flags: re.RegexFlag) -> tuple[tuple[Piece, ...], ...]:
    """The alternatives of a pattern that ``re`` compiles. Raises ValueError: it has what is not possible here."""
    return tuple(_Reading(text, flags).ways())


class _Reading:
    def __init__(self, text: str, flags: re.RegexFlag) -> None:
        self._text = text
        self._flags = flags
        self._at = 0

    def ways(self) -> Iterator[tuple[Piece, ...]]:
        """Up to the end of the group, or of the pattern."""
        while True:
            yield tuple(self._pieces())
            if not self._text.startswith("|", self._at):
                return
            self._at += 1

    def _pieces(self) -> Iterator[Piece]:
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            characters, ways = self._one()
            fewest, most = self._times()
            if characters or ways:
                yield Piece(characters, ways, fewest, most)

    def _one(self) -> tuple[frozenset[str], tuple[tuple[Piece, ...], ...]]:
        if self._text[self._at] == "(":
            return frozenset(), self._group()
        shape = {"\\": _ESCAPE, "[": _IN_SET}.get(self._text[self._at])
        found = shape.match(self._text, self._at) if shape else None
        one = found[0] if found else self._text[self._at]
        self._at += len(one)
        return frozenset() if one in _PLACES else _characters(one, self._flags), ()

    def _group(self) -> tuple[tuple[Piece, ...], ...]:
        opening = _OPENING.match(self._text, self._at)
        if opening is None or self._text.startswith("?", opening.end()):
            raise ValueError("only groups that begin with (, (?:, (?P<name>, (?=, (?!, (?<= and (?<! are possible here")
        self._at = opening.end()
        ways = tuple(self.ways())
        self._at += 1
        # What is only looked at takes nothing; a star in it can be tried in as many ways nevertheless.
        return tuple((Piece(frozenset(), (way,), 0, 1),) for way in ways) if opening["look"] else ways

    def _times(self) -> tuple[int, int]:
        sign = self._text[self._at : self._at + 1]
        counted = _COUNTED.match(self._text, self._at)
        if counted and (counted[1] or counted[2]):
            self._at = counted.end()
            fewest = int(counted[1] or 0)
            times = fewest, int(counted[3] or ENDLESS) if counted[2] else fewest
        elif sign and sign in "*+?":
            self._at += 1
            times = int(sign == "+"), 1 if sign == "?" else ENDLESS
        else:
            return 1, 1
        if self._text[self._at : self._at + 1] in ("?", "+"):  # as few, or never given back
            self._at += 1
        return times


@lru_cache(maxsize=1024)
def _characters(one: str, flags: re.RegexFlag) -> frozenset[str]:
    expression = re.compile(one, flags)
    return frozenset(each for each in _ALL if expression.fullmatch(each))
