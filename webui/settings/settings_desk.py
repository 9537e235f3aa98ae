"""What the page asks the opener about settings, and how that reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from firmware.adapters.control.client import ControlClient
from webui.access.opener import Visitor
from webui.settings.drawing import Path
from webui.settings.naming import said_path

#: Passwords for what went back, by the paths that were told.
Typed = Sequence[tuple[Path, str]]


@dataclass(frozen=True)
class ToldChange:
    """One setting that changed. ``path`` in words; values as text; empty: there was none, or there is none now."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Earlier:
    """One change that was made on the page: its first settings, and how many ``more``. ``digest``: of all of them."""

    id: str
    at: datetime
    who: str
    sections: tuple[str, ...]
    changes: tuple[ToldChange, ...]
    more: int
    digest: str


@dataclass(frozen=True)
class SettingsView:
    """The settings without secrets. ``waiting``: which processes wait to start again, and for what."""

    document: Mapping[str, Any] = field(repr=False)
    version: str
    blanks: Mapping[str, Any] = field(repr=False)
    prompts: tuple[str, ...]
    doubts: tuple[str, ...]
    may_change: frozenset[str]
    earlier: tuple[Earlier, ...]
    waiting: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """What a document would change, or did.

    Attributes:
        mistakes: by path from the top of the document.
        lan: the office's networks as the document has them.
        made: where it goes back on a change, all that this did.
        secrets: of the mistakes those that a typed password mends, each with whose it is.
    """

    mistakes: Mapping[Path, str]
    sections: tuple[str, ...] = ()
    changes: tuple[ToldChange, ...] = ()
    saved: bool = False
    by_hand: tuple[str, ...] = ()
    lan: tuple[str, ...] = ()
    made: tuple[ToldChange, ...] = ()
    secrets: Mapping[Path, str] = field(default_factory=dict)


class FormDesk(Protocol):
    """What the forms need: of the opener, or of a box that is no office yet."""

    def shown(self, who: Visitor) -> SettingsView: ...

    def check(self, who: Visitor, document: Mapping[str, Any]) -> Judged: ...

    def change(self, who: Visitor, document: Mapping[str, Any], version: str) -> Judged: ...


class SettingsDesk:
    """Any thread. Raises what the opener does: SignInRefused, NotAllowed, ActionRefused, SettingsError, StorageError,
    ServiceAway.
    """

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def shown(self, who: Visitor) -> SettingsView:
        told = self._opener.get("/settings", token=who.token)
        return SettingsView(
            told["document"],
            told["version"],
            told["blanks"],
            tuple(told["prompts"]),
            tuple(told["doubts"]),
            frozenset(told["may_change"]),
            tuple(_earlier(each) for each in told["earlier"]),
            told["waiting"],
        )

    def check(self, who: Visitor, document: Mapping[str, Any]) -> Judged:
        return self._judged(who, "/settings/check", document=document)

    def change(self, who: Visitor, document: Mapping[str, Any], version: str) -> Judged:
        return self._judged(who, "/settings", document=document, version=version)

    def look_back(self, who: Visitor, change: str, typed: Typed = ()) -> Judged:
        return self._judged(who, "/settings/back/look", change=change, typed=typed)

    def go_back(self, who: Visitor, change: str, version: str, typed: Typed = ()) -> Judged:
        return self._judged(who, "/settings/back", change=change, version=version, typed=typed)

    def file(self, who: Visitor, *, reveal: bool) -> str:
        return str(self._opener.post("/settings/file", {"reveal": reveal}, token=who.token)["toml"])

    def look_at_file(self, who: Visitor, toml: str, name: str) -> Judged:
        return self._judged(who, "/settings/file/look", toml=toml, name=name)

    def take_file(self, who: Visitor, toml: str, name: str, version: str) -> Judged:
        return self._judged(who, "/settings/file/take", toml=toml, name=name, version=version)

    def explained(self, who: Visitor, call: Mapping[str, str]) -> Mapping[str, Any]:
        return self._opener.post("/settings/explain", call, token=who.token)

    def restart_now(self, who: Visitor) -> None:
        self._opener.post("/settings/restart-now", token=who.token)

    def _judged(self, who: Visitor, path: str, **asked: Any) -> Judged:
        return judged_from(self._opener.post(path, asked, token=who.token))


def judged_from(told: Mapping[str, Any]) -> Judged:
    """As the opener, or the clerk of settings, tells it."""
    return Judged(
        {tuple(each["path"]): str(each["what"]) for each in told["mistakes"]},
        tuple(told.get("sections", ())),
        _changes(told.get("changes", ())),
        told.get("saved", False),
        tuple(told.get("by_hand", ())),
        tuple(told.get("lan", ())),
        _changes(told.get("made", ())),
        {tuple(each["path"]): said_path(each["secret"]) for each in told["mistakes"] if "secret" in each},
    )


def _earlier(told: Mapping[str, Any]) -> Earlier:
    return Earlier(
        told["id"],
        datetime.fromtimestamp(told["at_ms"] / 1000, UTC),
        told["who"],
        tuple(told["sections"]),
        _changes(told["changes"]),
        told["more"],
        told["digest"],
    )


def _changes(told: Sequence[Mapping[str, Any]]) -> tuple[ToldChange, ...]:
    return tuple(ToldChange(said_path(each["path"]), _text(each["before"]), _text(each["after"])) for each in told)


def _text(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
