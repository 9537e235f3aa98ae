"""The opener, as the page uses it: people's sessions, and one recording's keys at a time.

The page never keeps a pass phrase, and holds of a session only the opaque token that the browser brings with each
request.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from firmware.core.errors import EarmarkError, SignInRefused

Use = Literal["listen", "download"]


def session_of(token: str) -> str:
    """A name for a token's session under which things may be kept: the token cannot be had from it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class RunningCase:
    """A named case whose purpose holds for every call of it that is opened, for as long as is left."""

    name: str
    purpose: str
    left_ms: int

    @property
    def minutes_left(self) -> int:
        return -(-self.left_ms // 60_000)


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in, as the opener vouches for them at this moment."""

    token: str = field(repr=False)
    user: str
    role: str
    expires_at_ms: int
    case: RunningCase | None = None
    extension: str = ""
    extension_since_ms: int = 0

    @property
    def session(self) -> str:
        return session_of(self.token)


@dataclass(frozen=True)
class SegmentKey:
    """The key of one sealed segment. Keep it no longer than the unsealing takes."""

    segment: int
    key: bytes = field(repr=False)


class Opener:
    """Asks the opener's control socket. Every method raises ``ServiceAway`` when it does not answer.

    Args:
        client: for what is answered at once.
        patient: for opening a recording, which waits for its evidence entry.
    """

    def __init__(self, client: ControlClient, patient: ControlClient) -> None:
        self._client = client
        self._patient = patient

    def sign_out(self, token: str) -> None:
        self._client.post("/sign-out", {"token": token})

    def visitor(self, token: str, *, active: bool = True) -> Visitor | None:
        """Who the token stands for; None when the session is over or there never was one.

        Args:
            active: the person did something. News that a page fetches by itself must not keep a session alive.
        """
        query = None if active else {"activity": "no"}
        try:
            return _visitor(token, self._client.get("/session", token=token, query=query))
        except SignInRefused:
            return None

    def tell_refused(self, visitor: Visitor, action: Action, recording_id: str = "") -> None:
        """Have it entered that the page refused something; it stays refused where nobody can be told of it."""
        with suppress(EarmarkError):
            self._client.post("/refused", {"action": action.value, "recording_id": recording_id}, token=visitor.token)

    def end_case(self, visitor: Visitor) -> None:
        """The next call needs a purpose of its own again."""
        self._client.post("/case/end", {"token": visitor.token})

    def open(self, visitor: Visitor, recording_id: str, purpose: str, use: Use, case: str = "") -> list[SegmentKey]:
        """One recording's keys, once the evidence of the opening is on disk.

        Args:
            purpose: empty for that of the running case.
            case: the name of a case, for whose calls the purpose shall hold for half an hour.

        Raises:
            NotAllowed: this person may not open it.
            NoSuchRecording, KeyErased: there is nothing to open.
        """
        asked = {"token": visitor.token, "recording_id": recording_id, "purpose": purpose, "use": use, "case": case}
        answer = self._patient.post("/open", asked)
        return [SegmentKey(int(each["segment"]), base64.b64decode(each["key"])) for each in answer["keys"]]


def _visitor(token: str, answer: dict[str, Any]) -> Visitor:
    case = answer.get("case")
    running = RunningCase(str(case["name"]), str(case["purpose"]), int(case["left_ms"])) if case else None
    return Visitor(
        token,
        str(answer["user"]),
        str(answer["role"]),
        int(answer["expires_at_ms"]),
        running,
        str(answer.get("extension", "")),
        int(answer.get("extension_since_ms", 0)),
    )
