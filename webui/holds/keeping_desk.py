"""How long recordings are kept, as the page has it from the opener: it decides who may see and change what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient, RequestRefused, path_of
from firmware.core.errors import ActionRefused, SettingsError
from webui.access.opener import Visitor

#: What a person can put right themselves, and is told beside the form.
MISTAKES = (SettingsError, ActionRefused, RequestRefused)


@dataclass(frozen=True)
class ShownHold:
    """One legal hold, as the opener tells it."""

    hold_id: str
    purpose: str
    owner: str
    placed_at: datetime
    review_on: date
    released_at: datetime | None
    released_because: str
    recordings: int
    restricts: bool
    calls: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        return self.released_at is None

    @property
    def is_lost(self) -> bool:
        """It stands, and what it is on was lost with a catalogue."""
        return self.stands and not self.recordings


@dataclass(frozen=True)
class ShownKeeping:
    """How one recording is kept."""

    recording_id: str
    retention_class: str
    kept_until: datetime | None
    held_for: tuple[str, ...]
    to_be_erased: bool
    going_on: bool
    restricted: bool
    classes: tuple[str, ...]


@dataclass(frozen=True)
class ShownErasure:
    """One line of the journal of erasures. It names nobody."""

    recording_id: str
    because: str
    state: str
    ordered_at: datetime
    erased_at: datetime | None
    gone_at: datetime | None


class KeepingDesk:
    """Asks the opener's control socket in a visitor's name. Safe to use from any thread.

    Every method raises ``ServiceAway`` when the opener does not answer, ``NotAllowed`` when it refuses, and
    ``SettingsError`` or ``ActionRefused`` for what makes no sense or is not possible.
    """

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def holds(self, who: Visitor) -> list[ShownHold]:
        return [_hold(each) for each in self._opener.get("/holds", token=who.token)["holds"]]

    def hold(self, who: Visitor, hold_id: str) -> ShownHold:
        return _hold(self._opener.get(path_of("holds", hold_id), token=who.token))

    def place(
        self, who: Visitor, typed: Mapping[str, str], calls: list[str], search: Mapping[str, Any] | None = None
    ) -> ShownHold:
        """``typed``: the form's ``purpose``, ``review_on`` and ``restricts``."""
        hold = {"purpose": typed.get("purpose", "")[:1000], "review_on": typed.get("review_on", "")[:10]}
        body = {**hold, "restricts": typed.get("restricts") == "yes", "calls": calls}
        return _hold(self._opener.post("/holds", body | ({"search": dict(search)} if search else {}), token=who.token))

    def review(self, who: Visitor, hold_id: str, review_on: str, because: str) -> None:
        body = {"review_on": review_on[:10], "because": because[:1000]}
        self._opener.post(path_of("holds", hold_id, "review"), body, token=who.token)

    def release(self, who: Visitor, hold_id: str, because: str) -> None:
        self._opener.post(path_of("holds", hold_id, "release"), {"because": because[:1000]}, token=who.token)

    def keeping(self, who: Visitor, recording_id: str) -> ShownKeeping:
        """Raises NoSuchRecording, too."""
        found = self._opener.get(path_of("recordings", recording_id, "keeping"), token=who.token)
        return ShownKeeping(
            recording_id,
            str(found["retention_class"]),
            _moment(found["expires_at_ms"]),
            tuple(found["held_for"]),
            bool(found["to_be_erased"]),
            bool(found["going_on"]),
            bool(found["restricted"]),
            tuple(found["classes"]),
        )

    def choose_class(self, who: Visitor, recording_id: str, wanted: str, because: str, *, even_if_erased: bool) -> None:
        body = {"class": wanted[:40], "because": because[:1000], "even_if_erased": even_if_erased}
        self._opener.post(path_of("recordings", recording_id, "class"), body, token=who.token)

    def erase(self, who: Visitor, recording_id: str, because: str) -> str:
        """Order it. Why it is refused; empty when it is not."""
        body = {"calls": [recording_id], "because": because[:1000]}
        return str(self._opener.post("/erasures", body, token=who.token)["refused"].get(recording_id, ""))

    def erasures(self, who: Visitor) -> list[ShownErasure]:
        return [
            ShownErasure(
                str(each["recording_id"]),
                str(each["because"]),
                str(each["state"]),
                datetime.fromtimestamp(each["ordered_at_ms"] / 1000, UTC),
                _moment(each["erased_at_ms"]),
                _moment(each["gone_from_backups_at_ms"]),
            )
            for each in self._opener.get("/erasures", token=who.token)["erasures"]
        ]


def _hold(told: Mapping[str, Any]) -> ShownHold:
    return ShownHold(
        str(told["hold_id"]),
        str(told["purpose"]),
        str(told["owner_name"]),
        datetime.fromtimestamp(told["placed_at_ms"] / 1000, UTC),
        date.fromisoformat(told["review_on"]),
        _moment(told["released_at_ms"]),
        str(told["released_because"]),
        int(told.get("recordings", 0)),
        bool(told["restricts"]),
        tuple(told.get("calls", ())),
    )


def _moment(unix_ms: int | None) -> datetime | None:
    return None if unix_ms is None else datetime.fromtimestamp(unix_ms / 1000, UTC)
