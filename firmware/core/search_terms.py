"""What somebody types to find calls, taken apart: telephone numbers in any form, and words. Pure.

Both are looked for by how they begin. Of a call's numbers every end is kept, so that any part of one begins something:
``7946`` finds 020 7946 0123. A number is looked for without what says from where it is dialled (0, 0044, +44, +33).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

#: Of words and parts of numbers that are shorter, only the whole is looked for.
FEWEST_OF_A_BEGINNING = 2
LONGEST_SEARCH = 100
_WHOLE_DIGITS = 9
_MOST_TERMS = 12
#: Digits and what people put between them; a pause between two numbers looks the same as a pause within one.
_NUMBERS = re.compile(r"(?<!\w)[+(]*[0-9][0-9 +()./\-]*(?!\w)", re.ASCII)
_COUNTRY = "44"
_LONGEST_WITHOUT = 11  # digits of a number without its country, its first 0 among them


@dataclass(frozen=True)
class Term:
    """One of ``ways`` must be found: each is a set of words, or beginnings of words, all of which a call has."""

    ways: tuple[tuple[str, ...], ...]


def search_terms(typed: str) -> tuple[Term, ...]:
    """All of these must be found. Empty where nothing can be looked for."""
    return tuple(_terms(_plain(typed[:LONGEST_SEARCH])))[:_MOST_TERMS]


def _terms(typed: str) -> Iterator[Term]:
    end = 0
    for found in _NUMBERS.finditer(typed):
        yield from (Term(((word,),)) for word in _words(typed[end : found.start()]))
        yield _number(found[0])
        end = found.end()
    yield from (Term(((word,),)) for word in _words(typed[end:]))


def _number(typed: str) -> Term:
    """As one number, and where it is not surely one, as several: 201 0123 is an extension and the end of a number."""
    digits, parts = _as_dialled_here(typed), re.findall(r"[0-9]+", typed)
    ways = [(digits,)]
    if len(digits) < _WHOLE_DIGITS:
        ways += [tuple(parts), tuple(part.removeprefix("0") or part for part in parts)]
    return Term(tuple(dict.fromkeys(ways)))


def _as_dialled_here(typed: str) -> str:
    """The digits of a number after the country's or the area's first 0."""
    digits = "".join(re.findall(r"[0-9]+", typed))
    from_abroad = typed.strip(" (").startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00")
    if digits.startswith(_COUNTRY) and (from_abroad or len(digits) > _LONGEST_WITHOUT):
        digits = digits.removeprefix(_COUNTRY)
    return digits.removeprefix("0") or digits or "0"


def _words(typed: str) -> Iterator[str]:
    word = ""
    for letter in typed + " ":
        if _in_a_word(letter):
            word += letter
        elif word:
            yield word
            word = ""


def _in_a_word(letter: str) -> bool:
    """As SQLite's ``unicode61`` has it, of the letters that every version of Unicode since 3.2 knows."""
    return unicodedata.ucd_3_2_0.category(letter)[0] in "LN" and unicodedata.category(letter)[0] in "LN"


def _plain(typed: str) -> str:
    """Accents in their letters: the index takes both off together."""
    return "".join(each for each in unicodedata.normalize("NFC", typed) if not unicodedata.combining(each))
