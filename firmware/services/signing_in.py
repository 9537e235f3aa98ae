"""Signing in, step by step: the pass phrase, the second factor, and the count of those who got them wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from firmware.core.access_policy import Role
from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.core.sign_in_stage import Stage, stage_after_pass_phrase, stage_when_proven
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import KeyUnlocker
from firmware.ports.settings_store import PeopleStore
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.second_factors import Proof, SecondFactors
from firmware.services.sign_in_guard import SignInGuard
from firmware.services.vouchers import VouchedFor, Voucher, Vouchers

_Proven = TypeVar("_Proven")
_WRONG_IN_SESSION = 5
_MOST_COUNTED = 200


@dataclass(frozen=True)
class SignedIn:
    """A token and what it stands for; ``session.stage`` says what is still to come."""

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True)
class _Refusal:
    """Why a sign-in was refused. Tries that came too soon cost whoever makes them nothing: of these only the 1st, 2nd,
    4th, 8th … are told in the evidence, with their number, or anybody could fill the disk with entries. ``strangers``:
    tries in this hour with names that nobody has, of which not all are told either.
    """

    error: SignInRefused
    turned_away: int
    is_told: bool
    strangers: int = 0


class SigningIn:
    """Methods may be called from several threads at once.

    Args:
        second_factor_required: whether a role must have one.
    """

    def __init__(
        self,
        people: PeopleStore,
        unlocker: KeyUnlocker,
        factors: SecondFactors,
        vouchers: Vouchers,
        evidence: PatientEvidence,
        clock: Clock,
        sessions: OpenerSessions,
        guard: SignInGuard,
        second_factor_required: Callable[[Role], bool],
    ) -> None:
        self._people = people
        self._unlocker = unlocker
        self._factors = factors
        self._vouchers = vouchers
        self._evidence = evidence
        self._clock = clock
        self._sessions = sessions
        self._guard = guard
        self.second_factor_required = second_factor_required
        self._one_at_a_time = threading.Lock()
        self._wrong_in_session: dict[str, int] = {}

    def sign_in(self, name: str, pass_phrase: str, voucher: str = "") -> SignedIn:
        """Unlock a person's keys. The session's stage says whether that was all.

        A sign-in does not wait for its evidence entry: somebody must be able to look when the recorder is down. The
        entry is made before anything is opened.

        Args:
            voucher: the code that a listener gave, if one did; then no lock holds.

        Raises:
            SignInRefused: wrong name or pass phrase (one text for both), or it must wait or is locked.
        """
        name = name.strip().lower()
        person = self._people.find(name)
        vouched = self._vouchers.recognise(person.person_id, voucher) if person and voucher else None
        keys = self._counted(name, person, vouched, lambda: self._unlocker.unlock(person, pass_phrase))
        if person is None:
            raise TypeError("nobody was unlocked")
        stage = stage_after_pass_phrase(
            person,
            second_factor_required=self.second_factor_required(person.role),
            vouched=vouched is not None and vouched.against is VouchedFor.SECOND_FACTOR,
        )
        token, session = self._sessions.begin(person, keys, stage, vouched.voucher_id if vouched else "")
        self._still_so(token, person)
        if stage is not Stage.SECOND_FACTOR:
            self._welcome(session)
        return SignedIn(token, session)

    def second_factor(self, token: str, proof: Proof) -> SignedIn:
        """The second step.

        Raises:
            SignInRefused: it proves nothing, or it must wait or is locked; or the sign-in has ended.
        """
        session = self._sessions.use(token, stages=(Stage.SECOND_FACTOR,))
        vouched = self._vouchers.holds(session.voucher) if session.voucher else None

        def prove() -> Person:
            person = self._people.by_id(session.person.person_id)
            if person is None:
                raise SignInRefused("This sign-in has ended.", "Sign in again.")
            factor = self._factors.prove(person, session, proof).second_factor
            # Kept before anything else: a code is good once.
            return self._people.change(person.person_id, lambda each: replace(each, second_factor=factor))

        person = self._counted(session.person.name, session.person, vouched, prove)
        token, session = self._sessions.promote(token, person, stage_when_proven(person))
        self._welcome(session, how=proof.method)
        return SignedIn(token, session)

    def _still_so(self, token: str, person: Person) -> None:
        """Unlocking takes a while, in which somebody may have left or got another role. What ends their sign-ins looks
        after that, so either it finds this one or this finds what it has changed.
        """
        now = self._people.by_id(person.person_id)
        if now is None or _what_counts(now) != _what_counts(person):
            self._sessions.end(token)
            raise SignInRefused("This sign-in was changed at this moment.", "Sign in again.")

    def has_set_second_factor(self, token: str, session: Session) -> SignedIn | None:
        """Go on from the stage that asked for one; None for a session that was complete."""
        person = self._people.by_id(session.person.person_id)
        if session.stage is not Stage.SET_SECOND_FACTOR or person is None:
            return None
        return SignedIn(*self._sessions.promote(token, person, stage_when_proven(person)))

    def check_pass_phrase(self, session: Session, pass_phrase: str) -> None:
        """Somebody who is signed in gives their pass phrase again. This has a count of its own, so that who guesses at
        their name from elsewhere cannot keep them from it; too many wrong ones end the session.

        Raises:
            SignInRefused: it is wrong.
        """
        person = self._people.by_id(session.person.person_id)
        with self._one_at_a_time:
            try:
                self._unlocker.unlock(person, pass_phrase).wipe()
            except SignInRefused as wrong:
                self._count_in_session(session)
                detail = {"name": session.person.name, "why": wrong.what}
                self._note("sign-in-refused", session.person, detail, {"session": session.session_id})
                raise
            self._wrong_in_session.pop(session.session_id, None)

    def _count_in_session(self, session: Session) -> None:
        times = self._wrong_in_session.pop(session.session_id, 0) + 1
        if times < _WRONG_IN_SESSION:
            self._wrong_in_session[session.session_id] = times
        else:
            self._sessions.end_those(lambda each: each.session_id == session.session_id)
        if len(self._wrong_in_session) > _MOST_COUNTED:  # of sessions that ended long ago
            del self._wrong_in_session[next(iter(self._wrong_in_session))]

    def locked_until_ms(self, person: Person) -> int:
        """0 when there is no lock."""
        return self._guard.locked_until_ms(person, self._clock.wall_ms())

    def _counted(
        self, name: str, person: Person | None, vouched: Voucher | None, prove: Callable[[], _Proven]
    ) -> _Proven:
        """What ``prove`` gives, if it may be tried now; SignInRefused from it counts as a failure of that name."""
        outcome = self._try(name, person, vouched, prove)
        if isinstance(outcome, _Refusal):
            if outcome.is_told:
                # What a stranger typed is not kept: it may be a pass phrase in the wrong field.
                detail = {"name": person.name if person else "", "why": outcome.error.what}
                strangers = {"strangers": outcome.strangers} if person is None else {}
                self._note("sign-in-refused", person, {**detail, "turned_away": outcome.turned_away, **strangers})
            raise outcome.error
        return outcome

    def _try(
        self, name: str, person: Person | None, vouched: Voucher | None, prove: Callable[[], _Proven]
    ) -> _Proven | _Refusal:
        """One at a time, from the look at the count to the counting: tries made together must not slip by it."""
        with self._one_at_a_time:
            try:
                if vouched is None:
                    self._guard.check(name, person, self._clock.wall_ms())
            except SignInRefused as too_soon:
                times = self._guard.turn_away(name, person)
                return self._refusal(too_soon, times, person, is_told=times.bit_count() == 1)
            try:
                return prove()
            except SignInRefused as wrong:
                if vouched is not None:  # it has tries of its own, and whoever guesses does not have it
                    return _Refusal(wrong, 0, is_told=True)
                turned_away = self._guard.failed(name, person, self._clock.wall_ms())
                return self._refusal(wrong, turned_away, person, is_told=True)

    def _refusal(self, error: SignInRefused, turned_away: int, person: Person | None, *, is_told: bool) -> _Refusal:
        if person is None:
            is_told = self._guard.is_told_of_stranger(self._clock.wall_ms()) and is_told
        return _Refusal(error, turned_away, is_told, self._guard.strangers)

    def _welcome(self, session: Session, how: str = "") -> None:
        """Everything was proven: the count of failures in a row ends, unless a voucher went round it."""
        person = session.person
        if session.voucher:
            self._vouchers.spend(person.person_id)
        else:
            with self._one_at_a_time:
                self._guard.succeeded(person)
        detail = {"name": person.name, **({"second_factor": how} if how else {})}
        self._note("signed-in", person, detail, {"session": session.session_id})

    def _note(
        self, kind: str, person: Person | None, detail: Mapping[str, Any], ids: Mapping[str, str] | None = None
    ) -> None:
        self._evidence.enter_soon(kind, {"person": person.person_id if person else "unknown", **(ids or {})}, detail)


def _what_counts(person: Person) -> tuple[object, ...]:
    """What a sign-in was made of."""
    return person.role, person.user_key, person.office_keys, person.confirmed
