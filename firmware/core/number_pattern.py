"""The numbers that rules speak of: one number, or all that begin alike.

Numbers are compared in one form only, E.164 for telephone numbers and as dialled for what is internal to the office.
What makes that form needs to know the world's numbering plans; it is given to the core as a function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_SEPARATORS = re.compile(r"[-.()/\s]")


class NumberForm(Protocol):
    """Gives a number its one form. Total: what is no telephone number stays as it was dialled, without separators."""

    def __call__(self, number: str, outside_prefix: str = "") -> str:
        """``outside_prefix`` is what a phone may have dialled first to get an outside line."""
        ...


def as_dialled(number: str, outside_prefix: str = "") -> str:
    """The :class:`NumberForm` of an office without any numbering plan."""
    return _SEPARATORS.sub("", number)


@dataclass(frozen=True)
class NumberPattern:
    """One number, or with ``prefix`` all that begin with it, in the form of ``NumberForm``; ``shown`` as typed."""

    digits: str
    prefix: bool = False
    shown: str = ""

    def matches(self, number: str) -> bool:
        return number.startswith(self.digits) if self.prefix else number == self.digits

    @property
    def words(self) -> str:
        """``01632 960123``, or ``one that begins with 0845``."""
        shown = self.shown or self.digits
        return f"one that begins with {shown.removesuffix('*').rstrip()}" if self.prefix else shown
