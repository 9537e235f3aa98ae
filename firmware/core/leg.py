"""A leg: the box's own SIP (or other) session with one party of a call.

A call has the *caller's* leg, number 0, on which it came, and one leg for each attempt to reach the party called: 1, 2,
3 … as trunks are tried in turn. At most one attempt is current; the others have been given up. A transfer brings
further legs, each of which takes the place of one that was there before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

LegNumber = int
CALLER: LegNumber = 0

# waiting: nothing heard yet; trying: the peer has the request; ringing: the phone is said to ring;
# answered; ending: told to hang up, not confirmed; ended: gone, nothing may be addressed to it.
LegState = Literal["waiting", "trying", "ringing", "answered", "ending", "ended"]


@dataclass(frozen=True)
class Target:
    """Somewhere to dial: the name of a trunk or of the office's peer, and the number to ask it for.

    ``server`` is one of several ``host:port`` that the peer has; empty where it has only one.
    """

    peer: str
    number: str
    server: str = ""


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
    it leads out of the office, though it stands at the office's end of the call: nobody there is staff.
    """

    number: LegNumber
    state: LegState = "waiting"
    media_ready: bool = False
    held: bool = False
    phone: PhoneIdentity | None = None
    one_way: bool = False
    outside: bool = False

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
