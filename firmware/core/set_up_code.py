"""The code that the box asks for before it is set up: on label and console, so that whoever has it was there."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from firmware.core.errors import SignInRefused, TooBusy
from firmware.core.scanner_watch import Network
from firmware.core.typed_code import CODE_LETTERS, typed_code

#: Of 31 letters: 39 bits. With all that a box can answer, a day's guesses find it once in ten thousand times.
CODE_LENGTH = 8
_GUESSES = 5
_WAIT_S = 60.0
_MOST_PLACES = 256


def is_set_up_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_LETTERS)


@dataclass(frozen=True)
class _Tries:
    """``closed_until_s``: by the monotonic clock."""

    wrong: int = 0
    closed_until_s: float = 0.0

    def failed(self, now_s: float) -> _Tries:
        wrong = self.wrong + 1
        return _Tries(wrong) if wrong < _GUESSES else _Tries(closed_until_s=now_s + _WAIT_S)


@dataclass(frozen=True)
class CodeGuard:
    """Counts wrong codes by where they come from; after five, no code from there is looked at for a minute.

    From elsewhere they are: nobody in the office's network can keep whoever stands at the box from setting it up.
    """

    code: str = field(repr=False)
    tries: Mapping[Network, _Tries] = field(default_factory=dict)

    def heard(self, typed: str, place: Network, now_s: float) -> tuple[Self, bool]:
        """The guard after somebody typed a code, and whether it is right.

        Raises:
            TooBusy: too many from there were wrong; it was not looked at.
        """
        tries = self.tries.get(place, _Tries())
        if now_s < tries.closed_until_s:
            raise TooBusy("Too many codes were wrong.", "Wait a minute, and type the code on the box's label.")
        others = {other: known for other, known in self.tries.items() if other != place}
        if hmac.compare_digest(typed_code(typed).encode(), self.code.encode()):
            return replace(self, tries=others), True
        newest = list(others.items())[-(_MOST_PLACES - 1) :]
        return replace(self, tries={**dict(newest), place: tries.failed(now_s)}), False


def wrong_code() -> SignInRefused:
    return SignInRefused("That is not this box's code.", "It is on the box's label, and on a screen plugged into it.")
