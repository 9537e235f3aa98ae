"""Looking after other people's sign-ins: confirming, vouching, changing, ending."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from firmware.core.access_policy import Action, Role, check, check_another, is_appointed, may, role_may_open
from firmware.core.errors import ActionRefused, NotAllowed
from firmware.core.leavers import ABOUT, KEY_WITHDRAWN, PERSON_CHANGED, PERSON_CONFIRMED, PERSON_LEFT
from firmware.core.people import Leaver, Person
from firmware.core.recipients import fingerprint
from firmware.ports.clock import Clock
from firmware.ports.settings_store import PeopleStore
from firmware.services.account import kept
from firmware.services.joining import check_extension
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.recipient_watch import RecipientWatch
from firmware.services.vouchers import VouchedFor, Voucher, Vouchers


class PeopleDesk:
    """Any thread. Every method takes the token of a complete sign-in, and raises SignInRefused when it has ended,
    NotAllowed when its role may not, and NoSuchPerson when there is nobody of that id.
    """

    def __init__(
        self,
        people: PeopleStore,
        sessions: OpenerSessions,
        vouchers: Vouchers,
        watch: RecipientWatch,
        evidence: PatientEvidence,
        clock: Clock,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._vouchers = vouchers
        self._watch = watch
        self._evidence = evidence
        self._clock = clock
        self._ends_too: list[Callable[[str, str], None]] = []
        self._one_at_a_time = threading.Lock()

    def ends_too(self, end: Callable[[str, str], None]) -> None:
        """Have something else end with somebody's role or sign-in, once that is gone: it is called with the person's id
        and a sentence that says why. For the composition.
        """
        self._ends_too.append(end)

    def confirm(self, token: str, person_id: str, shown_fingerprint: str) -> None:
        """Agree that somebody is who they say, and seal the office key to them if their role holds it.

        It is entered in the evidence first. The person signs in anew.

        Args:
            shown_fingerprint: of the person's own key, as both people compared it.

        Raises:
            ActionRefused: there is nothing to confirm, or it is not that key.
            ServiceAway, StorageError: the evidence entry could not be made; nothing was sealed.
        """
        session, person = self._asked(token, person_id, Action.CONFIRM_PEOPLE)
        if not session.keys.may_open:
            raise NotAllowed("The office key is not sealed to you.", "Ask somebody who may listen.")
        with self._one_at_a_time:
            person = kept(self._people, person_id)
            if not person.awaits_key:
                raise ActionRefused(f"{person.name} needs no confirmation.")
            if is_appointed(person.role):
                self._may_appoint(session, person_id)
            if not _same_digits(fingerprint(person.user_public_key), shown_fingerprint):
                raise ActionRefused(
                    "The fingerprint is not that of this person's key.", "Compare it anew, with the person."
                )
            detail = {"role": person.role.value, "fingerprint": fingerprint(person.user_public_key)}
            self._evidence.enter(PERSON_CONFIRMED, *self._entry(session, person, detail))
            admission = session.keys.admit(person_id, person.user_public_key)
            compared = person.user_public_key

            def confirmed(each: Person) -> Person:
                if each.user_public_key != compared:
                    raise ActionRefused("The person's key has changed in this moment.", "Compare it anew.")
                sealed = admission.office_keys if role_may_open(each.role) else ()
                return replace(each, confirmed=True, office_keys=sealed, key_mark=admission.key_mark)

            self._people.change(person_id, confirmed)
        self._end_sessions(person_id)
        self._watch.look()

    def vouch(self, token: str, person_id: str, against: VouchedFor) -> Voucher:
        """A code for somebody who is locked out or lost their phone; it stands in the evidence first.

        Raises:
            ServiceAway, StorageError: the evidence entry could not be made.
        """
        session, person = self._asked(token, person_id, Action.VOUCH)
        self._evidence.enter("vouched", *self._entry(session, person, {"against": against.value}))
        return self._vouchers.give(person_id, against)

    def change(self, token: str, person_id: str, role: Role, extension: str) -> None:
        """Give somebody another role or extension. Who may no longer listen loses the office key; who shall listen
        waits to be confirmed.

        Raises:
            ActionRefused: nobody would be left who can listen.
            SettingsError: the extension is none.
        """
        session, _ = self._asked(token, person_id, Action.CHANGE_PEOPLE)
        extension = "".join(extension.split())
        check_extension(extension)
        with self._one_at_a_time:
            before = kept(self._people, person_id)
            if role is not before.role:
                if before.role is Role.DIRECTOR:
                    check(session.person.role, Action.MAKE_DIRECTORS)
                elif is_appointed(role) or is_appointed(before.role):
                    self._may_appoint(session, person_id)
            keys = before.office_keys if role_may_open(role) else ()
            # Nobody is left who would be given a new office key only because somebody wrote into the people file.
            mark = before.key_mark if role_may_open(role) else b""
            if before.office_keys and not keys:
                self._leave_somebody(before)
            detail = {"role": role.value, "was": before.role.value, "extension": extension}
            subject, words = self._entry(session, before, detail)
            withdrawn = KEY_WITHDRAWN if before.key_mark and not mark else {}
            self._evidence.enter(PERSON_CHANGED, {**subject, **withdrawn}, words)
            since_ms = before.extension_since_ms if extension == before.extension else self._clock.wall_ms()
            self._people.change(
                person_id,
                lambda each: replace(
                    each,
                    role=role,
                    extension=extension,
                    extension_since_ms=since_ms,
                    office_keys=keys,
                    key_mark=mark,
                ),
            )
        self._end_sessions(person_id)
        if role is not before.role:
            self._end_what_else(person_id, "Their role was changed.")
        self._watch.look()

    def leave(self, token: str, person_id: str) -> None:
        """End somebody's sign-in: their keys are overwritten, their sessions and access end.

        Raises:
            ActionRefused: nobody would be left who can listen.
            NotAllowed: an administrator cannot end a holder of the office key.
        """
        session = self._sessions.use(token)
        check(session.person.role, Action.END_PEOPLE)
        with self._one_at_a_time:
            person = kept(self._people, person_id)
            if person.office_keys:
                if not may(session.person.role, Action.CONFIRM_PEOPLE):
                    raise NotAllowed("Only somebody who may listen can end another's right to listen.", "Ask them.")
                if person.role is Role.DIRECTOR and person_id != session.person.person_id:
                    check(session.person.role, Action.MAKE_DIRECTORS)
                self._leave_somebody(person)
            entry = self._entry(session, person, {"role": person.role.value})
            self._people.withdraw(Leaver(person_id, person.name, person.role, self._clock.wall_ms()))
        self._end_sessions(person_id)
        self._vouchers.spend(person_id)
        self._evidence.enter_soon(PERSON_LEFT, *entry)
        self._end_what_else(person_id, "Their sign-in was ended.")
        self._watch.look()

    def may_see_people(self, token: str) -> Session:
        """The session, if it may see who has a sign-in. Pages ask by themselves too: it does not prolong it."""
        session = self._sessions.use(token, activity=False)
        check(session.person.role, Action.SEE_PEOPLE)
        return session

    def _may_appoint(self, session: Session, person_id: str) -> None:
        """Another director agrees, as long as there is one; else whoever may listen gets the only one back in."""
        others = (each for each in self._people.people() if each.person_id != person_id)
        if any(each.role is Role.DIRECTOR and each.office_keys for each in others):
            check(session.person.role, Action.MAKE_DIRECTORS)

    def _leave_somebody(self, leaver: Person) -> None:
        if not any(each.office_keys and each.person_id != leaver.person_id for each in self._people.people()):
            raise ActionRefused(
                f"{leaver.name} is the last who can listen.", "Invite and confirm somebody else who may listen first."
            )

    def _asked(self, token: str, person_id: str, action: Action) -> tuple[Session, Person]:
        session = self._sessions.use(token)
        check(session.person.role, action)
        check_another(session.person.person_id, person_id, action)
        return session, kept(self._people, person_id)

    def _end_sessions(self, person_id: str) -> None:
        self._sessions.end_those(lambda each: each.person.person_id == person_id)

    def _end_what_else(self, person_id: str, because: str) -> None:
        for end in self._ends_too:
            end(person_id, because)

    def _entry(
        self, session: Session, about: Person, detail: Mapping[str, Any]
    ) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        by = session.person
        subject = {"person": by.person_id, "session": session.session_id, ABOUT: about.person_id}
        return subject, {"by": by.name, "name": about.name, **detail}


def _same_digits(one: str, other: str) -> bool:
    digits = "".join(each for each in other if each.isdigit())
    return secrets.compare_digest("".join(one.split()), digits)
