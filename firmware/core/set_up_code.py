"""The code that the box asks for before it is set up: on label and console, so that whoever has it was there."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import Self

from firmware.core.errors import SignInRefused, TooBusy
from firmware.core.typed_code import CODE_LETTERS, typed_code

#: Of 30 letters: 39 bits, and five guesses a minute.
CODE_LENGTH = 8
_GUESSES = 5
_WAIT_S = 60.0


def is_set_up_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_LETTERS)


@dataclass(frozen=True)
class CodeGuard:
    """Counts wrong codes, whoever typed them; after five, nobody's code is looked at for a minute.

    Attributes:
        closed_until_s: by the monotonic clock.
    """

    code: str
    wrong: int = 0
    closed_until_s: float = 0.0

    def heard(self, typed: str, now_s: float) -> tuple[Self, bool]:
        """The guard after somebody typed a code, and whether it is right.

        Raises:
            TooBusy: too many were wrong; it was not looked at.
        """
        if now_s < self.closed_until_s:
            raise TooBusy("Too many codes were wrong.", "Wait a minute, and type the code on the box's label.")
        if hmac.compare_digest(typed_code(typed).encode(), self.code.encode()):
            return replace(self, wrong=0), True
        wrong = self.wrong + 1
        if wrong < _GUESSES:
            return replace(self, wrong=wrong), False
        return replace(self, wrong=0, closed_until_s=now_s + _WAIT_S), False


def wrong_code() -> SignInRefused:
    return SignInRefused("That is not this box's code.", "It is on the box's label, and on a screen plugged into it.")
