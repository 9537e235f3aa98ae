"""Searches that somebody wants to find again: each person's own, under names of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmware.core.access_policy import Action, check
from firmware.core.data_case import text
from firmware.core.errors import SettingsError
from firmware.ports.clock import Clock
from firmware.ports.saved_searches import SavedSearch, SavedSearchStore
from firmware.services.opener_sessions import Session
from firmware.services.searches import SearchingOffice

LONGEST_NAME = 40
MOST_SAVED = 30


class SavedSearches:
    """Any thread. Whoever may not search (any more) has none. Every method raises SignInRefused and NotAllowed."""

    def __init__(self, office: SearchingOffice, store: SavedSearchStore, clock: Clock) -> None:
        self._office = office
        self._store = store
        self._clock = clock

    def mine(self, token: str) -> Sequence[SavedSearch]:
        return self._store.searches(self._session(token, activity=False).person.person_id)

    def save(self, token: str, name: str, query: Mapping[str, str]) -> None:
        """
        Raises:
            SettingsError: it has no name, or nothing to look for, or there are too many already.
        """
        session = self._session(token)
        name = " ".join(text(name, "Give the search a name.", LONGEST_NAME).split())
        if not query:
            raise SettingsError("There is nothing to look for in it.", "Search for something first.")
        person = session.person
        known = {search.name for search in self._store.searches(person.person_id)}
        if name not in known and len(known) >= MOST_SAVED:
            raise SettingsError(f"You have {MOST_SAVED} saved searches already.", "Delete one that you do not use.")
        self._store.put(person.person_id, SavedSearch(name, dict(query)), self._clock.wall_ms())
        self._tell(session, "search-saved", {"saved_as": name, "query": dict(query)})

    def delete(self, token: str, name: str) -> None:
        session = self._session(token)
        if self._store.remove(session.person.person_id, name):
            self._tell(session, "search-deleted", {"saved_as": name})

    def _session(self, token: str, *, activity: bool = True) -> Session:
        session = self._office.session(token, activity=activity)
        check(session.person.role, Action.SEARCH)
        return session

    def _tell(self, session: Session, kind: str, detail: Mapping[str, object]) -> None:
        ids = {"person": session.person.person_id, "session": session.session_id}
        self._office.enter_soon(kind, ids, {"name": session.person.name, **detail})
