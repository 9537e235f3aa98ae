"""A program of the office, such as a till or a CRM, that may ask a few named things of the box by a token.

It is nobody's sign-in. Its token is 32 random bytes behind a prefix by which people and scanners know it for one; the
box keeps the SHA-256 only, as with a paired desk. What it may ask is a list of scopes, each of them one narrow thing;
none of them opens sound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from firmware.core.desk import LONGEST_NAME, is_desk_name, is_extension
from firmware.core.errors import SettingsError

#: By this a token is known for one wherever it turns up.
KNOWN_BY = "earmark_"
LIST_CALLS = "calls:list"
SEE_NUMBERS = "calls:numbers"
WRITE_TAGS = "tags:write"
_PAUSE = "pause:"
#: Scopes that stand for themselves, each with what it lets a program do, in words for a director.
PLAIN_SCOPES = {
    LIST_CALLS: "List calls: when, how long, which line and extension. No number, no name, no sound.",
    SEE_NUMBERS: "See the numbers in that list, too.",
    WRITE_TAGS: "Put tags, such as an order's number, beside calls.",
}
MOST_SCOPES = 40


@dataclass(frozen=True)
class Program:
    """``program_id`` is opaque and no secret; ``token_hash`` is SHA-256 in hex; times are Unix milliseconds, UTC, and 0
    where there is none: it does not expire, was not revoked, was never used.
    """

    program_id: str
    name: str
    scopes: tuple[str, ...]
    token_hash: str
    made_at_ms: int
    made_by: str
    expires_at_ms: int = 0
    revoked_at_ms: int = 0
    last_used_at_ms: int = 0

    def why_not_now(self, now_ms: int) -> str:
        """Why its token is good for nothing; empty where it is."""
        if self.revoked_at_ms:
            return "it was revoked"
        return "it has expired" if self.expires_at_ms and now_ms >= self.expires_at_ms else ""

    def may(self, scope: str) -> bool:
        """Whether that is among what it was given. There is nothing that stands for several scopes."""
        return scope in self.scopes

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"scopes": list(self.scopes)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read a program. Keys unknown to this version are ignored.

        Raises:
            KeyError, TypeError: a field is missing or is not what it should be.
        """
        known = {each.name: document[each.name] for each in fields(cls) if each.name in document}
        return cls(**known | {"scopes": tuple(str(scope) for scope in document["scopes"])})


def pause_scope(extension: str) -> str:
    """What lets a program pause and resume the calls of one extension."""
    return f"{_PAUSE}{extension}"


def is_scope(text: str) -> bool:
    return text in PLAIN_SCOPES or (text.startswith(_PAUSE) and is_extension(text.removeprefix(_PAUSE)))


def extensions_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """Whose calls may be paused by these."""
    return tuple(each.removeprefix(_PAUSE) for each in scopes if each.startswith(_PAUSE))


def checked_scopes(given: Iterable[str]) -> tuple[str, ...]:
    """The scopes, each once and in order.

    Raises:
        SettingsError: there is none, there are too many, or one is no scope, or is of no use without another.
    """
    scopes = tuple(dict.fromkeys(given))
    for each in scopes:
        if not is_scope(each):
            raise SettingsError(
                f"{each[:60]!r} is nothing that a program can be let do.",
                "Tick what it shall do, and give extensions as they are shown with their calls, such as 201.",
            )
    if not scopes:
        raise SettingsError("The program may do nothing yet.", "Tick what it shall do, or name an extension.")
    if len(scopes) > MOST_SCOPES:
        raise SettingsError(f"That is more than {MOST_SCOPES} things.", "Give another program the rest.")
    if SEE_NUMBERS in scopes and LIST_CALLS not in scopes:
        raise SettingsError("Numbers are seen in the list of calls.", "Let the program list calls as well.")
    return tuple(sorted(scopes))


def checked_name(given: str) -> str:
    """Raises SettingsError: it cannot be one."""
    name = " ".join(given.split())
    if not is_desk_name(name):
        raise SettingsError(f"A program needs a name of 1 to {LONGEST_NAME} letters.", "Such as Till or CRM.")
    return name
