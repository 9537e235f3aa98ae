"""A box with two system slots and a boot loader, in memory, whose plug can be pulled before any step that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.core.errors import ServiceAway, UpdateRefused
from firmware.core.system_update import Bundle, Probe, RunningSystem, Slot, SlotFacts, SlotName, SystemUpdate
from firmware.ports.system_slots import Progress
from firmware.services.quiet_restart import QuietRestart
from firmware.services.update_trial import UpdateTrial
from firmware.services.updating import UpdateEvidence, Updating

KIND = "earmark-box"
HALF_WRITTEN = "half"
MOST_TRIES = 3
_CATALOGUE = {"1.0.0": "0016", "2.0.0": "0016", "3.0.0": "0017"}


class PlugPulled(BaseException):
    """No product code survives it."""


class Restarted(BaseException):
    """The box was restarted from within."""


class Office:
    """The evidence, calls, hours and lines of the office round the box."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any]]] = []
        self.recorder_away = False
        self.calls = 0
        self.open = False
        self.archive_away = False

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        if self.recorder_away:
            raise ServiceAway("The recorder does not answer.", "Start it.")
        if subject not in [known for _, known in self.entries]:
            self.entries.append((kind, subject))
        return len(self.entries)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.entries]


@dataclass
class Box:
    """``unwell``: versions whose programs never become well; ``dead``: those that do not even start."""

    office: Office = field(default_factory=Office)
    unwell: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    pull_before: int = -1
    steps: int = 0
    order: list[SlotName] = field(default_factory=lambda: ["A", "B"])
    ok: dict[SlotName, bool] = field(default_factory=lambda: {"A": True, "B": True})
    tries: dict[SlotName, int] = field(default_factory=lambda: {"A": 0, "B": 0})
    holds: dict[SlotName, str] = field(default_factory=lambda: {"A": "1.0.0", "B": "1.0.0"})
    running: SlotName = "A"
    kept: dict[str, Any] = field(default_factory=dict)
    put_back: int = 0
    now_s: float = 0.0

    def step(self) -> None:
        if self.steps == self.pull_before:
            self.steps += 1
            raise PlugPulled
        self.steps += 1

    @property
    def version(self) -> str:
        return self.holds[self.running]

    # --- SystemSlots

    def system(self) -> RunningSystem:
        other: SlotName = "B" if self.running == "A" else "A"
        good = {slot: self.ok[slot] and not self.tries[slot] for slot in self.ok}
        return RunningSystem(KIND, self.version, Slot(self.running, good[self.running]), Slot(other, good[other]))

    def look_into(self, bundle: Path) -> Bundle:
        kind, _, version = bundle.name.partition("_")
        if kind == "unsigned":
            raise UpdateRefused("Nobody signed it.", "")
        return Bundle(kind, version, 1)

    def write(self, bundle: Path, progress: Progress) -> None:
        slot = self.system().other.name
        self.step()
        self.ok[slot] = False
        self.step()
        self.holds[slot] = HALF_WRITTEN
        self.step()
        self.holds[slot] = bundle.name.partition("_")[2]
        self.step()
        self.start_next(slot)

    def start_next(self, slot: SlotName) -> None:
        self.step()
        self.order.sort(key=lambda each: each != slot)
        self.ok[slot], self.tries[slot] = True, 0

    def call_good(self) -> None:
        self.step()
        self.ok[self.running], self.tries[self.running] = True, 0

    def call_bad(self) -> None:
        self.step()
        self.ok[self.running], self.tries[self.running] = False, 0

    def restart(self) -> None:
        self.step()
        raise Restarted

    # --- UpdateNotes

    def update(self) -> SystemUpdate | None:
        found: SystemUpdate | None = self.kept.get("update")
        return found

    def keep(self, update: SystemUpdate) -> None:
        self.step()
        self.kept["update"] = update

    def facts(self, slot: SlotName) -> SlotFacts | None:
        found: SlotFacts | None = self.kept.get(slot)
        return found

    def keep_facts(self, slot: SlotName, facts: SlotFacts | None) -> None:
        self.step()
        self.kept[slot] = facts

    def untold(self) -> list[tuple[str, Mapping[str, Any]]]:
        return list(self.kept.get("untold", []))

    def keep_untold(self, entries: list[tuple[str, Mapping[str, Any]]]) -> None:
        self.step()
        self.kept["untold"] = entries

    # --- Clock, and what waits by it

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return int(self.now_s * 1000)

    def is_set(self) -> bool:
        return True

    def wait(self, timeout: float) -> bool:
        self.now_s += timeout
        return False

    # --- what runs on it

    @property
    def here(self) -> SlotFacts:
        return SlotFacts(self.version, _CATALOGUE.get(self.version, "0016"))

    def updating(self) -> Updating:
        return Updating(self, self, UpdateEvidence(self, self.office), self, self.here)

    def quiet_restart(self) -> QuietRestart:
        return QuietRestart(
            self, self, lambda: self.office.calls, lambda: self.office.open, lambda: ["office"], self.probes
        )

    def probes(self, _: SystemUpdate) -> Sequence[Probe]:
        stick = Probe("archive", "is away." if self.office.archive_away else "")
        return [stick, Probe("page", "does not answer." if self.version in self.unwell else "")]

    def _put_back(self) -> None:
        self.put_back += 1

    def start(self) -> None:
        """Switch it on: the boot loader chooses (``image-build/boot/grub.cfg``), and what comes up judges itself."""
        for _ in range(20):
            self._choose()
            if self.version in (HALF_WRITTEN, *self.dead):
                continue
            trial = UpdateTrial(
                slots=self,
                notes=self,
                evidence=self.updating().evidence,
                clock=self,
                here=self.here,
                probes=self.probes,
                calls=lambda: self.office.calls,
                put_back=self._put_back,
                pause=self,
            )
            try:
                trial.judge(300.0)
            except (Restarted, PlugPulled):
                continue
            return
        raise AssertionError("the box never comes to rest")

    def _choose(self) -> None:
        good = [slot for slot in self.order if self.ok[slot]]
        untried = [slot for slot in good if self.tries[slot] < MOST_TRIES]
        if not untried:
            self.tries = {"A": 0, "B": 0}
            untried = [slot for slot in self.order if not self.ok[slot]] or good
        self.running = untried[0]
        self.tries[self.running] += 1
