"""The world's numbering plans, as one country sees them."""

from __future__ import annotations

from typing import Protocol

from firmware.core.barring import DearKind
from firmware.core.number_pattern import NumberPattern


class Numbering(Protocol):
    """Brings numbers, however they are written, into one form. Pure and total: any thread, any text."""

    @property
    def knows_region(self) -> bool:
        """Whether the country has a numbering plan; else only numbers that begin with + are understood."""
        ...

    def normalise(self, number: str, outside_prefix: str = "") -> str:
        """E.164 (``+441632960123``) for a telephone number; what is internal, short or none stays as it was dialled.

        Args:
            number: as dialled, presented by the network, or typed by a person.
            outside_prefix: what phones may dial first for an outside line; taken off where a number remains.
        """
        ...

    def normalise_start(self, digits: str) -> str:
        """The start of numbers, such as ``0845``, in the form in which ``normalise`` gives such numbers."""
        ...

    def is_telephone_number(self, number: str) -> bool:
        """Whether the number could be in service somewhere: its length fits its country's plan."""
        ...

    def outside_number(self, dialled: str, outside_prefix: str = "") -> str:
        """What goes to a trunk: as dialled, without the prefix where a number or a short code remains."""
        ...

    def dear_kind(self, number: str) -> DearKind | None:
        """What makes a number cost far more than an ordinary one; None where nothing does."""
        ...


def number_pattern(typed: str, numbering: Numbering) -> NumberPattern:
    """What a rule means by a number, or with an asterisk by the start of some."""
    if typed.endswith("*"):
        return NumberPattern(numbering.normalise_start(typed.removesuffix("*")), prefix=True, shown=typed)
    return NumberPattern(numbering.normalise(typed), shown=typed)
