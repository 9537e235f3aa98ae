"""A grant: one recording, opened to one person by an approval, until a date.

The key itself is in files beside the recording (``adapters.sealing.grant_file``), sealed to that person. What is here
says when the opener may use them. A clock that was set back opens nothing: besides the time it shows now, the opener
goes by the latest time that it knows to have been.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Grant:
    """Times are Unix milliseconds. ``ended_at_ms`` is None until its files are destroyed."""

    recording_id: str
    person_id: str
    request_id: str
    granted_at_ms: int
    ends_at_ms: int
    ended_at_ms: int | None = None

    def why_shut(self, now: LatestTime) -> str:
        """Why it opens nothing at this moment; empty when it opens."""
        if self.ended_at_ms is not None or now.latest_ms >= self.ends_at_ms:
            return "The approval for this call has ended."
        if now.shown_ms < self.granted_at_ms:
            return "The box's clock shows a time before the approval was given."
        return ""

    def terms(self, segment: int) -> GrantTerms:
        return GrantTerms(self.recording_id, segment, self.person_id, self.granted_at_ms, self.ends_at_ms)


@dataclass(frozen=True)
class GrantTerms:
    """What one grant file is for. The key is sealed together with the terms' digest: a file that was put in another's
    place, or given another date, opens nothing.
    """

    recording_id: str
    segment: int
    person_id: str
    granted_at_ms: int
    ends_at_ms: int

    @property
    def digest(self) -> bytes:
        """SHA-256 over the terms as one text."""
        parts = (self.recording_id, self.segment, self.person_id, self.granted_at_ms, self.ends_at_ms)
        return hashlib.sha256("\0".join(("earmark grant 1", *map(str, parts))).encode()).digest()


@dataclass(frozen=True)
class LatestTime:
    """What the wall clock shows, and the latest moment that is known to have been.

    ``latest_ms`` goes on by the clock that never jumps, so setting the wall clock back does not bring it back.
    """

    shown_ms: int
    latest_ms: int
    at_s: float

    @classmethod
    def first(cls, shown_ms: int, monotonic_s: float, known_ms: int = 0) -> Self:
        """``known_ms``: a moment that was written down before this process began."""
        return cls(shown_ms, max(shown_ms, known_ms), monotonic_s)

    def then(self, shown_ms: int, monotonic_s: float) -> Self:
        """The same some time later."""
        since = self.latest_ms + max(0, int((monotonic_s - self.at_s) * 1000))
        return replace(self, shown_ms=shown_ms, latest_ms=max(shown_ms, since), at_s=monotonic_s)
