"""What people do with their own sign-in: pass phrase, second factors, sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from firmware.core.errors import ActionRefused, NoSuchPerson, SignInRefused
from firmware.core.people import Person
from firmware.core.second_factor import NO_SECOND_FACTOR
from firmware.core.sign_in_stage import KNOWN, Stage
from firmware.ports.listening_keys import KeyMaker
from firmware.ports.second_factor import PassPhraseRules
from firmware.ports.settings_store import PeopleStore
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.second_factors import NewSecret, SecondFactors
from firmware.services.signing_in import SignedIn, SigningIn


@dataclass(frozen=True)
class FactorSet:
    """A second factor was set up. ``onwards`` is the next step of a sign-in that asked for it."""

    what: str
    recovery_codes: list[str] = field(repr=False)
    onwards: SignedIn | None = None


class Account:
    """Any thread. Every method takes the token of a sign-in, and raises SignInRefused when it has ended."""

    def __init__(
        self,
        people: PeopleStore,
        sessions: OpenerSessions,
        signing_in: SigningIn,
        factors: SecondFactors,
        keys: KeyMaker,
        rules: PassPhraseRules,
        evidence: PatientEvidence,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._signing_in = signing_in
        self._factors = factors
        self._keys = keys
        self._rules = rules
        self._evidence = evidence

    def known(self, token: str) -> tuple[Session, Person]:
        """Whose sign-in it is, as they are kept now, at any stage in which they have proven who they are."""
        session = self._sessions.use(token, stages=KNOWN)
        return session, self._kept(session)

    def sessions(self, person: Person) -> list[Session]:
        return self._sessions.of_person(person.person_id)

    def change_pass_phrase(self, token: str, pass_phrase: str, new: str) -> None:
        """Put the person's own key under another pass phrase; whoever is signed in elsewhere as them is signed out.

        Raises:
            SignInRefused: the pass phrase is wrong.
            SettingsError: the new one is too weak.
        """
        session = self._sessions.use(token)
        person = self._kept(session)
        self._rules.check(new, person.name)
        self._signing_in.check_pass_phrase(session, pass_phrase)
        wrapped = self._keys.rewrap(session.keys, person.person_id, new)
        self._people.change(person.person_id, lambda each: replace(each, user_key=wrapped))
        self._end_others(session)
        self._note("password-changed", session, {})

    # -- second factors

    def begin_codes(self, token: str, pass_phrase: str) -> NewSecret:
        session, person = self._may_set(token, pass_phrase)
        return self._factors.begin_codes(person, session)

    def finish_codes(self, token: str, code: str) -> FactorSet:
        session, person = self._setting(token)
        person, recovery_codes = self._factors.finish_codes(person, session, code)
        return self._set(token, session, person, "one-time codes", recovery_codes)

    def begin_passkey(self, token: str, pass_phrase: str, host: str) -> Mapping[str, Any]:
        session, person = self._may_set(token, pass_phrase)
        return self._factors.begin_passkey(person, session, host)

    def finish_passkey(
        self, token: str, name: str, origin: str, credential: Mapping[str, Any]
    ) -> tuple[str, FactorSet]:
        """The passkey's id, and what follows."""
        session, person = self._setting(token)
        person, passkey, recovery_codes = self._factors.finish_passkey(person, session, name, origin, credential)
        return passkey.passkey_id, self._set(token, session, person, f"passkey {passkey.name}", recovery_codes)

    def remove_codes(self, token: str, pass_phrase: str) -> None:
        session, person = self._proven_again(token, pass_phrase)
        changed = replace(person, second_factor=replace(person.second_factor, totp_secret=b"", totp_step=0))
        self._remove(session, changed, "one-time codes")

    def remove_passkey(self, token: str, pass_phrase: str, passkey_id: str) -> None:
        session, person = self._proven_again(token, pass_phrase)
        gone = [each for each in person.second_factor.passkeys if each.passkey_id == passkey_id]
        if not gone:
            raise ActionRefused("There is no such passkey; it may have been removed already.")
        changed = replace(person, second_factor=person.second_factor.without_passkey(passkey_id))
        self._remove(session, changed, f"passkey {gone[0].name}")

    def new_recovery_codes(self, token: str, pass_phrase: str) -> list[str]:
        session, person = self._proven_again(token, pass_phrase)
        if not person.second_factor.is_set:
            raise ActionRefused("Recovery codes stand in for a second factor.", "Set one up first.")
        person, codes = self._factors.new_recovery_codes(person)
        self._keep_factor(person)
        self._note("second-factor-set", session, {"what": "recovery codes"})
        return codes

    # -- sessions

    def sign_out_everywhere(self, token: str) -> int:
        """End every session of the person, this one too; how many there were."""
        session = self._sessions.use(token, stages=KNOWN)
        ended = self._sessions.end_those(lambda each: each.person.person_id == session.person.person_id)
        self._note("signed-out-everywhere", session, {"sessions": len(ended)})
        return len(ended)

    def end_session(self, token: str, session_id: str) -> None:
        session = self._sessions.use(token)
        mine = session.person.person_id
        ended = self._sessions.end_those(lambda each: (each.session_id, each.person.person_id) == (session_id, mine))
        if not ended:
            raise ActionRefused("There is no such sign-in; it may have ended already.")
        self._note("signed-out", session, {}, {"session": session_id})

    # -- what these have in common

    def _may_set(self, token: str, pass_phrase: str) -> tuple[Session, Person]:
        """A complete sign-in may have been left open by its person, so it gives the pass phrase again."""
        session, person = self._setting(token)
        if session.stage is not Stage.SET_SECOND_FACTOR:
            self._signing_in.check_pass_phrase(session, pass_phrase)
        return session, person

    def _setting(self, token: str) -> tuple[Session, Person]:
        session = self._sessions.use(token, stages=KNOWN)
        return session, self._kept(session)

    def _set(self, token: str, session: Session, person: Person, what: str, codes: list[str]) -> FactorSet:
        self._keep_factor(person)
        self._end_others(session, Stage.SET_SECOND_FACTOR)  # begun before there was one to prove
        self._note("second-factor-set", session, {"what": what})
        return FactorSet(what, codes, self._signing_in.has_set_second_factor(token, session))

    def _proven_again(self, token: str, pass_phrase: str) -> tuple[Session, Person]:
        session = self._sessions.use(token)
        self._signing_in.check_pass_phrase(session, pass_phrase)
        return session, self._kept(session)

    def _remove(self, session: Session, changed: Person, what: str) -> None:
        if not changed.second_factor.is_set:
            if self._signing_in.second_factor_required(changed.role):
                raise ActionRefused("Your role must have a second factor.", "Set up another one first.")
            changed = replace(changed, second_factor=NO_SECOND_FACTOR)
        self._keep_factor(changed)
        self._note("second-factor-removed", session, {"what": what})

    def _keep_factor(self, person: Person) -> None:
        factor = person.second_factor
        self._people.change(person.person_id, lambda each: replace(each, second_factor=factor))

    def _end_others(self, session: Session, stage: Stage | None = None) -> None:
        """Those at one stage, or all."""
        me, here = session.person.person_id, session.session_id

        def is_other(each: Session) -> bool:
            return each.person.person_id == me and each.session_id != here and stage in (None, each.stage)

        self._sessions.end_those(is_other)

    def _kept(self, session: Session) -> Person:
        try:
            return kept(self._people, session.person.person_id)
        except NoSuchPerson:
            raise SignInRefused("This sign-in has ended.", "Sign in again.") from None

    def _note(
        self, kind: str, session: Session, detail: Mapping[str, Any], ids: Mapping[str, str] | None = None
    ) -> None:
        subject = {"person": session.person.person_id, "session": session.session_id, **(ids or {})}
        self._evidence.enter_soon(kind, subject, {"name": session.person.name, **detail})


def kept(people: PeopleStore, person_id: str) -> Person:
    """Raises NoSuchPerson."""
    person = people.by_id(person_id)
    if person is None:
        raise NoSuchPerson("Nobody of that id has a sign-in here.", "They may have left; look at the list again.")
    return person
