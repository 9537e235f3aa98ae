"""Looks for runs of a card number's digits in processes' memory, in every form that a program would hold them in.

As text and as event codes (RFC 4733), one after the other or up to 32 bytes apart: that covers ASCII, UTF-16, UTF-32,
whole numbers of 8 to 64 bits and arrays of small records. A run counts from eight digits on; six or seven count where
no other digit follows or goes before, for else it is a part of some other number, such as a time, and where they lie
as a program lays things out: six small numbers any odd way apart are met with by chance in tens of megabytes of sound.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tests.functional.office.secrets import writable_memory

DIGITS = 16
_LEAST, _CERTAIN = 6, 8
_STRIDES = range(1, 33)
_USUAL_STRIDES = (*range(1, 9), 12, 16, 20, 24, 28, 32)
_FORMS = {"text": 0x30, "event codes": 0}
#: Every run of six holds one of these pairs of places.
_PAIRS = ((4, 5), (9, 10), (14, 15))
Octets = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]


def made_up_card(chance: random.Random) -> str:
    """Sixteen digits that pass the check of ISO/IEC 7812-1 (Luhn). No 0: as a code it is what memory is full of."""
    while True:
        card = "".join(chance.choice("123456789") for _ in range(DIGITS))
        doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(card)]
        if sum(number - 9 * (number > 9) for number in doubled) % 10 == 0 and len(set(card)) > 6:
            return card


def runs_in_memory(pid: int, cards: list[str]) -> list[str]:
    """Which runs of which cards lie in what a process may write to: how long, as what, how far apart. Needs root."""
    found: dict[str, None] = {}
    for piece in writable_memory(pid):
        octets = np.frombuffer(piece, np.uint8)
        if octets.any():
            found.update(dict.fromkeys(said for card in cards for said in runs_in(octets, card)))
    return list(found)


def runs_in(octets: Octets, card: str) -> Iterator[str]:
    """The runs in one piece of memory."""
    for form, base in _FORMS.items():
        digits = np.array([base + int(digit) for digit in card], np.uint8)
        for first, second in _PAIRS:
            places = np.flatnonzero(octets == digits[first])
            for stride in _STRIDES:
                for place in _in_a_row(octets, digits, places, first, second, stride):
                    length = _run_length(octets, digits, int(place), first, stride, base)
                    if length >= (_LEAST if stride in _USUAL_STRIDES else _CERTAIN):
                        yield f"{length} digits as {form}, {stride} bytes apart"


def _in_a_row(octets: Octets, digits: Octets, places: Places, first: int, second: int, stride: int) -> Places:
    """Where the digit after it follows, and one more before or after these two."""
    inside = places[(places >= stride) & (places < len(octets) - 2 * stride)]
    pairs = inside[octets[inside + stride] == digits[second]]
    before = octets[pairs - stride] == digits[first - 1]
    after = octets[pairs + 2 * stride] == digits[second + 1] if second + 1 < len(digits) else np.zeros_like(before)
    return np.asarray(pairs[before | after])


def _run_length(octets: Octets, digits: Octets, place: int, number: int, stride: int, base: int) -> int:
    """How many of the digits are there in a row around the one at ``place``; 0 where that does not count."""
    start = end = number
    while start > 0 and _at(octets, place + (start - 1 - number) * stride) == digits[start - 1]:
        start -= 1
    while end + 1 < len(digits) and _at(octets, place + (end + 1 - number) * stride) == digits[end + 1]:
        end += 1
    length = end - start + 1
    beside = (_at(octets, place + (start - 1 - number) * stride), _at(octets, place + (end + 1 - number) * stride))
    lone = not any(base + (base == 0) <= octet <= base + 9 for octet in beside)
    return length if length >= _CERTAIN or (length >= _LEAST and lone) else 0


def _at(octets: Octets, place: int) -> int:
    return int(octets[place]) if 0 <= place < len(octets) else -1
