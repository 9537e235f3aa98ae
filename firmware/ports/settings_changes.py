"""What changing the settings needs from outside: whoever knows them, where they lie, what they were, and restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Clerk(Protocol):
    """Knows what settings look like (``cli/settings/judging.py``)."""

    def ask(self, act: str, **what: Any) -> Mapping[str, Any]: ...


class SettingsShelf(Protocol):
    """Where they lie. Raises StorageError, ServiceAway: nothing was changed."""

    def replace(self, document: Mapping[str, Any]) -> None: ...

    def changed_at_ms(self) -> int:
        """When they were put there, Unix ms."""
        ...


@dataclass(frozen=True)
class EarlierSettings:
    """What they were before one change, and what that was. ``document`` has stars for passwords: old ones are not kept.
    ``who`` is empty where the change was made at the box itself.
    """

    id: str
    at_ms: int
    who: str
    sections: tuple[str, ...]
    changes: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class KnownSettings:
    """What they were when somebody last looked at them, or changed them on the page. ``marks`` tell whether a password
    is another now (``config/secret_marks.py``); none is kept.
    """

    version: str
    document: Mapping[str, Any] = field(repr=False)
    marks: Mapping[str, str]
    salt: str


class SettingsHistory(Protocol):
    """Newest first. Raises StorageError."""

    def earlier(self) -> Sequence[EarlierSettings]: ...

    def add(self, at_ms: int, who: str, judged: Mapping[str, Any]) -> str:
        """Gives its id."""
        ...

    def take_back(self, change_id: str) -> None:
        """That change never was."""
        ...

    def known(self) -> KnownSettings | None: ...

    def know(self, settings: KnownSettings) -> None: ...


class Restarts(Protocol):
    """Has processes started again, each when that disturbs nobody. ``ask`` is False where a person must do it."""

    def ask(self, processes: Sequence[str], *, now: bool = False) -> bool: ...

    def waiting(self) -> Mapping[str, str]:
        """Which wait still, and for what."""
        ...
