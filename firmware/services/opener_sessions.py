"""Who is signed in, and their unlocked keys: for a while, then wiped."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.core.sign_in_stage import Stage
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import UnlockedKeys

_MOST_SESSIONS = 100
_MOST_OF_ONE_PERSON = 10
_COMPLETE = frozenset({Stage.COMPLETE})


@dataclass(frozen=True)
class SessionRules:
    """PCI DSS 4.0.1, 8.2.8: at most 15 minutes idle."""

    idle_ms: int = 15 * 60_000
    longest_ms: int = 10 * 3_600_000
    second_factor_ms: int = 5 * 60_000


@dataclass(frozen=True)
class Session:
    """One sign-in. ``session_id`` is opaque and no secret; times are Unix milliseconds. ``voucher`` is the id of the
    voucher that it began with.
    """

    session_id: str
    person: Person
    keys: UnlockedKeys = field(repr=False)
    expires_at_ms: int
    ends_at_ms: int
    idle_since_s: float = 0.0
    began_s: float = 0.0
    stage: Stage = Stage.COMPLETE
    voucher: str = ""
    began_at_ms: int = 0


class OpenerSessions:
    """Sessions by the hash of their token; the token itself is kept nowhere. Thread-safe.

    Durations go by the monotonic clock, so that setting the time neither prolongs nor ends a session.
    """

    def __init__(self, clock: Clock, rules: SessionRules) -> None:
        self._clock = clock
        self._rules = rules
        self._lock = threading.Lock()
        self._sessions: dict[bytes, Session] = {}

    def begin(
        self, person: Person, keys: UnlockedKeys, stage: Stage = Stage.COMPLETE, voucher: str = ""
    ) -> tuple[str, Session]:
        """A new session and its token. Of those that wait for a second factor a person has one: the newest. Of all they
        have some, and the oldest ends for the next: nobody keeps the others out.

        Raises:
            SignInRefused: far too many sessions are open.
        """
        token = secrets.token_urlsafe(32)
        now_s, now_ms = self._clock.monotonic_s(), self._clock.wall_ms()
        session = Session(
            session_id=secrets.token_hex(16),
            person=person,
            keys=keys,
            expires_at_ms=now_ms + min(self._rules.idle_ms, self._rules.longest_ms),
            ends_at_ms=now_ms + self._rules.longest_ms,
            idle_since_s=now_s,
            began_s=now_s,
            stage=stage,
            voucher=voucher,
            began_at_ms=now_ms,
        )
        with self._lock:
            self._drop_expired()
            self._drop(lambda each: each.stage is Stage.SECOND_FACTOR and each.person.person_id == person.person_id)
            self._drop_oldest_of(person.person_id)
            if len(self._sessions) >= _MOST_SESSIONS:
                keys.wipe()
                raise SignInRefused(
                    "Too many people are signed in at once.", "Sign out elsewhere, or wait some minutes."
                )
            self._sessions[_digest(token)] = session
        return token, session

    def use(self, token: str, *, activity: bool = True, stages: Collection[Stage] = _COMPLETE) -> Session:
        """The session of a token; ``activity`` starts its idle time anew.

        Raises:
            SignInRefused: there is none, it has expired, or it has come to none of these stages.
        """
        with self._lock:
            self._drop_expired()
            session = self._sessions.get(_digest(token))
            if session is None:
                raise SignInRefused("This sign-in has ended.", "Sign in again.")
            if session.stage not in stages:
                raise SignInRefused("This sign-in is not complete.", "Do the next step of signing in.")
            if activity:
                expires_at_ms = min(self._clock.wall_ms() + self._rules.idle_ms, session.ends_at_ms)
                session = replace(session, idle_since_s=self._clock.monotonic_s(), expires_at_ms=expires_at_ms)
                self._sessions[_digest(token)] = session
            return session

    def end(self, token: str) -> Session | None:
        """Sign out: forget the session and wipe its keys. None when there was none."""
        with self._lock:
            session = self._sessions.pop(_digest(token), None)
        if session is not None:
            session.keys.wipe()
        return session

    def promote(self, token: str, person: Person, stage: Stage) -> tuple[str, Session]:
        """Bring a session to a later stage, with a new token: who may have seen the old one has nothing.

        Raises:
            SignInRefused: there is no such session any more.
        """
        new_token = secrets.token_urlsafe(32)
        with self._lock:
            self._drop_expired()
            session = self._sessions.pop(_digest(token), None)
            if session is None:
                raise SignInRefused("This sign-in has ended.", "Sign in again.")
            session = replace(session, person=person, stage=stage, idle_since_s=self._clock.monotonic_s())
            self._sessions[_digest(new_token)] = session
        return new_token, session

    def of_person(self, person_id: str) -> list[Session]:
        """Everything that somebody has open, the oldest first."""
        with self._lock:
            self._drop_expired()
            return [each for each in self._sessions.values() if each.person.person_id == person_id]

    def end_those(self, ended: Callable[[Session], bool]) -> list[Session]:
        """End all sessions that the question says yes to, and wipe their keys."""
        with self._lock:
            return self._drop(ended)

    def end_all(self) -> None:
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            session.keys.wipe()

    def drop_expired(self) -> list[Session]:
        """Wipe what has expired, asked for or not; call it every few seconds."""
        with self._lock:
            return self._drop_expired()

    @property
    def count(self) -> int:
        with self._lock:
            return len(self._sessions)

    def _drop_expired(self) -> list[Session]:
        now_s = self._clock.monotonic_s()

        def is_over(session: Session) -> bool:
            idle_ms, open_ms = (now_s - session.idle_since_s) * 1000, (now_s - session.began_s) * 1000
            waits_too_long = session.stage is Stage.SECOND_FACTOR and open_ms >= self._rules.second_factor_ms
            return waits_too_long or idle_ms >= self._rules.idle_ms or open_ms >= self._rules.longest_ms

        return self._drop(is_over)

    def _drop_oldest_of(self, person_id: str) -> None:
        theirs = [each.session_id for each in self._sessions.values() if each.person.person_id == person_id]
        too_many = theirs[: max(0, len(theirs) - _MOST_OF_ONE_PERSON + 1)]
        self._drop(lambda each: each.session_id in too_many)

    def _drop(self, ended: Callable[[Session], bool]) -> list[Session]:
        found = {digest: session for digest, session in self._sessions.items() if ended(session)}
        for digest, session in found.items():
            del self._sessions[digest]
            session.keys.wipe()
        return list(found.values())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
