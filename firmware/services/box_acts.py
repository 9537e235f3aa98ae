"""Whether somebody signed in may have the box do something, and the evidence of it: before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from firmware.core.access_policy import check
from firmware.core.box_acts import ACTS, BOX_ACT
from firmware.core.errors import ActionRefused
from firmware.services.opener_sessions import Session


class ActReception(Protocol):
    """What is needed of the opener."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...


class BoxActs:
    """Any thread."""

    def __init__(self, reception: ActReception) -> None:
        self._reception = reception

    def vouch(self, token: str, act: str) -> Session:
        """Whose token it is, once the act stands in the evidence.

        Raises:
            ActionRefused: there is no such act.
            SignInRefused, NotAllowed, StorageError, ServiceAway: as the opener does.
        """
        action = ACTS.get(act)
        if action is None:
            raise ActionRefused(f"The box has no act {act!r}.", f"There are: {', '.join(sorted(ACTS))}.")
        session = self._reception.session(token)
        check(session.person.role, action)
        ids = {"act": act, "person": session.person.person_id, "session": session.session_id}
        self._reception.enter(BOX_ACT, ids, {"name": session.person.name, "what": action.value})
        return session
