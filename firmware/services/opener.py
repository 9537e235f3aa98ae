"""Holds listeners' unlocked keys and hands out one recording's key at a time, after its evidence entry is durable."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firmware.core.access_policy import OPENING, Action, may
from firmware.core.errors import EarmarkError, NotAllowed, SignInRefused
from firmware.core.people import Person
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk, KeyslotShelf, KeyUnlocker, UnlockedKeys
from firmware.ports.settings_store import PeopleStore
from firmware.services.granted_keys import GrantedKeys, WayIn
from firmware.services.named_cases import NamedCase, NamedCases
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.sign_in_guard import SignInGuard

_LOG = logging.getLogger(__name__)
_MOST_WAITING_ENTRIES = 1000
_ID = re.compile(r"[0-9a-f-]{32,36}")


@dataclass(frozen=True)
class SegmentKey:
    segment: int
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class SignedIn:
    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True)
class _Refusal:
    """Why a sign-in was refused. Tries that came too soon cost whoever makes them nothing: of these only the 1st, 2nd,
    4th, 8th … are told in the evidence, with their number, or anybody could fill the disk with entries.
    """

    error: SignInRefused
    turned_away: int
    is_told: bool


class Opener:
    """Signs people in and opens recordings for them. Methods may be called from several threads at once."""

    def __init__(
        self,
        people: PeopleStore,
        unlocker: KeyUnlocker,
        shelf: KeyslotShelf,
        evidence: EvidenceDesk,
        clock: Clock,
        sessions: OpenerSessions,
        guard: SignInGuard,
        granted: GrantedKeys,
        cases: NamedCases,
    ) -> None:
        self._people = people
        self._unlocker = unlocker
        self._shelf = shelf
        self._evidence = _PatientDesk(evidence)
        self._clock = clock
        self._sessions = sessions
        self._guard = guard
        self._granted = granted
        self._cases = cases
        self._one_at_a_time = threading.Lock()

    def sign_in(self, name: str, pass_phrase: str) -> SignedIn:
        """Unlock a person's keys.

        A sign-in does not wait for its evidence entry: somebody must be able to look when the recorder is down. The
        entry is made before anything is opened.

        Raises:
            SignInRefused: wrong name or pass phrase (one text for both), or it must wait or is locked.
        """
        name = name.strip().lower()
        person = self._people.find(name)
        keys = self._unlock(name, person, pass_phrase)
        if isinstance(keys, _Refusal):
            if keys.is_told:
                # What a stranger typed is not kept: it may be a pass phrase in the wrong field.
                detail = {"name": person.name if person else "", "why": keys.error.what}
                self._note("sign-in-refused", person, {**detail, "turned_away": keys.turned_away})
            raise keys.error
        if person is None:
            raise TypeError("nobody was unlocked")
        token, session = self._sessions.begin(person, keys)
        self._note("signed-in", person, {"name": person.name}, session)
        return SignedIn(token, session)

    def _unlock(self, name: str, person: Person | None, pass_phrase: str) -> UnlockedKeys | _Refusal:
        """One at a time, from the look at the count to the counting: tries made together must not slip by it."""
        with self._one_at_a_time:
            try:
                self._guard.check(name, person, self._clock.wall_ms())
            except SignInRefused as too_soon:
                times = self._guard.turn_away(name, person)
                return _Refusal(too_soon, times, is_told=times.bit_count() == 1)
            try:
                keys = self._unlocker.unlock(person, pass_phrase)
            except SignInRefused as wrong:
                turned_away = self._guard.failed(name, person, self._clock.wall_ms())
                return _Refusal(wrong, turned_away, is_told=True)
            if person is not None:
                self._guard.succeeded(person)
            return keys

    def sign_out(self, token: str) -> None:
        """End a session, if there is one, and wipe its keys."""
        session = self._sessions.end(token)
        if session is not None:
            self._note("signed-out", session.person, {"name": session.person.name}, session)

    def session(self, token: str, *, activity: bool = True) -> Session:
        """Raises SignInRefused when the session has ended."""
        return self._sessions.use(token, activity=activity)

    def open(self, token: str, recording_id: str, purpose: str, use: Action, case: str = "") -> list[SegmentKey]:
        """The keys of one recording's segments, once the opening stands in the evidence log.

        Args:
            purpose: what it is for; empty for what was said of the named case that is being worked on.
            case: the name of a case, for whose calls the purpose shall hold for half an hour.

        Raises:
            SignInRefused: not signed in (any more).
            NotAllowed: neither the role nor a grant opens it, or no purpose was given.
            SettingsError: a case cannot be called so.
            NoSuchRecording, KeyErased, DamagedRecording: as they say.
            ServiceAway, StorageError: the evidence entry could not be made; nothing was opened.
        """
        session = self._sessions.use(token)
        person = session.person
        subject = {"recording": _opaque(recording_id), "session": session.session_id}
        try:
            way = self._way_in(session, recording_id, use)
            reason = self._reason(session, purpose.strip(), case)
        except EarmarkError as error:
            self._note(f"{use.value}-refused", person, {"name": person.name, "why": error.what}, session, subject)
            raise
        self._evidence.enter(
            _KINDS[use], {"person": person.person_id, **subject, **way.ids}, {"name": person.name, **reason}
        )
        return [SegmentKey(slot.segment, way.key_of(slot)) for slot in way.files]

    def case(self, session: Session) -> tuple[NamedCase, int] | None:
        """The case that is being worked on in a session, and for how many milliseconds its purpose still holds."""
        case = self._cases.running(session.session_id)
        return (case, self._cases.left_ms(case)) if case else None

    def end_case(self, token: str) -> None:
        self._cases.end(self._sessions.use(token).session_id)

    def drop_expired(self) -> None:
        """Wipe the keys of those who have been idle too long; call it every few seconds."""
        for session in self._sessions.drop_expired():
            self._note("sign-in-expired", session.person, {"name": session.person.name}, session)
        self._evidence.deliver_waiting()

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        """Make an evidence entry as sign-ins do: in order, and later if the recorder is away."""
        self._evidence.enter_soon(kind, subject, detail)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Make an evidence entry that is durable on return. Raises ServiceAway or StorageError."""
        return self._evidence.enter(kind, subject, detail)

    def end_all(self) -> None:
        """Wipe every key: the process is ending."""
        self._sessions.end_all()

    @property
    def granted(self) -> GrantedKeys:
        return self._granted

    @property
    def signed_in(self) -> int:
        return self._sessions.count

    def _way_in(self, session: Session, recording_id: str, use: Action) -> WayIn:
        """By the office key for whose role may open any call, by a grant for whose role hears calls opened to them."""
        role = session.person.role
        if use in OPENING and may(role, use):
            if not session.keys.may_open:
                raise NotAllowed(
                    "The office key is not sealed to this person.", "A listener must add this person anew."
                )
            return WayIn(self._shelf.keyslots(recording_id), lambda slot: session.keys.open_keyslot(slot.content))
        if use is Action.LISTEN and may(role, Action.LISTEN_GRANTED):
            return self._granted.way_in(session, recording_id)
        raise NotAllowed(f"The role {role.shown} may not {use.value}.", "Ask a listener.")

    def _reason(self, session: Session, purpose: str, case_name: str) -> dict[str, str]:
        """What the evidence keeps of why a call is opened."""
        if purpose:
            if not case_name:
                return {"purpose": purpose}
            case = self._cases.begin(session.session_id, case_name, purpose)
        else:
            running = self._cases.running(session.session_id)
            if running is None:
                raise NotAllowed(
                    "A purpose must be given before a call is opened.", "Say in a few words what it is for."
                )
            case = running
        return {"purpose": case.purpose, "case": case.name}

    def _note(
        self,
        kind: str,
        person: Person | None,
        detail: Mapping[str, Any],
        session: Session | None = None,
        subject: Mapping[str, str] | None = None,
    ) -> None:
        ids = {"person": person.person_id if person else "unknown", **(subject or {})}
        if session is not None:
            ids["session"] = session.session_id
        self._evidence.enter_soon(kind, ids, detail)


