"""Erasing a recording before its time, and choosing another class for it, when a person who may asks for it.

The opener decides and writes the order down; the keeper carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from firmware.core.access_policy import Action, check, may
from firmware.core.errors import ActionRefused, NoSuchRecording
from firmware.core.legal_hold import reason, to_be_held
from firmware.core.retention import CLASS, CLASS_CHANGED, why_not_change, why_not_erase
from firmware.ports.clock import Clock
from firmware.ports.keeping import JournalledErasure, Keeping, KeepingStore
from firmware.services.access_requests import Reception
from firmware.services.opener_sessions import Session

_MOST_JOURNALLED = 500


@dataclass(frozen=True)
class Ordered:
    """What came of an order: the recordings that are erased now, and why each other is not."""

    ordered: tuple[str, ...]
    refused: Mapping[str, str]


class EarlyErasure:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does.

    Args:
        tell_the_keeper: that it has an order; it finds it by itself within a minute, too.
    """

    def __init__(
        self,
        reception: Reception,
        store: KeepingStore,
        clock: Clock,
        zone: tzinfo,
        tell_the_keeper: Callable[[], None],
    ) -> None:
        self._reception = reception
        self._store = store
        self._clock = clock
        self._zone = zone
        self._tell_the_keeper = tell_the_keeper

    def order(self, token: str, calls: Iterable[str], because: str) -> Ordered:
        """Have recordings erased on somebody's request. Held ones are refused, and regulated ones before their time.

        Raises:
            SettingsError: no calls, or no reason.
        """
        session = self._session(token, Action.ERASE)
        why = reason(because)
        refused: dict[str, str] = {}
        ordered: list[str] = []
        for recording_id in to_be_held(calls):
            found = self._store.keeping(recording_id)
            if found is None:
                refused[recording_id] = "There is no such recording (any more)."
            elif refusal := self._why_not_erase(found):
                self._enter("erase-refused", recording_id, session, {"because": why, "why": refusal})
                refused[recording_id] = refusal
            else:
                self._enter("erase-ordered", recording_id, session, {"because": why})
                if self._store.order_erasure(recording_id, self._clock.wall_ms()):
                    ordered.append(recording_id)
                else:
                    refused[recording_id] = "It was put under a legal hold, or erased, at this moment."
        if ordered:
            self._tell_the_keeper()
        return Ordered(tuple(ordered), refused)

    def choose_class(self, token: str, recording_id: str, wanted: str, because: str, *, even_if_erased: bool) -> None:
        """Keep one recording as of another class.

        Raises:
            SettingsError: no reason.
            NoSuchRecording: it is not there (any more).
            ActionRefused: the class is unknown, the law or a hold forbids it, or the recording would be erased at once
                and ``even_if_erased`` does not say so.
            NotAllowed: it would be erased at once, and this role may not erase.
        """
        session = self._session(token, Action.SET_CLASS)
        why, found, classes = reason(because), self._found(recording_id), self._store.classes()
        new, now = classes.get(wanted), classes.get(found.retention_class)
        if new is None:
            raise ActionRefused(f"There is no retention class {wanted!r}.", f"There are: {', '.join(sorted(classes))}.")
        if now is not None and (refusal := why_not_change(now, new, bool(found.held_for))):
            raise ActionRefused(refusal, "Choose a class that keeps as long or longer.")
        gone = new.expires_at_ms(found.started_at_ms, self._zone) <= self._clock.wall_ms()
        if gone and not found.held_for:
            if not even_if_erased:
                raise ActionRefused("As of that class, this 1 recording would be erased at once.", "Confirm it, if so.")
            check(session.person.role, Action.ERASE)
        ids = {"recording": recording_id, CLASS: wanted, "person": session.person.person_id}
        detail = {"name": session.person.name, "from": found.retention_class, "because": why}
        self._reception.enter(CLASS_CHANGED, ids | {"session": session.session_id}, detail)
        self._store.choose_class(recording_id, wanted, self._clock.wall_ms())
        self._tell_the_keeper()

    def keeping(self, token: str, recording_id: str) -> Keeping:
        """How a recording is kept, for those who see it. Raises NoSuchRecording."""
        session = self._reception.session(token, activity=False)
        if not may(session.person.role, Action.SEE_RECORDINGS):
            check(session.person.role, Action.SEE_RETENTION)
        return self._found(recording_id)

    def classes(self, token: str) -> Sequence[str]:
        """The classes there are, by name."""
        self._reception.session(token, activity=False)
        return sorted(self._store.classes())

    def journal(self, token: str) -> Sequence[JournalledErasure]:
        """What was erased lately and what is going to be. It names nobody."""
        self._session(token, Action.SEE_RETENTION, activity=False)
        return self._store.erasures(_MOST_JOURNALLED)

    def _why_not_erase(self, found: Keeping) -> str:
        if found.to_be_erased:
            return "It is being erased already."
        if found.going_on:
            return "The call is still going on."
        classes = self._store.classes()
        return why_not_erase(
            classes.get(found.retention_class), found.expires_at_ms, found.held_for, self._clock.wall_ms()
        )

    def _found(self, recording_id: str) -> Keeping:
        found = self._store.keeping(recording_id)
        if found is None:
            raise NoSuchRecording("There is no such recording (any more).", "It may have been erased.")
        return found

    def _session(self, token: str, action: Action, *, activity: bool = True) -> Session:
        session = self._reception.session(token, activity=activity)
        check(session.person.role, action)
        return session

    def _enter(self, kind: str, recording_id: str, session: Session, detail: Mapping[str, Any]) -> None:
        ids = {"recording": recording_id, "person": session.person.person_id, "session": session.session_id}
        self._reception.enter(kind, ids, {"name": session.person.name, **detail})
