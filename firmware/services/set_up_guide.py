"""What people say while they set the box up, and a test alert: in the evidence before it counts."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from firmware.core.access_policy import Action, check, may
from firmware.core.set_up_book import MAY_SAY, Said, SetUpBook, Word, read_about, read_note
from firmware.ports.clock import Clock
from firmware.ports.set_up_book import SetUpBookStore
from firmware.services.access_requests import Reception

SAID = "set-up-said"
PUT_ASIDE = "set-up-put-aside"
TAKEN_UP = "set-up-taken-up"
ALERTS_TRIED = "alerts-tried"


class AlertTrial(Protocol):
    """The keeper, which sends alerts. Raises ServiceAway."""

    def try_alerts(self, by: str) -> Sequence[tuple[str, str]]:
        """By name of each destination, why it did not take the message; empty where it did."""
        ...


class SetUpGuide:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does."""

    def __init__(self, reception: Reception, store: SetUpBookStore, alerts: AlertTrial, clock: Clock) -> None:
        self._reception = reception
        self._store = store
        self._alerts = alerts
        self._clock = clock
        self._changing = threading.Lock()

    def book(self, token: str) -> SetUpBook:
        """For whoever could say something in it."""
        role = self._reception.session(token, activity=False).person.role
        if not any(may(role, action) for action in MAY_SAY.values()):
            check(role, Action.CONFIRM_DUTIES)
        return self._store.read()

    def say(self, token: str, what: Said, note: str, about: str) -> Word:
        """Raises SettingsError: the note says nothing."""
        session = self._reception.session(token)
        check(session.person.role, MAY_SAY[what])
        word = Word(self._clock.wall_ms(), session.person.name, read_note(note), read_about(about))
        subject = {"person": session.person.person_id, "what": what.value}
        self._reception.enter(SAID, subject, {"name": word.by, "because": word.note})
        with self._changing:
            self._store.keep(self._store.read().with_word(what, word))
        return word

    def put_aside(self, token: str, *, aside: bool) -> None:
        """Lead nobody to what is left, or do so again."""
        session = self._reception.session(token)
        check(session.person.role, Action.CONFIRM_DUTIES)
        person: Mapping[str, str] = {"person": session.person.person_id}
        self._reception.enter(PUT_ASIDE if aside else TAKEN_UP, person, {"name": session.person.name})
        with self._changing:
            book = self._store.read()
            begun = book.begun_at_ms if aside or book.begun_at_ms else self._clock.wall_ms()
            self._store.keep(replace(book, begun_at_ms=begun, aside=aside))

    def try_alerts(self, token: str) -> Sequence[tuple[str, str]]:
        """Send every destination a message now."""
        session = self._reception.session(token)
        check(session.person.role, Action.SET_ALERTS)
        self._reception.enter(ALERTS_TRIED, {"person": session.person.person_id}, {"name": session.person.name})
        return self._alerts.try_alerts(session.person.name)
