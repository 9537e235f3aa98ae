"""Requests as the page has them from the opener, which decides whose may be seen, made and decided by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.access_request import WantedCalls
from webui.access.opener import Visitor


@dataclass(frozen=True)
class ShownRequest:
    """One request, as the opener tells it."""

    request_id: str
    requester: str
    requester_id: str
    asked_at: datetime
    purpose: str
    wanted: WantedCalls
    calls: Mapping[str, str]
    state: str
    decided_by: str | None
    decided_at: datetime | None
    ends_at: datetime | None
    reason: str | None

    @property
    def waits(self) -> bool:
        return self.state == "asked"

    @property
    def opens(self) -> bool:
        """Whether calls are open by it, if its end has not come."""
        return self.state in ("approved", "partly_approved")

    @property
    def approved(self) -> list[str]:
        return [call for call, state in self.calls.items() if state == "approved"]


@dataclass(frozen=True)
class OpenCall:
    """A call that an approval opened to the visitor."""

    recording_id: str
    request_id: str
    ends_at: datetime


class RequestDesk:
    """Asks the opener's control socket in a visitor's name. Safe to use from any thread.

    Every method raises ``ServiceAway`` when the opener does not answer, ``NotAllowed`` when it refuses, and
    ``ActionRefused`` when the request is not there or not in a state for it.
    """

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def ask(self, who: Visitor, purpose: str, calls: Iterable[str], wanted: WantedCalls) -> ShownRequest:
        """Raises SettingsError or NoSuchRecording for what makes no sense."""
        body = {"purpose": purpose[:1000], "calls": list(calls), "wanted": wanted.to_json()}
        return _shown(self._opener.post("/requests", body, token=who.token))

    def mine(self, who: Visitor) -> list[ShownRequest]:
        return [_shown(each) for each in self._opener.get("/requests", token=who.token)["requests"]]

    def everybodys(self, who: Visitor, *, decided: bool) -> list[ShownRequest]:
        query = {"decided": "yes" if decided else "no"}
        return [_shown(each) for each in self._opener.get("/requests/all", token=who.token, query=query)["requests"]]

    def one(self, who: Visitor, request_id: str) -> ShownRequest:
        return _shown(self._opener.get(path_of("requests", request_id), token=who.token))

    def tell_search(self, who: Visitor, request_id: str, wanted: WantedCalls) -> None:
        """Before what was found for a request is shown: the search is in the evidence."""
        self._opener.post("/search", {"query": wanted.to_json() | {"request": request_id}}, token=who.token)

    def approve(
        self, who: Visitor, request_id: str, calls: Iterable[str], ends_at: datetime, note: str
    ) -> ShownRequest:
        """Raises SettingsError, KeyErased or NoSuchRecording: nothing was opened."""
        body = {"calls": list(calls), "ends_at_ms": round(ends_at.timestamp() * 1000), "reason": note[:1000]}
        return _shown(self._opener.post(path_of("requests", request_id, "approve"), body, token=who.token))

    def refuse(self, who: Visitor, request_id: str, reason: str) -> ShownRequest:
        """Raises SettingsError when the reason is missing."""
        path = path_of("requests", request_id, "refuse")
        return _shown(self._opener.post(path, {"reason": reason[:1000]}, token=who.token))

    def withdraw(self, who: Visitor, request_id: str) -> ShownRequest:
        return _shown(self._opener.post(path_of("requests", request_id, "withdraw"), token=who.token))

    def end(self, who: Visitor, request_id: str, because: str) -> ShownRequest:
        path = path_of("requests", request_id, "end")
        return _shown(self._opener.post(path, {"reason": because[:1000]}, token=who.token))

    def open_calls(self, who: Visitor) -> dict[str, OpenCall]:
        """By recording: the calls that are open to the visitor at this moment."""
        found = self._opener.get("/grants", token=who.token)["grants"]
        calls = (OpenCall(each["recording_id"], each["request_id"], _moment(each["ends_at_ms"])) for each in found)
        return {call.recording_id: call for call in calls}


def _shown(answer: Mapping[str, Any]) -> ShownRequest:
    return ShownRequest(
        request_id=str(answer["request_id"]),
        requester=str(answer["requester"]),
        requester_id=str(answer["requester_id"]),
        asked_at=_moment(answer["asked_at_ms"]),
        purpose=str(answer["purpose"]),
        wanted=WantedCalls.from_json(answer["wanted"]),
        calls=dict(answer["calls"]),
        state=str(answer["state"]),
        decided_by=answer["decided_by"],
        decided_at=_moment(answer["decided_at_ms"]) if answer["decided_at_ms"] is not None else None,
        ends_at=_moment(answer["ends_at_ms"]) if answer["ends_at_ms"] is not None else None,
        reason=answer["reason"] or None,
    )


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, tz=UTC)
