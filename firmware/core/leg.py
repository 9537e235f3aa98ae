"""A leg: the box's own SIP (or other) session with one party of a call.

A call has the *caller's* leg, number 0, on which it came, and one leg for each attempt to reach the party called: 1, 2,
3 … as trunks are tried in turn. At most one trunk is tried at a time; phones that ring together have a leg each, until
one of them answers. A transfer brings further legs, each of which takes the place of one that was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal, Self

LegNumber = int
CALLER: LegNumber = 0

# waiting: nothing heard yet; trying: the peer has the request; ringing: the phone is said to ring;
# answered; ending: told to hang up, not confirmed; ended: gone, nothing may be addressed to it.
LegState = Literal["waiting", "trying", "ringing", "answered", "ending", "ended"]


@dataclass(frozen=True)
class Target:
    """Somewhere to dial: the name of a trunk or of the office's peer, and the number to ask it for.

    ``server`` is one of several ``host:port`` that the peer has; empty where it has only one. ``phone`` is which of the
    registered phones of the extension ``number`` it is, empty behind an exchange. ``beside``: it is dialled at the same
    moment as the one before it. ``ring_ms``: for so long it rings before the next in turn is tried; 0 where it is not
    one of several that take turns.
    """

    peer: str
    number: str
    server: str = ""
    phone: str = ""
    beside: bool = False
    ring_ms: int = 0


def dialled_together(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Those that are dialled at the same moment: the first, and what is beside it."""
    return (*targets[:1], *takewhile(lambda target: target.beside, targets[1:]))


@dataclass(frozen=True)
class LegPlace:
    """A leg of any call of this box: the call's id, and the leg's number in it."""

    call_id: str
    leg: LegNumber


@dataclass(frozen=True)
class PhoneIdentity:
    """What tells one phone from another: its Contact address, the user it calls itself, where its packets come from.

    Any of them may be empty. Behind a PBX every phone has the PBX's ``source``.
    """

    contact: str = ""
    user: str = ""
    source: str = ""


@dataclass(frozen=True)
class Leg:
    """One leg as the call sees it.

    ``one_way``: it has only ever sent sound, as a machine that makes announcements does: that is no hold. ``outside``:
    it leads out of the office, though it stands at the office's end of the call: nobody there is staff. ``extension``
    is whose registered phone it rings, empty where it is none.
    """

    number: LegNumber
    state: LegState = "waiting"
    media_ready: bool = False
    held: bool = False
    phone: PhoneIdentity | None = None
    one_way: bool = False
    outside: bool = False
    extension: str = ""

    @classmethod
    def to(cls, number: LegNumber, target: Target, outside: bool = False) -> Self:
        """A leg that is about to be dialled."""
        return cls(number, outside=outside, extension=target.number if target.phone else "")

    @property
    def alive(self) -> bool:
        """Whether it may still be addressed."""
        return self.state != "ended"

    @property
    def usable(self) -> bool:
        """Alive, and not about to end."""
        return self.state not in ("ending", "ended")

    @property
    def unanswered(self) -> bool:
        return self.state in ("waiting", "trying", "ringing")

    def now(self, state: LegState) -> Leg:
        return replace(self, state=state)
