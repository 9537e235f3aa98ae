"""What the machine's own instruments show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Temperature:
    """``warm`` is where the machine slows itself down, ``critical`` where it switches itself off; None: it says not."""

    where: str
    celsius: float
    warm: float | None = None
    critical: float | None = None


@dataclass(frozen=True)
class DiskWear:
    """``used_share``: of the life that its maker gives it, 1.0 being all; None: it does not say. ``failing``: what it
    says of itself, empty while it says nothing. ``damaged``: what it has mended of itself, which does not end it.
    """

    name: str
    used_share: float | None = None
    failing: str = ""
    damaged: str = ""


class MachineReadings(Protocol):
    """Any thread. What cannot be read is left out: a machine has the instruments that it has."""

    def temperatures(self) -> Sequence[Temperature]: ...

    def under_voltage(self) -> bool | None:
        """Whether the power supply is, or lately was, too weak; None: nothing measures it."""
        ...

    def disks(self) -> Sequence[DiskWear]: ...
