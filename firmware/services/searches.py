"""Who looked for which calls: told in the evidence before anything that was found is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from firmware.core.access_policy import Action, may
from firmware.core.errors import NotAllowed
from firmware.ports.clock import Clock
from firmware.services.lately_told import LatelyTold
from firmware.services.opener_sessions import Session


class SearchingOffice(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session:
        """Raises SignInRefused."""
        ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


class Searches:
    """Any thread. What was searched for is in the line's detail, which can be erased; the line says who and when."""

    def __init__(self, office: SearchingOffice, clock: Clock) -> None:
        self._office = office
        self._told = LatelyTold(clock)

    def search(self, token: str, query: Mapping[str, str]) -> None:
        """Let a search pass, and tell of it; an empty query is the list of all calls.

        An office whose recorder is down can still be searched: the entry is made as soon as it is back.

        Raises:
            SignInRefused: not signed in (any more).
            NotAllowed: the role may not.
        """
        session = self._office.session(token, activity=False)
        person = session.person
        ids = {"person": person.person_id, "session": session.session_id}
        if not may(person.role, Action.SEARCH if query else Action.SEE_RECORDINGS):
            self._office.enter_soon("search-refused", ids, {"name": person.name, "query": dict(query)})
            raise NotAllowed(f"The role {person.role.shown} may not search.", "Ask a listener.").as_told()
        if self._told.is_new(session.session_id, query):
            self._office.enter_soon("searched", ids, {"name": person.name, "query": dict(query)})
