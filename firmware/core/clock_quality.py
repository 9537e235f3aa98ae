"""How well the wall clock was known when a recording began: said in its record, for whoever must rely on its times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

# network: kept by a time server; own clock: by the machine's own, which runs on a battery; nothing: the machine has
# none, and nobody has set the time since it started.
TimeSource = Literal["network", "own clock", "nothing"]

#: From here on a step of the wall clock is told: less is what keeping time does anyway.
STEP_TOLD_MS = 500


@dataclass(frozen=True)
class ClockQuality:
    """The wall clock as the kernel judged it (adjtimex(2)).

    Attributes:
        synchronised: a time server keeps it.
        error_ms: how far it may have been out at most; None: nobody knows, as of every clock that is not synchronised.
        stepped_ms: how far it was put while the call lasted, forward if positive. The call's own times go on as if it
            had not been.
    """

    synchronised: bool
    source: TimeSource
    error_ms: int | None = None
    stepped_ms: int = 0

    @property
    def doubtful(self) -> bool:
        """Whether a person must be told before relying on the times."""
        return self.source == "nothing" or bool(self.stepped_ms)

    @property
    def words(self) -> str:
        """One sentence or two for a person."""
        return self._kept() + self._stepped()

    def _kept(self) -> str:
        if self.synchronised:
            within = "" if self.error_ms is None else f", right to within {_span(self.error_ms)}"
            return f"Kept by a time server{within}."
        if self.source == "own clock":
            return "Not kept by a time server: by the machine's own clock."
        return "Not set by anybody since the machine started: the times may be wrong."

    def _stepped(self) -> str:
        if not self.stepped_ms:
            return ""
        way = "forward" if self.stepped_ms > 0 else "back"
        return (
            f" It was put {way} by {_span(abs(self.stepped_ms))} during the call; the call's times are by the clock as "
            "it was before."
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None) -> Self | None:
        """Read what ``asdict`` made. Keys unknown to this version are ignored; None of a recording of earlier days."""
        if document is None:
            return None
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in document.items() if name in known})


def _span(length_ms: int) -> str:
    if length_ms < 1000:
        return f"{max(1, length_ms)} ms"
    for size_ms, unit in ((86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes")):
        if length_ms >= 2 * size_ms:
            return f"{length_ms // size_ms} {unit}"
    return f"{length_ms / 1000:.1f} s"
