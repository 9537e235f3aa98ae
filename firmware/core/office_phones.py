"""The phones that register with the box: which of them ring for a number, together or one after the other.

An *extension* is a number of the office's own; several phones may have it. A *group* is a number, or several, that ring
more than one extension. A number that comes from outside and is neither rings the group that names no number, or else
every extension: a call is never lost because nobody thought of its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmware.core.leg import Target
from firmware.core.number_pattern import NumberForm

#: Stands for the phones of an extension of which none is registered: a call to it fails with 480.
NOT_REGISTERED = "not registered"
#: The names of an extension's phones that are registered, in the order in which they are rung if not together.
Registered = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Ringing:
    """Extensions that ring: together, or in turn for ``turn_ms`` each. ``turn_ms`` 0: together."""

    extensions: tuple[str, ...]
    turn_ms: int = 0

    def targets(self, peer: str, registered: Registered) -> tuple[Target, ...]:
        """What is dialled; extensions without a registered phone are left out as long as another has one."""
        found: list[Target] = []
        for extension in self.extensions:
            for place, phone in enumerate(registered.get(extension, ())):
                beside = bool(place) or (bool(found) and not self.turn_ms)
                found.append(Target(peer, extension, phone=phone, beside=beside, ring_ms=self.turn_ms))
        return tuple(found) or (Target(peer, self.extensions[0], phone=NOT_REGISTERED),)


@dataclass(frozen=True)
class RingGroup:
    """Extensions that ring for some numbers, in the form of ``NumberForm``; without any, for what is nobody's."""

    extensions: tuple[str, ...]
    numbers: frozenset[str] = frozenset()
    turn_ms: int = 0

    @property
    def ringing(self) -> Ringing:
        return Ringing(self.extensions, self.turn_ms)


@dataclass(frozen=True)
class OfficePhones:
    """The extensions and groups of a line. ``exchange``: a PBX beside them takes what is none of theirs."""

    extensions: tuple[str, ...]
    groups: tuple[RingGroup, ...] = ()
    exchange: bool = False

    def inside(self, number: str | None, form: NumberForm) -> Ringing | None:
        """What rings for a number that a phone of the office dials; None where that is nobody's here."""
        if not number:
            return None
        group = next((group for group in self.groups if form(number) in group.numbers), None)
        if group is not None:
            return group.ringing
        return Ringing((number,)) if number in self.extensions else None

    def from_outside(self, number: str | None, form: NumberForm) -> Ringing | None:
        """What rings for a number that is called from outside; None where the exchange takes it."""
        known = self.inside(number, form)
        if known is not None or self.exchange:
            return known
        group = next((group for group in self.groups if not group.numbers), None)
        return group.ringing if group is not None else Ringing(tuple(dict.fromkeys(self.extensions)))
