"""What a kind of line tap can do. Features of a call, policy and pages go by this, never by the kind of line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TapCapabilities:
    """What a tap is able to do with the calls it sees.

    Attributes:
        separates_parties: each party is heard on a channel of its own; else both are mixed on one.
        announces: can speak to the parties: notices, announcements, tones.
        hears_keys: tells telephone keys, and which party pressed them.
        swallows_keys: can keep keys of a code from the other party; such a tap passes all other keys on.
        knows_extension: knows which of the office's phones talks.
        knows_numbers: is told who calls and who is called; else numbers are found out by ear, or not at all.
        ends_calls: stands in the call's way, so that it can dial, connect, transfer and hang up; else it only listens.
    """

    separates_parties: bool = True
    announces: bool = True
    hears_keys: bool = True
    swallows_keys: bool = True
    knows_extension: bool = True
    knows_numbers: bool = True
    ends_calls: bool = True

    @property
    def channels(self) -> int:
        """How many channels of sound a call of this tap has: 1 or 2."""
        return 2 if self.separates_parties else 1


#: The box is a party of both halves of the call.
SIP_INLINE = TapCapabilities()
#: The PBX sends a copy of the call (RFC 7866).
SIPREC = TapCapabilities(announces=False, swallows_keys=False, ends_calls=False)
#: A tap on two wires.
ANALOGUE = TapCapabilities(
    separates_parties=False,
    announces=False,
    hears_keys=False,
    swallows_keys=False,
    knows_extension=False,
    knows_numbers=False,
    ends_calls=False,
)
#: A tap with one channel per party, as on a handset's four wires.
ANALOGUE_STEREO = TapCapabilities(
    announces=False, swallows_keys=False, knows_extension=False, knows_numbers=False, ends_calls=False
)
