"""Which numbers a registered phone may not dial: what costs far more than an ordinary call, unless that was allowed.

A stolen phone password, or a guest at a desk, is worth money to whoever owns a premium number. An emergency call is
never barred.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

# premium: 09, 118, 0871 …, and personal numbers (070), which cost as much; international: any other country's.
DearKind = Literal["premium", "international"]
#: Gives what makes a number dear, None for an ordinary one.
DearKindOf = Callable[[str], DearKind | None]

CALL_BARRED = "call-barred"


@dataclass(frozen=True)
class Barring:
    """What the phones of a line may not dial. ``allowed`` is allowed to all of them."""

    kind_of: DearKindOf
    allowed: frozenset[DearKind] = frozenset()

    def bars(self, number: str | None, allowed: frozenset[DearKind] = frozenset()) -> DearKind | None:
        """Why a phone, to which ``allowed`` is allowed besides, may not dial this; None where it may."""
        kind = self.kind_of(number) if number else None
        return kind if kind not in self.allowed | allowed else None
