"""Who looked for which calls: told in the evidence before anything that was found is shown."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from firmware.core.access_policy import Action, may
from firmware.core.errors import NotAllowed
from firmware.ports.clock import Clock
from firmware.services.opener_sessions import Session

#: A page that stays open asks again and again; the same search is told anew when nobody asked for it for so long.
SAME_FOR_S = 10 * 60.0


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
        self._clock = clock
        self._lock = threading.Lock()
        self._lately: dict[tuple[str, str], float] = {}

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
            raise NotAllowed(f"The role {person.role.shown} may not search.", "Ask a listener.")
        if self._is_new(session.session_id, query):
            self._office.enter_soon("searched", ids, {"name": person.name, "query": dict(query)})

    def _is_new(self, session_id: str, query: Mapping[str, str]) -> bool:
        """Other pages of the same search, and a list that is drawn anew, are not told again."""
        key = session_id, hashlib.sha256(json.dumps(query, sort_keys=True).encode()).hexdigest()
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._lately = {each: at_s for each, at_s in self._lately.items() if now_s - at_s < SAME_FOR_S}
            is_new = key not in self._lately
            self._lately[key] = now_s
        return is_new
