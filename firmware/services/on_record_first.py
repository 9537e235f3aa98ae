"""What somebody gives is on record before it is there; what they take away goes at once, whatever stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware.core.errors import EarmarkError


class Evidence(Protocol):
    """The part of the opener that this needs."""

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Durable on return. Raises ServiceAway, StorageError."""
        ...

    def enter_or_keep(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> bool:
        """Durable on return, here or there. Raises StorageError."""
        ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


Entry = tuple[str, Mapping[str, str], Mapping[str, Any]]


def given(evidence: Evidence, entry: Entry, failed: str, give: Callable[[], object]) -> None:
    """Have ``give`` make it, once the entry is durable; ``failed`` is the kind that says that it was not made then.

    Raises:
        ServiceAway, StorageError: nothing was made.
    """
    kind, subject, detail = entry
    evidence.enter(kind, subject, detail)
    try:
        give()
    except EarmarkError:
        _enter_somehow(evidence, (failed, subject, detail))
        raise


def taken_away(evidence: Evidence, entry: Entry, take: Callable[[], object]) -> None:
    """The entry comes first as long as it can be kept anywhere; a full disk keeps nothing open either."""
    _enter_somehow(evidence, entry)
    take()


def _enter_somehow(evidence: Evidence, entry: Entry) -> None:
    kind, subject, detail = entry
    try:
        evidence.enter_or_keep(kind, subject, detail)
    except EarmarkError:
        evidence.enter_soon(kind, subject, detail)
