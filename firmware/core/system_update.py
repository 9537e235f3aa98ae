"""An update of the whole box: what may be applied, what a start afterwards means, and when the box may restart for it.

The system lies twice on the box, in slots A and B. An update is written to the slot that does not run; the next start
tries it; only when the box says there that it is well does it stay. Otherwise the slot before runs again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, Self

from firmware.core.errors import UpdateRefused

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", re.ASCII)
#: Where the office has said no hours, a restart waits for the small hours: minutes of the day.
NIGHT = range(2 * 60, 5 * 60)

SlotName = Literal["A", "B"]
#: More than a slot holds cannot be an update.
LARGEST_BYTES = 2_000_000_000


@dataclass(frozen=True, order=True)
class Version:
    """``1.4.0``: compared number by number."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError: it is not three numbers."""
        found = _VERSION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a version such as 1.4.0")
        return cls(*(int(number) for number in found.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True)
class Bundle:
    """A signed update file, as its manifest tells once the signature was found good. ``size_bytes`` of the file."""

    compatible: str
    version: str
    size_bytes: int


@dataclass(frozen=True)
class Slot:
    """One of the two places for a system. ``good``: the boot loader may start it."""

    name: SlotName
    good: bool


@dataclass(frozen=True)
class RunningSystem:
    """What runs: of which kind, which version, from which slot."""

    compatible: str
    version: str
    running: Slot
    other: Slot


@dataclass(frozen=True)
class SlotFacts:
    """What a system last said of itself when it ran: its version, and the newest form of the catalogue it knows."""

    version: str
    catalogue: str


def check_bundle(bundle: Bundle, system: RunningSystem) -> None:
    """Raises UpdateRefused: it is for another kind of box, has no version, or is older than what runs."""
    if bundle.compatible != system.compatible:
        raise UpdateRefused(
            f"This update is for {bundle.compatible}, and this box is {system.compatible}.",
            "Take the update that was made for this kind of box.",
        )
    try:
        offered = Version.parse(bundle.version)
    except ValueError as error:
        raise UpdateRefused(f"The update names no version: {error}.", "Have it made anew with a version.") from error
    if offered < Version.parse(system.version):
        raise UpdateRefused(
            f"The update is version {offered}, older than {system.version}, which runs: others know its faults.",
            "Take a newer one. To go back to what ran before: earmark update roll-back.",
        )


def check_way_back(system: RunningSystem, here: SlotFacts, there: SlotFacts | None) -> SlotFacts:
    """What would run after going back to the other slot.

    Raises:
        UpdateRefused: nothing is known to have run well there, or it could not read the catalogue as it is now.
    """
    if there is None or not system.other.good:
        raise UpdateRefused(
            f"No system is known to run well in slot {system.other.name}.", "Apply an update: earmark update apply."
        )
    if there.catalogue < here.catalogue:
        raise UpdateRefused(
            f"Version {there.version} cannot read the list of recordings as {here.version} keeps it now.",
            "Stay, and apply a newer version that mends what is wrong.",
        )
    return there


class Phase(StrEnum):
    """How far an update has come."""

    WRITING = "writing"
    WAITING = "waiting"
    TRIAL = "trial"
    STAYED = "stayed"
    LEFT = "left"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """What is said of a version that has come so far."""
        return _PHASE_WORDS[self]


_PHASE_WORDS = {
    Phase.WRITING: "is being written",
    Phase.WAITING: "is written, and waits for a quiet moment to restart",
    Phase.TRIAL: "runs on trial",
    Phase.STAYED: "runs, and stays",
    Phase.LEFT: "was tried and left again",
    Phase.FAILED: "could not be written",
}

#: Another must not begin, and the box does not yet count as updated.
UNCONFIRMED = frozenset({Phase.WAITING, Phase.TRIAL})


@dataclass(frozen=True)
class SystemUpdate:
    """The newest update, or the newest going back.

    Attributes:
        at_once: the restart waits for calls to end, and not for the office to close.
        went_back: it was asked for by ``roll-back``: nothing was written.
        well_lines: lines that were well just before the restart, and must be again after it.
        unwell_before: what was looked at then and was not well: no update is left for that.
        why: what stopped it, as a sentence; empty while nothing has.
    """

    version: str
    slot: SlotName
    from_version: str
    from_slot: SlotName
    who: str
    begun_at_ms: int
    phase: Phase
    at_once: bool = False
    went_back: bool = False
    well_lines: tuple[str, ...] = ()
    unwell_before: tuple[str, ...] = ()
    why: str = ""

    def now(self, phase: Phase, why: str = "") -> SystemUpdate:
        return replace(self, phase=phase, why=why)

    @property
    def is_unconfirmed(self) -> bool:
        return self.phase in UNCONFIRMED

    @property
    def is_at_work(self) -> bool:
        """The box had better be left on at this moment."""
        return self.phase in (Phase.WRITING, Phase.TRIAL)


_CUT_OFF = "The box was switched off, or restarted, while it was written."
_NEVER_WELL = "It did not start, or was not well in time; the boot loader went back."


def met_at_start(update: SystemUpdate, running: SlotName) -> SystemUpdate:
    """What the newest update has come to, seen from the slot that was started."""
    if update.phase is Phase.WRITING:
        # The mark for the boot loader is set last: whoever starts from the slot has all of it.
        return update.now(Phase.TRIAL) if running == update.slot else update.now(Phase.FAILED, _CUT_OFF)
    if update.is_unconfirmed:
        return update.now(Phase.TRIAL) if running == update.slot else update.now(Phase.LEFT, _NEVER_WELL)
    return update


def why_no_restart_yet(update: SystemUpdate, calls: int, *, office_open: bool) -> str:
    """What the restart waits for, as a sentence; empty when the box may restart now. Never during a call."""
    if calls:
        return f"{calls} {'call is' if calls == 1 else 'calls are'} in progress."
    if office_open and not update.at_once:
        return "The office is open."
    return ""


@dataclass(frozen=True)
class Probe:
    """One thing looked at after a start. ``wrong`` is a sentence, empty when it is well."""

    name: str
    wrong: str = ""


def unwell(probes: Sequence[Probe], before: Collection[str] = ()) -> str:
    """All that is wrong and was not before, as one text; empty when the box is no worse."""
    return " ".join(f"{probe.name}: {probe.wrong}" for probe in probes if probe.wrong and probe.name not in before)
