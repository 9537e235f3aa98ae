"""How the box is doing, from what its processes say and from their silence. What the machine shows the keeper tells.

The lines and the recorder each send a heartbeat a second on their event streams. One that falls silent is a fault: a
recorder that has died cannot report it. The watch does not run by itself: whoever shows the state asks it each second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from firmware.core.health_check import WORST_FIRST, Severity, known_as
from firmware.ports.clock import Clock

SILENT_AFTER_S = 2.0  # two heartbeats missed
OTHERS_SILENT_AFTER_S = 60.0  # started again meanwhile
OTHERS_START_WITHIN_S = 180.0  # some wait for the data disk


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and what a person can do. A note is worth knowing and changes no light."""

    severity: Severity
    subject: str
    what: str
    remedy: str


class HealthWatch:
    """Remembers when each process was last heard and what it said of itself. Not for more than one thread at a time.

    Args:
        processes: their silence is a fault: no call may be held or recorded.
        others: may be slow to start; one that falls silent, or is not heard at all, needs attention.
        start_within_s: how long the ``processes`` may take until all were heard for the first time.
    """

    def __init__(
        self,
        clock: Clock,
        processes: Iterable[str] = ("lines", "recorder"),
        *,
        others: Iterable[str] = ("keeper",),
        start_within_s: float = 0.0,
    ) -> None:
        self._clock = clock
        self._began_s = clock.monotonic_s()
        self._start_within_s = start_within_s
        self._unheard: set[str] | None = set(processes)
        self._heard_at_s = dict.fromkeys(self._unheard, self._began_s)
        self._others_heard_at_s: dict[str, float | None] = dict.fromkeys(others)
        self._own_words: dict[str, tuple[Problem, ...]] = {}
        self._known: frozenset[str] = frozenset()

    def expect(self, processes: Iterable[str]) -> None:
        """From now on these are the processes whose silence is a fault. One that is new has its time to start."""
        now_s = self._clock.monotonic_s()
        expected = {process: self._heard_at_s.get(process, now_s) for process in processes}
        for gone in self._heard_at_s.keys() - expected.keys():
            self._own_words.pop(gone, None)
        if self._unheard is not None:
            new = expected.keys() - self._heard_at_s.keys()
            self._unheard = (self._unheard & expected.keys()) | new or None
        self._heard_at_s = expected

    def heard(self, process: str, problems: Iterable[Problem] = ()) -> None:
        """A heartbeat came, with what the process itself finds wrong.

        Raises:
            KeyError: a process that is not being watched.
        """
        if process in self._others_heard_at_s:
            self._others_heard_at_s[process] = self._clock.monotonic_s()
        elif process in self._heard_at_s:
            self._heard_at_s[process] = self._clock.monotonic_s()
            self._begun(process)
        else:
            raise KeyError(process)
        self._own_words[process] = tuple(problems)

    def _begun(self, process: str) -> None:
        """Once all were heard the start is over for good: whoever falls silent then is missed at once."""
        if self._unheard is not None:
            self._unheard.discard(process)
            self._unheard = self._unheard or None

    @property
    def starting(self) -> bool:
        """Whether a process has not been heard for the first time yet, and may take longer."""
        return bool(self._unheard) and self._clock.monotonic_s() - self._began_s < self._start_within_s

    def known(self, subjects: Iterable[str]) -> None:
        """Somebody has said that they know of what these name (``health_check.known_as``): it needs no attention any
        more. A fault is shown all the same.
        """
        self._known = frozenset(subjects)

    def watches(self, process: str) -> bool:
        """Whether anything is made of what that process says."""
        return process in self._heard_at_s or process in self._others_heard_at_s

    @property
    def all_silent(self) -> bool:
        """Whether none is heard any more of those whose silence is a fault."""
        return all(self._silent_for_s(process) > SILENT_AFTER_S for process in self._heard_at_s)

    def problems(self) -> list[Problem]:
        """All that is wrong now, faults first, notes last."""
        found = [*self._silences(), *self._silences_of_others(), *self._told()]
        return sorted(map(self._as_known, found), key=lambda problem: WORST_FIRST.index(problem.severity))

    def _as_known(self, problem: Problem) -> Problem:
        line = problem.subject.removeprefix("line ") if problem.subject.startswith("line ") else ""
        if problem.severity != "attention" or known_as(problem.what, line) not in self._known:
            return problem
        return replace(problem, severity="note")

    def _silent_for_s(self, process: str) -> float:
        return self._clock.monotonic_s() - self._heard_at_s[process]

    def _silences(self) -> list[Problem]:
        return [
            Problem(
                "fault",
                process,
                f"The {process} process has been silent for {self._silent_for_s(process):.0f} s.",
                "It is restarted by itself; if this stays, look at its log and restart the box.",
            )
            for process in self._heard_at_s
            if self._silent_for_s(process) > SILENT_AFTER_S and not self._may_yet_start(process)
        ]

    def _may_yet_start(self, process: str) -> bool:
        return self._unheard is not None and process in self._unheard and self.starting

    def _silences_of_others(self) -> list[Problem]:
        now_s = self._clock.monotonic_s()
        latest = {
            process: self._began_s + OTHERS_START_WITHIN_S if heard_at_s is None else heard_at_s + OTHERS_SILENT_AFTER_S
            for process, heard_at_s in self._others_heard_at_s.items()
        }
        return [
            Problem("attention", process, f"The {process} process is silent.", "See the health page.")
            for process, until_s in latest.items()
            if now_s > until_s
        ]

    def _told(self) -> list[Problem]:
        return [problem for problems in self._own_words.values() for problem in problems]
