"""A paired desk: a browser that may pause and resume the recording of one extension's calls, and nothing else.

It is nobody's sign-in. Its token is 32 random bytes, of which the box keeps the SHA-256 only; with so much chance in
it, that needs no salt and no slow hash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

CODE_LENGTH = 8
LONGEST_NAME = 40
_EXTENSION = re.compile(r"\+?[0-9]{1,20}|[A-Za-z][A-Za-z0-9._-]{0,19}", re.ASCII)


@dataclass(frozen=True)
class Desk:
    """``desk_id`` is opaque and no secret; ``token_hash`` is SHA-256 in hex; times are Unix milliseconds, UTC."""

    desk_id: str
    name: str
    extension: str
    token_hash: str
    paired_at_ms: int

    def to_json(self) -> dict[str, Any]:
        return {
            "desk_id": self.desk_id,
            "name": self.name,
            "extension": self.extension,
            "token_hash": self.token_hash,
            "paired_at_ms": self.paired_at_ms,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read a desk.

        Raises:
            KeyError, ValueError: a field is missing or is not what it should be.
        """
        return cls(
            desk_id=str(document["desk_id"]),
            name=str(document["name"]),
            extension=str(document["extension"]),
            token_hash=str(document["token_hash"]),
            paired_at_ms=int(document["paired_at_ms"]),
        )


def is_extension(text: str) -> bool:
    """A number without separators, or the short name of a phone."""
    return _EXTENSION.fullmatch(text) is not None


def is_desk_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and text == text.strip()
