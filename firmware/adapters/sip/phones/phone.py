"""A phone that may register, as the settings name it."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.core.barring import DearKind


@dataclass(frozen=True)
class Phone:
    """Whose it is, how it proves that, and what it may dial although it is dear.

    ``shows`` is the number that people outside see, empty for the extension. ``outside_prefix`` is its line's: an
    emergency number may be dialled behind it. ``expected``: that it is not registered is something to be told of.
    """

    line: str
    extension: str
    user: str
    password: str = field(repr=False)
    name: str = ""
    shows: str = ""
    allowed: frozenset[DearKind] = frozenset()
    outside_prefix: str = ""
    expected: bool = True

    @property
    def shown(self) -> str:
        """As people know it."""
        return f"{self.extension} ({self.name})" if self.name else self.extension
