"""Invitations: somebody is invited, joins with a code, and chooses their pass phrase. No key is sealed to them here.

Somebody who forgot their pass phrase is invited again: they keep their id and their past, and get a new key of their
own, to which a listener seals the office key anew.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from dataclasses import dataclass, field, replace

from firmware.core.access_policy import Action, Role, check, check_another, is_appointed, may
from firmware.core.desk import is_extension
from firmware.core.errors import NoSuchPerson, SettingsError
from firmware.core.invitation import CODE_LENGTH, LASTS_MS, Invitation
from firmware.core.people import Person, WrappedKey, is_person_name
from firmware.core.typed_code import CODE_LETTERS, shown_code
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import KeyMaker
from firmware.ports.second_factor import CodeDigests, PassPhraseRules
from firmware.ports.settings_store import InvitationStore, PeopleStore
from firmware.services.account import kept
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence

_MOST_PEOPLE = 500


@dataclass(frozen=True)
class NewInvitation:
    """``code`` is shown to who invites, once; they tell it to the person by another way than the page's address."""

    invitation: Invitation
    code: str = field(repr=False)


class Joining:
    """Any thread."""

    def __init__(
        self,
        people: PeopleStore,
        invitations: InvitationStore,
        sessions: OpenerSessions,
        keys: KeyMaker,
        digests: CodeDigests,
        rules: PassPhraseRules,
        evidence: PatientEvidence,
        clock: Clock,
    ) -> None:
        self._people = people
        self._invitations = invitations
        self._sessions = sessions
        self._keys = keys
        self._digests = digests
        self._rules = rules
        self._evidence = evidence
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    # -- inviting

    def invite(self, token: str, name: str, role: Role, extension: str = "") -> NewInvitation:
        """
        Raises:
            NotAllowed: this person may not invite.
            SettingsError: the name cannot be one or is taken, or the extension is none.
        """
        session = self._sessions.use(token)
        check(session.person.role, Action.INVITE_PEOPLE)
        name, extension = name.strip().lower(), "".join(extension.split())
        check_name(name)
        check_extension(extension)
        with self._one_at_a_time:
            if self._people.find(name) or any(each.name == name for each in self.waiting()):
                raise SettingsError(f"Somebody is called {name} already.", "Choose another sign-in name.")
            if len(self._people.people()) + len(self.waiting()) >= _MOST_PEOPLE:
                raise SettingsError("There are too many people already.", "End the sign-ins of those who left.")
            return self._invite(session, Invitation(*_new_ids(), name, role, extension, "", 0, "", False))

    def invite_again(self, token: str, person_id: str) -> NewInvitation:
        """For somebody who forgot their pass phrase. Until they join anew everything stays as it is.

        Raises:
            NotAllowed: only who may listen may do this; for oneself there is the change of the pass phrase.
            NoSuchPerson: as it says.
        """
        session = self._sessions.use(token)
        check(session.person.role, Action.CONFIRM_PEOPLE)
        check_another(session.person.person_id, person_id, Action.INVITE_PEOPLE)
        person = kept(self._people, person_id)
        again = Invitation(
            _new_ids()[0], person_id, person.name, person.role, person.extension, "", 0, "", False, again=True
        )
        with self._one_at_a_time:
            for each in self.waiting():
                if each.person_id == person_id:
                    self._invitations.remove(each.invitation_id)
            return self._invite(session, again)

    def withdraw(self, token: str, invitation_id: str) -> None:
        session = self._sessions.use(token)
        check(session.person.role, Action.INVITE_PEOPLE)
        found = next((each for each in self.waiting() if each.invitation_id == invitation_id), None)
        if found is None or not self._invitations.remove(invitation_id):
            raise NoSuchPerson("There is no such invitation; it may have been taken up or have run out.")
        self._note("invitation-withdrawn", session, found)

    def waiting(self) -> list[Invitation]:
        """Those that can still be taken up; the others are forgotten here."""
        now_ms, good = self._clock.wall_ms(), []
        for each in self._invitations.invitations():
            if each.is_good(now_ms):
                good.append(each)
            else:
                self._invitations.remove(each.invitation_id)
        return good

    # -- joining

    def look(self, name: str, code: str) -> Invitation:
        """The invitation of a name and a code.

        Raises:
            NoSuchPerson: there is none; one text for whatever is wrong. Ten wrong codes end an invitation.
        """
        with self._one_at_a_time:
            return self._look(name, code)

    def join(self, name: str, code: str, pass_phrase: str) -> Person:
        """Take up an invitation. The person may sign in at once, and can open nothing yet.

        Raises:
            NoSuchPerson: as ``look``.
            SettingsError: the pass phrase is too weak; the invitation stands.
        """
        with self._one_at_a_time:
            invitation = self._look(name, code)
            self._rules.check(pass_phrase, invitation.name)
            public_key, wrapped = self._keys.new_user_key(invitation.person_id, pass_phrase)
            person = self._as_invited(invitation, public_key, wrapped)
            self._invitations.remove(invitation.invitation_id)
        self._sessions.end_those(lambda each: each.person.person_id == person.person_id)
        self._evidence.enter_soon(
            "person-joined",
            {"person": person.person_id, "invited_by": invitation.invited_by},
            {"name": person.name, "role": person.role.value, "again": invitation.again},
        )
        return person

    def _as_invited(self, invitation: Invitation, public_key: str, wrapped: WrappedKey) -> Person:
        """The person with their new key, kept. Who joins again is what they have become since they were invited: they
        may have another role, or have left. Nothing stays of what was sealed to their old key, or set up with it.
        """
        now_ms = self._clock.wall_ms()
        new = Person(
            person_id=invitation.person_id,
            name=invitation.name,
            role=invitation.role,
            user_public_key=public_key,
            user_key=wrapped,
            extension=invitation.extension,
            confirmed=not invitation.must_be_confirmed,
            joined_at_ms=now_ms,
            extension_since_ms=now_ms,
        )
        if invitation.again:

            def again(before: Person) -> Person:
                confirmed = before.confirmed and not invitation.for_role(before.role).must_be_confirmed
                since_ms = before.extension_since_ms
                new_again = replace(new, role=before.role, extension=before.extension, extension_since_ms=since_ms)
                return replace(new_again, confirmed=confirmed)

            return self._people.change(invitation.person_id, again)
        if self._people.find(new.name) is not None:
            raise SettingsError(f"Somebody is called {new.name} by now.", "Ask to be invited by another name.")
        self._people.put(new)
        return new

    def offer_words(self) -> str:
        return self._rules.offer()

    def _look(self, name: str, code: str) -> Invitation:
        name = name.strip().lower()
        found = next((each for each in self.waiting() if each.name == name), None)
        digest = self._digests.digest("invitation", code)
        if found is None or not secrets.compare_digest(found.code_digest, digest):
            if found is not None:
                self._count_wrong_code(found)
            raise NoSuchPerson(
                "This name and code are no invitation that is still good.", "Type both again, or ask for a new one."
            )
        return found

    def _count_wrong_code(self, invitation: Invitation) -> None:
        counted = invitation.with_wrong_code()
        self._invitations.put(counted)
        if not counted.is_good(self._clock.wall_ms()):
            detail = {"name": invitation.name, "why": "Too many wrong codes were typed for it."}
            self._evidence.enter_soon("invitation-withdrawn", {"about": invitation.person_id}, detail)

    def _invite(self, session: Session, draft: Invitation) -> NewInvitation:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        invitation = replace(
            draft,
            code_digest=self._digests.digest("invitation", code),
            expires_at_ms=self._clock.wall_ms() + LASTS_MS,
            invited_by=session.person.person_id,
            by_holder=may(session.person.role, _agrees_to(draft.role)),
        )
        self._invitations.put(invitation)
        self._note("person-invited", session, invitation)
        return NewInvitation(invitation, shown_code(code))

    def _note(self, kind: str, session: Session, invitation: Invitation) -> None:
        person = session.person
        subject = {"person": person.person_id, "session": session.session_id, "about": invitation.person_id}
        detail = {"by": person.name, "name": invitation.name, "role": invitation.role.value, "again": invitation.again}
        self._evidence.enter_soon(kind, subject, detail)


def _agrees_to(role: Role) -> Action:
    return Action.MAKE_DIRECTORS if is_appointed(role) else Action.CONFIRM_PEOPLE


def check_name(name: str) -> None:
    """Raises SettingsError."""
    if not is_person_name(name):
        raise SettingsError(
            "A sign-in name has small letters, digits, '.', '_' and '-', and at most 32 of them.",
            "Take the first name, or the part of the e-mail address before the @.",
        )


def check_extension(extension: str) -> None:
    """Raises SettingsError. Empty is none."""
    if extension and not is_extension(extension):
        raise SettingsError(
            "That is no extension.", "Give the number as it is shown with the extension's calls, such as 201."
        )


def _new_ids() -> tuple[str, str]:
    """Of an invitation, and of the person it is for."""
    return uuid.uuid4().hex, uuid.uuid4().hex