_KINDS = {Action.LISTEN: "listened", Action.DOWNLOAD: "downloaded", Action.EXPORT: "exported"}


def _opaque(recording_id: str) -> str:
    """An id as it may stand in an evidence line; whatever else somebody asked for is only told as unknown."""
    return recording_id if _ID.fullmatch(recording_id) else "unknown"


class _PatientDesk:
    """Keeps entries in order while the recorder is away, and lets nothing be opened before they are written."""

    def __init__(self, desk: EvidenceDesk) -> None:
        self._desk = desk
        self._delivering = threading.Lock()
        self._waiting: deque[tuple[str, Mapping[str, str], Mapping[str, Any]]] = deque()
        self._lost = 0
        self._away = False

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Write what waits, then this. Raises as ``EvidenceDesk.enter``."""
        with self._delivering:
            self._deliver()
            return self._desk.enter(kind, subject, detail)

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        if len(self._waiting) >= _MOST_WAITING_ENTRIES:
            # The newest repeats are dropped and counted: what came first tells most about an attack.
            self._lost += 1
        else:
            self._waiting.append((kind, subject, detail))
        self.deliver_waiting()

    def deliver_waiting(self) -> None:
        """Try to write what waits. A recorder that is away is logged, not raised; nobody waits for another's try."""
        if not self._waiting or not self._delivering.acquire(blocking=False):
            return
        try:
            self._deliver()
        except EarmarkError as error:
            if not self._away:
                _LOG.warning("evidence entries wait: %s", error.what)
            self._away = True
        else:
            self._away = False
        finally:
            self._delivering.release()

    def _deliver(self) -> None:
        while self._waiting:
            self._desk.enter(*self._waiting[0])
            self._waiting.popleft()
        if self._lost:
            lost = self._lost
            self._desk.enter("entries-lost", {"person": "unknown"}, {"count": lost})
            self._lost -= lost
