"""Who is signed in, and their unlocked keys: for a while, then wiped."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass, field, replace

from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import UnlockedKeys

_MOST_SESSIONS = 100


@dataclass(frozen=True)
class SessionRules:
    """PCI DSS 4.0.1, 8.2.8: at most 15 minutes idle."""

    idle_ms: int = 15 * 60_000
    longest_ms: int = 10 * 3_600_000


@dataclass(frozen=True)
class Session:
    """One sign-in. ``session_id`` is opaque and no secret; times are Unix milliseconds."""

    session_id: str
    person: Person
    keys: UnlockedKeys = field(repr=False)
    expires_at_ms: int
    ends_at_ms: int
    idle_since_s: float = 0.0
    began_s: float = 0.0


class OpenerSessions:
    """Sessions by the hash of their token; the token itself is kept nowhere. Thread-safe.

    Durations go by the monotonic clock, so that setting the time neither prolongs nor ends a session.
    """

    def __init__(self, clock: Clock, rules: SessionRules) -> None:
        self._clock = clock
        self._rules = rules
        self._lock = threading.Lock()
        self._sessions: dict[bytes, Session] = {}

    def begin(self, person: Person, keys: UnlockedKeys) -> tuple[str, Session]:
        """A new session and its token.

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
        )
        with self._lock:
            self._drop_expired()
            if len(self._sessions) >= _MOST_SESSIONS:
                keys.wipe()
                raise SignInRefused(
                    "Too many people are signed in at once.", "Sign out elsewhere, or wait some minutes."
                )
            self._sessions[_digest(token)] = session
        return token, session

    def use(self, token: str, *, activity: bool = True) -> Session:
        """The session of a token; ``activity`` starts its idle time anew.

        Raises:
            SignInRefused: there is none, or it has expired.
        """
        with self._lock:
            self._drop_expired()
            session = self._sessions.get(_digest(token))
            if session is None:
                raise SignInRefused("This sign-in has ended.", "Sign in again.")
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
        expired = {
            digest: session
            for digest, session in self._sessions.items()
            if (now_s - session.idle_since_s) * 1000 >= self._rules.idle_ms
            or (now_s - session.began_s) * 1000 >= self._rules.longest_ms
        }
        for digest, session in expired.items():
            del self._sessions[digest]
            session.keys.wipe()
        return list(expired.values())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
