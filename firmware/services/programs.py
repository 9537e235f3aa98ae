"""Lets programs of the office in: a director makes a token for each, shown once; its scopes say what it may ask."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from firmware.core.errors import NoSuchProgram, NotAllowed, SettingsError, SignInRefused, TooBusy
from firmware.core.program import KNOWN_BY, Program, checked_name, checked_scopes
from firmware.core.rate import Allowance, Rate
from firmware.ports.clock import Clock
from firmware.services.on_record_first import Evidence, given, taken_away
from firmware.services.program_uses import STRANGER, STRANGERS_NAME, ProgramUses

MOST_PROGRAMS = 50
#: A till that pauses at every payment asks a few times a minute.
OF_ONE = Rate(at_once=60, a_second=2.0)
OF_STRANGERS = Rate(at_once=60, a_second=1.0)
#: So long a revoked token is still known, so that the evidence says whose was tried.
_REMEMBERED_MS = 90 * 86_400_000
#: The file need not be written each time.
_USE_KEPT_EACH_MS = 3_600_000
_UNKNOWN = ("This token is not known here.", "Have a director make one, on the page Programs.")


class ProgramStore(Protocol):
    """What is kept of programs. Raises StorageError."""

    def programs(self) -> tuple[Program, ...]:
        """All of them, in the order in which they were made."""
        ...

    def put(self, program: Program) -> None:
        """Add it, or put it in the place of the one of that id. Durable when it returns."""
        ...

    def remove(self, program_id: str) -> bool:
        """Forget it, durably. False: there was none of that id."""
        ...


@dataclass(frozen=True)
class Director:
    """Who makes and ends tokens, as their session vouches for them."""

    person_id: str
    name: str
    session_id: str

    @property
    def ids(self) -> dict[str, str]:
        return {"person": self.person_id, "session": self.session_id}


@dataclass(frozen=True)
class MadeProgram:
    """``token`` is shown once, to whoever made it."""

    program: Program
    token: str = field(repr=False)


class Programs:
    """Any thread. Every method raises StorageError when the store does."""

    def __init__(
        self,
        store: ProgramStore,
        evidence: Evidence,
        uses: ProgramUses,
        clock: Clock,
        rates: tuple[Rate, Rate] = (OF_ONE, OF_STRANGERS),
    ) -> None:
        """``rates``: how often one program may ask, and how often all tokens together that nobody knows."""
        self._store = store
        self._evidence = evidence
        self._uses = uses
        self._clock = clock
        self._rates = rates
        self._changing = threading.Lock()
        self._lock = threading.Lock()
        self._allowances: dict[str, Allowance] = {}
        self._used_at_ms: dict[str, int] = {}

    def make(self, name: str, scopes: Sequence[str], expires_at_ms: int, by: Director) -> MadeProgram:
        """A new program with its token.

        Raises:
            SettingsError: it cannot be called so, may do nothing, or would have expired already.
            ServiceAway: it could not be put on record, and was not made.
        """
        name, may = checked_name(name), checked_scopes(scopes)
        now_ms = self._clock.wall_ms()
        if expires_at_ms and expires_at_ms <= now_ms:
            raise SettingsError("That day is past.", "Choose one to come, or none.")
        with self._changing:
            self._forget_old(now_ms)
            standing = [each for each in self._store.programs() if not each.revoked_at_ms]
            if len(standing) >= MOST_PROGRAMS:
                raise SettingsError("There are too many programs already.", "Revoke those that are no longer used.")
            if any(each.name == name for each in standing):
                raise SettingsError(f"There is a program called {name} already.", "Revoke it first, or name this one.")
            token = KNOWN_BY + secrets.token_urlsafe(32)
            made = Program(secrets.token_hex(16), name, may, digest(token), now_ms, by.name, expires_at_ms)
            told = {"name": by.name, "program": name, "may": list(may), "ends_at_ms": expires_at_ms}
            entry = ("program-made", {"program": made.program_id, **by.ids}, told)
            given(self._evidence, entry, "program-not-made", lambda: self._put(made))
        return MadeProgram(made, token)

    def revoke(self, program_id: str, by: Director) -> Program:
        """End what a token opens, at once and for good.

        Raises:
            NoSuchProgram: there is none of that id, or it is revoked already.
        """
        with self._changing:
            found = next((each for each in self._store.programs() if each.program_id == program_id), None)
            if found is None or found.revoked_at_ms:
                raise NoSuchProgram("There is no such program; it may have been revoked already.")
            revoked = replace(found, revoked_at_ms=self._clock.wall_ms())
            entry = ("program-revoked", {"program": program_id, **by.ids}, {"name": by.name, "program": found.name})
            taken_away(self._evidence, entry, lambda: self._put(revoked))
        return revoked

    def listed(self) -> tuple[Program, ...]:
        """Those that were not revoked, with when they were last used."""
        with self._lock:
            used = dict(self._used_at_ms)
        standing = (each for each in self._store.programs() if not each.revoked_at_ms)
        return tuple(
            replace(each, last_used_at_ms=used.get(each.program_id, each.last_used_at_ms)) for each in standing
        )

    def admit(self, token: str, scope: str, what: str) -> Program:
        """The program whose token this is, if it may do that now; it is on record either way.

        Args:
            scope: what it needs; empty where every program may.
            what: what it does, in words for the evidence.

        Raises:
            SignInRefused: the token is no program's, or no longer.
            NotAllowed: that program may not do it.
            TooBusy: it asks too often.
        """
        known = self._whose(token)
        self._check_rate(known)
        program = self._checked(known, scope)
        self._note_use(program, self._clock.wall_ms())
        self._uses.used(program.program_id, program.name, what)
        return program

    def shown(self, token: str, scope: str, what: str, rows: int) -> None:
        """So many rows go to the program that was admitted for ``what`` a moment ago. Raises as ``admit``."""
        program = self._checked(self._whose(token), scope)
        self._uses.shown(program.program_id, program.name, what, rows)

    def recognise(self, token: str, scope: str) -> Program:
        """The program whose token this is, if it may do that; for one that was admitted and counted a moment ago.

        Raises as ``admit``.
        """
        return self._checked(self._whose(token), scope)

    def _checked(self, program: Program | None, scope: str) -> Program:
        if program is None:
            self._uses.refused(STRANGER, STRANGERS_NAME, "the token is not known")
            raise SignInRefused(*_UNKNOWN)
        why = program.why_not_now(self._clock.wall_ms())
        if why:
            self._uses.refused(program.program_id, program.name, why)
            raise SignInRefused(f"This token is good no more: {why}.", _UNKNOWN[1])
        if scope and not program.may(scope):
            self._uses.refused(program.program_id, program.name, f"it may not: {scope}")
            raise NotAllowed(f"This token does not have the scope {scope}.", "A director gives scopes to a token.")
        return program

    def _whose(self, token: str) -> Program | None:
        """All are compared, each in the same time, so that nothing is learnt from how long it takes."""
        given, found = digest(token), None
        for each in self._store.programs():
            if secrets.compare_digest(each.token_hash, given):
                found = each
        return found

    def _check_rate(self, program: Program | None) -> None:
        key, rate = (program.program_id, self._rates[0]) if program else (STRANGER, self._rates[1])
        now_s = self._clock.monotonic_s()
        with self._lock:
            before = self._allowances.get(key) or Allowance.whole(rate, now_s)
            self._allowances[key], wait_s = before.take(rate, now_s)
        if wait_s:
            name = program.name if program else STRANGERS_NAME
            self._uses.refused(key, name, "it asks too often")
            raise TooBusy("That was asked too often.", "Ask again in a few seconds.")

    def _put(self, program: Program) -> None:
        with self._lock:  # noting a use reads it and writes it back
            self._store.put(program)

    def _note_use(self, program: Program, now_ms: int) -> None:
        with self._lock:
            self._used_at_ms[program.program_id] = now_ms
            if now_ms - program.last_used_at_ms < _USE_KEPT_EACH_MS:
                return
            current = next((each for each in self._store.programs() if each.program_id == program.program_id), None)
            if current is not None:
                self._store.put(replace(current, last_used_at_ms=now_ms))

    def _forget_old(self, now_ms: int) -> None:
        for each in self._store.programs():
            if each.revoked_at_ms and now_ms - each.revoked_at_ms > _REMEMBERED_MS:
                self._store.remove(each.program_id)


def digest(token: str) -> str:
    """With so much chance in it, a token needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
