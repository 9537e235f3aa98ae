"""Notes beside calls, by people who may write them. A word that begins with # is a tag: it is found like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.data_case import text
from firmware.ports.clock import Clock
from firmware.services.opener_sessions import Session

LONGEST_NOTE = 2000


class NoteOffice(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...


class NoteStore(Protocol):
    def add(self, recording_id: str, at_ms: int, person_id: str, person_name: str, note: str) -> None:
        """Raises NoSuchRecording or StorageError."""
        ...


class CallNotes:
    """Any thread. A note stands as it was written: another one may follow it, none is changed."""

    def __init__(self, office: NoteOffice, store: NoteStore, clock: Clock) -> None:
        self._office = office
        self._store = store
        self._clock = clock

    def write(self, token: str, recording_id: str, note: str) -> None:
        """
        Raises:
            SignInRefused, NotAllowed: who asks may not.
            SettingsError: the note is empty or too long.
            NoSuchRecording, ServiceAway, StorageError: it was not written.
        """
        session = self._office.session(token)
        check(session.person.role, Action.WRITE_NOTES)
        said, by = text(note, "The note is empty.", LONGEST_NOTE), session.person
        self._store.add(recording_id, self._clock.wall_ms(), by.person_id, by.name, said)
        ids = {"recording": recording_id, "person": by.person_id, "session": session.session_id}
        self._office.enter("note-written", ids, {"name": by.name})
