"""Whatever somebody signed in is refused for want of a right is evidence, whichever part of the box refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from firmware.core.access_policy import Action, may
from firmware.core.errors import ActionRefused, SignInRefused
from firmware.core.recording_id import opaque
from firmware.ports.clock import Clock
from firmware.services.lately_told import LatelyTold
from firmware.services.opener_sessions import Session

REFUSED = "action-refused"


class RefusingOffice(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session:
        """Raises SignInRefused."""
        ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


class Refusals:
    """Any thread. Who only wants to look, and asks for the same again within some minutes, is told of once: a page may
    ask by itself."""

    def __init__(self, office: RefusingOffice, clock: Clock) -> None:
        self._office = office
        self._told = LatelyTold(clock)

    def tell(self, token: str, why: str, looked_at: str = "") -> None:
        """Somebody was refused by the opener. A stranger is nobody to tell of.

        Args:
            looked_at: what they wanted to see, where they wanted to do nothing.
        """
        try:
            session = self._office.session(token, activity=False)
        except SignInRefused:
            return
        if not looked_at or self._told.is_new(session.session_id, {"looked_at": looked_at}):
            self._tell(session, why, {})

    def tell_of_page(self, token: str, action: Action, recording_id: str = "") -> None:
        """The page refused an action to somebody, before anything was asked of the opener.

        Raises:
            SignInRefused: not signed in (any more).
            ActionRefused: that person may do it, so the page refused nothing.
        """
        session = self._office.session(token, activity=False)
        if may(session.person.role, action):
            raise ActionRefused(f"The role {session.person.role.shown} may {action.value}: nothing was refused.")
        about = {"recording": opaque(recording_id)} if recording_id else {}
        if self._told.is_new(session.session_id, {"action": action.value, **about}):
            self._tell(session, f"The role {session.person.role.shown} may not {action.value}.", about)

    def _tell(self, session: Session, why: str, about: Mapping[str, str]) -> None:
        ids = {"person": session.person.person_id, "session": session.session_id, **about}
        self._office.enter_soon(REFUSED, ids, {"name": session.person.name, "why": why})
