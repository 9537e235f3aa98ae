"""What people say of the office's duties: a director's word, a page of the training that was read, a breach and its
clock. Everything stands in the evidence before it counts.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Protocol

from firmware.core.access_policy import Action, check, may
from firmware.core.compliance.breach import Answer, Breach, Told
from firmware.core.compliance.duty import Confirmation, Duty, note_of, read_word
from firmware.core.compliance.training import Lesson
from firmware.core.errors import ActionRefused, SettingsError
from firmware.ports.clock import Clock
from firmware.ports.duties import DutyStore
from firmware.services.opener_sessions import Session

DUTY_CONFIRMED = "duty-confirmed"
TRAINING_READ = "training-read"
BREACH_RECORDED = "breach-recorded"
BREACH_CHANGED = "breach-changed"
BREACH_CLOSED = "breach-closed"
PACK_MADE = "evidence-pack-made"


class DutyReception(Protocol):
    """What is needed of the opener."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...


@dataclass(frozen=True)
class NewBreach:
    """A breach as it was typed. ``aware_at_ms``: Unix time."""

    aware_at_ms: int
    what: str
    whose: str
    effects: str


@dataclass(frozen=True)
class SaidSoFar:
    """``in_full``: whether the reader may see what breaches were about."""

    confirmations: Sequence[Confirmation]
    lessons: Mapping[str, Mapping[Lesson, date]]
    breaches: Sequence[Breach]
    in_full: bool


class Duties:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does."""

    def __init__(self, reception: DutyReception, store: DutyStore, clock: Clock, zone: tzinfo) -> None:
        self._reception = reception
        self._store = store
        self._clock = clock
        self._zone = zone
        self._one_at_a_time = threading.Lock()

    def said(self, token: str) -> SaidSoFar:
        role = self._session(token, Action.SEE_COMPLIANCE, activity=False).person.role
        in_full = may(role, Action.RECORD_BREACHES)
        return SaidSoFar(
            self._store.confirmations(), self._store.lessons_read(), self._store.breaches(), in_full=in_full
        )

    def confirm(self, token: str, duty: Duty, on: date, until: date | None, note: str) -> Confirmation:
        """Raises SettingsError: a day makes no sense, or the note says nothing."""
        session = self._session(token, Action.CONFIRM_DUTIES)
        last, words = read_word(duty, on, until, note, self.today())
        person = session.person
        detail = {"on": on.isoformat(), "until": last.isoformat(), "because": words}
        self._enter(DUTY_CONFIRMED, session, {"duty": duty.value}, detail)
        said = Confirmation(duty, on, last, words, person.person_id, person.name, self._clock.wall_ms())
        self._store.confirm(said)
        return said

    def own_lessons(self, token: str) -> Mapping[Lesson, date]:
        """What the person themselves read, and when."""
        session = self._reception.session(token, activity=False)
        return self._store.lessons_read().get(session.person.person_id, {})

    def read(self, token: str, lesson: Lesson) -> date:
        """They read a page of the training, today. Anybody signed in may say so of themselves."""
        session = self._reception.session(token)
        today = self.today()
        self._enter(TRAINING_READ, session, {"lesson": lesson.value}, {"on": today.isoformat()})
        person = session.person
        self._store.read(lesson, today, person.person_id, person.name, self._clock.wall_ms())
        return today

    def record_breach(self, token: str, new: NewBreach) -> Breach:
        """Raises SettingsError: something is missing or makes no sense."""
        session = self._session(token, Action.RECORD_BREACHES)
        now_ms = self._clock.wall_ms()
        if not 0 < new.aware_at_ms <= now_ms:
            raise SettingsError("Say when the office knew of it: a moment that has been.")
        what, whose, effects = (note_of(each) for each in (new.what, new.whose, new.effects))
        breach = Breach(
            secrets.token_hex(16), new.aware_at_ms, what, whose, effects, session.person.name, entered_at_ms=now_ms
        )
        detail = {"since_ms": new.aware_at_ms, "what": what, "whose": whose, "effects": effects}
        return self._keep(BREACH_RECORDED, session, breach, detail)

    def answer_breach(self, token: str, breach_id: str, whom: Told, answered: Answer, seen: str) -> Breach:
        """The commissioner or the people were told, or why they need not be; ``by`` is put in here.

        Args:
            seen: the version of the breach that the person saw.

        Raises:
            SettingsError, ActionRefused: it makes no sense, or there is no such breach, or it is closed, or somebody
                changed it since.
        """
        session = self._session(token, Action.RECORD_BREACHES)
        if answered.at_ms > self._clock.wall_ms():
            raise SettingsError("Nobody can have been told later than now.")
        answer = Answer(answered.needed, answered.at_ms, note_of(answered.because), session.person.name)
        what = f"{whom} {'told' if answer.needed else 'need not be told'}"
        detail = {"what": what, "at_ms": answer.at_ms if answer.needed else None, "because": answer.because}
        with self._one_at_a_time:
            breach = self._found(breach_id, seen).answered(whom, answer)
            return self._keep(BREACH_CHANGED, session, breach, detail)

    def close_breach(self, token: str, breach_id: str, measures: str, seen: str) -> Breach:
        """As ``answer_breach``."""
        session = self._session(token, Action.RECORD_BREACHES)
        with self._one_at_a_time:
            breach = self._found(breach_id, seen).closed(self._clock.wall_ms(), measures)
            return self._keep(BREACH_CLOSED, session, breach, {"measures": breach.measures})

    def pack_made(self, token: str, contents: Sequence[str]) -> None:
        """Enter that somebody takes an evidence pack for an auditor, and what is in it."""
        session = self._session(token, Action.SEE_COMPLIANCE)
        check(session.person.role, Action.READ_EVIDENCE)
        self._enter(PACK_MADE, session, {}, {"contents": list(contents)})

    def today(self) -> date:
        return datetime.fromtimestamp(self._clock.wall_ms() / 1000, self._zone).date()

    def _session(self, token: str, action: Action, *, activity: bool = True) -> Session:
        session = self._reception.session(token, activity=activity)
        check(session.person.role, action)
        return session

    def _found(self, breach_id: str, seen: str) -> Breach:
        found = self._store.breach(breach_id)
        if found is None:
            raise ActionRefused("There is no such breach.", "Look at the list again.")
        found.must_be(seen)
        return found

    def _keep(self, kind: str, session: Session, breach: Breach, detail: Mapping[str, Any]) -> Breach:
        self._enter(kind, session, {"breach": breach.breach_id}, detail)
        self._store.save(breach)
        return breach

    def _enter(self, kind: str, session: Session, about: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        ids = {**about, "person": session.person.person_id, "session": session.session_id}
        self._reception.enter(kind, ids, {"name": session.person.name, **detail})
