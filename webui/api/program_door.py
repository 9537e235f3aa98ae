"""Knows programs by the token that each request of theirs brings. No cookie is looked at, and none is ever set."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request

from firmware.adapters.control.client import ControlClient, RequestRefused
from firmware.core.errors import SignInRefused
from firmware.core.program import SEE_NUMBERS

_BEARER = "bearer "
_LONGEST_TOKEN = 200


@dataclass(frozen=True)
class CallingProgram:
    """A program, as the opener vouches for it at this moment."""

    program_id: str
    name: str
    scopes: tuple[str, ...]
    expires_at_ms: int
    token: str = field(repr=False)

    @property
    def sees_numbers(self) -> bool:
        return SEE_NUMBERS in self.scopes


class ProgramDoor:
    """Any thread. Every method raises ``ServiceAway`` when the opener does not answer."""

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def admit(self, scope: str, what: str) -> CallingProgram:
        """The program that this request comes from, which may do that; it is on record either way.

        Raises:
            SignInRefused: it brings no token, or none that is good.
            NotAllowed: it may not.
            TooBusy: it asks too often.
        """
        token = _token()
        try:
            answer = self._opener.post("/program/use", {"scope": scope, "what": what}, token=token)
        except RequestRefused as error:  # what it asks for has more letters than any scope
            raise SignInRefused("That is nothing this box has.", "See the description of the API.") from error
        return CallingProgram(
            str(answer["program_id"]),
            str(answer["name"]),
            tuple(answer["scopes"]),
            int(answer["expires_at_ms"]),
            token,
        )

    def shown(self, token: str, scope: str, what: str, rows: int) -> None:
        """Have the evidence count what goes to it. Raises as ``admit``: then nothing may."""
        if rows:
            self._opener.post("/program/shown", {"scope": scope, "what": what, "rows": rows}, token=token)

    def tag(self, token: str, recording_id: str, tag: str) -> None:
        """
        Raises:
            SignInRefused, NotAllowed: its token ended a moment ago.
            SettingsError, NoSuchRecording, StorageError: it was not written.
        """
        self._opener.post("/program/tag", {"recording_id": recording_id, "tag": tag}, token=token)


def _token() -> str:
    """Of the header (RFC 6750, 2.1), never of the address, which is kept in logs. Raises SignInRefused."""
    header = request.headers.get("Authorization", "")
    token = header[len(_BEARER) :].strip() if header[: len(_BEARER)].lower() == _BEARER else ""
    if not token or len(token) > _LONGEST_TOKEN or not (token.isascii() and token.isprintable()):
        raise SignInRefused(
            "A program's token is needed.", "Send it as: Authorization: Bearer earmark_…; a director makes one."
        )
    return token
