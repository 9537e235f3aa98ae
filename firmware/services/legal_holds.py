"""Placing, reviewing and releasing legal holds for people who are signed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from firmware.core.access_policy import Action, check
from firmware.core.errors import ActionRefused
from firmware.core.legal_hold import HOLD, HOLD_PLACED, HOLD_RELEASED, RESTRICTS, LegalHold, place, reason, to_be_held
from firmware.ports.clock import Clock
from firmware.ports.keeping import KeepingStore
from firmware.services.access_requests import Reception
from firmware.services.opener_sessions import Session


@dataclass(frozen=True)
class ShownHold:
    """A hold, and how many recordings it is on now."""

    hold: LegalHold
    recordings: int


class LegalHolds:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does.

    Args:
        found_by: the ids of the recordings that a search finds, more than one hold takes at most.
    """

    def __init__(
        self,
        reception: Reception,
        store: KeepingStore,
        clock: Clock,
        zone: tzinfo,
        found_by: Callable[[Mapping[str, Any]], Iterable[str]],
    ) -> None:
        self._reception = reception
        self._store = store
        self._clock = clock
        self._zone = zone
        self._found_by = found_by

    def all(self, token: str) -> Sequence[ShownHold]:
        self._session(token, Action.SEE_HOLDS, activity=False)
        counts = self._store.counts()
        return [ShownHold(hold, counts.get(hold.hold_id, 0)) for hold in self._store.holds()]

    def one(self, token: str, hold_id: str) -> tuple[LegalHold, Sequence[str]]:
        """A hold and the recordings it is on. Raises ActionRefused when there is none of that id."""
        self._session(token, Action.SEE_HOLDS, activity=False)
        return self._found(hold_id), self._store.held_by(hold_id)

    def place(
        self,
        token: str,
        purpose: str,
        review_on: date,
        calls: Iterable[str],
        search: Mapping[str, Any] | None = None,
        *,
        restricts: bool = False,
    ) -> ShownHold:
        """On the calls named, or on those that a search finds now; not on calls to come.

        Args:
            restricts: nothing but keeping is done with them from now on.

        Raises:
            SettingsError: purpose, date, calls or search are not right.
            ActionRefused: none of the calls is there, or all are about to be erased.
        """
        session = self._session(token, Action.PLACE_HOLDS)
        owner = (session.person.person_id, session.person.name)
        hold_id, now_ms = secrets.token_hex(16), self._clock.wall_ms()
        hold = place(hold_id, owner, purpose, review_on, now_ms, self._today(), restricts=restricts)
        wanted = to_be_held(self._found_by(search) if search else calls)
        detail: dict[str, Any] = {"purpose": hold.purpose, "review_on": review_on.isoformat(), "calls": len(wanted)}
        if restricts:
            detail[RESTRICTS] = "nobody but a director may listen"
        self._enter(HOLD_PLACED, hold, session, detail | {"search": dict(search)} if search else detail)
        held = self._store.place(hold, wanted)
        if not held:
            self._enter(HOLD_RELEASED, hold, session, {"because": "none of the calls is there"})
            raise ActionRefused(
                "None of these calls is there, or all are about to be erased.", "Look at the list again."
            )
        return ShownHold(hold, held)

    def review(self, token: str, hold_id: str, review_on: date, because: str) -> LegalHold:
        """Keep it up, and look at it again on another day. Raises as ``LegalHold.reviewed``."""
        session = self._session(token, Action.PLACE_HOLDS)
        hold, why = self._found(hold_id).reviewed(review_on, self._today()), reason(because)
        self._enter("hold-reviewed", hold, session, {"review_on": review_on.isoformat(), "why": why})
        self._store.save(hold)
        return hold

    def release(self, token: str, hold_id: str, because: str) -> LegalHold:
        """One that restricts nobody knows what (its catalogue is lost) keeps everybody from every call: only who may
        hear restricted calls may say that these have been looked at. Raises as ``LegalHold.released``.
        """
        session = self._session(token, Action.RELEASE_HOLDS)
        if self._found(hold_id).restricts and not self._store.held_by(hold_id):
            check(session.person.role, Action.OPEN_RESTRICTED)
        hold = self._found(hold_id).released(self._clock.wall_ms(), session.person.person_id, because)
        self._enter(HOLD_RELEASED, hold, session, {"because": hold.released_because})
        self._store.save(hold)
        return hold

    def _session(self, token: str, action: Action, *, activity: bool = True) -> Session:
        session = self._reception.session(token, activity=activity)
        check(session.person.role, action)
        return session

    def _found(self, hold_id: str) -> LegalHold:
        hold = self._store.hold(hold_id)
        if hold is None:
            raise ActionRefused("There is no such legal hold.", "Look at the list again.")
        return hold

    def _enter(self, kind: str, hold: LegalHold, session: Session, detail: Mapping[str, Any]) -> None:
        ids = {HOLD: hold.hold_id, **({RESTRICTS: "yes"} if hold.restricts else {})}
        ids |= {"person": session.person.person_id, "session": session.session_id}
        self._reception.enter(kind, ids, {"name": session.person.name, **detail})

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.wall_ms() / 1000, self._zone).date()
