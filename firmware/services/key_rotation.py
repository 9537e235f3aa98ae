"""A new office key for recordings from now on; whoever could listen still can, to the old ones and the new.

It goes to those whom a holder of the present key admitted (``UnlockedKeys.recognises``), whatever the people file says.
Which key counts is said by the public half alone, which is replaced last and at once. Ended before that, people hold a
key that nothing was ever sealed to; the next rotation makes another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from firmware.core.access_policy import Action, check
from firmware.core.errors import NotAllowed
from firmware.core.people import Person
from firmware.core.recipients import fingerprint
from firmware.ports.office_keys import OfficeKeyMaker, PublicKeyStore
from firmware.ports.settings_store import PeopleStore, RecipientsStore
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.recipient_watch import RecipientWatch


@dataclass(frozen=True)
class Rotated:
    """``holders``: the names of those to whom the new key is sealed. ``left_out``: who held the old one without having
    been admitted by a holder: look into that."""

    epoch: int
    holders: tuple[str, ...]
    left_out: tuple[str, ...]


class KeyRotation:
    """Any thread."""

    def __init__(
        self,
        people: PeopleStore,
        recipients: RecipientsStore,
        public: PublicKeyStore,
        keys: OfficeKeyMaker,
        sessions: OpenerSessions,
        watch: RecipientWatch,
        evidence: PatientEvidence,
    ) -> None:
        self._people = people
        self._recipients = recipients
        self._public = public
        self._keys = keys
        self._sessions = sessions
        self._watch = watch
        self._evidence = evidence
        self._one_at_a_time = threading.Lock()

    def rotate(self, token: str) -> Rotated:
        """
        Raises:
            SignInRefused: not signed in (any more).
            NotAllowed: the role may not.
            ServiceAway, StorageError: the office key is the one from before.
        """
        session = self._sessions.use(token)
        check(session.person.role, Action.ROTATE_KEYS)
        if not session.keys.may_open:
            raise NotAllowed("The office key is not sealed to this person.", "A director who may listen must do this.")
        with self._one_at_a_time:
            return self._rotate(session)

    def _rotate(self, session: Session) -> Rotated:
        now, new, keys = self._public.read(), self._keys.new_office_key(), session.keys
        for_recovery = self._recipients.office_keys_for_recovery()
        admitted = {each.person_id: each.user_public_key for each in self._people.people() if keys.recognises(each)}
        epoch = max(now.epoch, *(key.epoch for key in for_recovery), *self._epochs()) + 1
        ids = {"person": session.person.person_id, "session": session.session_id, "epoch": str(epoch)}
        detail = {"name": session.person.name, "office_key": fingerprint(new.public_key)}
        self._evidence.enter("key-rotated", ids, detail)
        self._recipients.set_office_keys_for_recovery((*for_recovery, new.sealed_to(now.recovery, epoch)))
        keys.take_office_keys([new.sealed_to(keys.user_public_key, epoch)])

        def admit(person: Person) -> Person:
            if admitted.get(person.person_id) != person.user_public_key:
                return person
            admission = keys.admit(person.person_id, person.user_public_key)
            sealed = admission.office_keys if person.office_keys else ()
            return replace(person, office_keys=sealed, key_mark=admission.key_mark)

        people = self._people.change_all(admit)
        self._public.replace_office(new.public_key, epoch)
        self._hand_to_sessions(people, epoch)
        self._watch.look()
        holders = [each for each in people if each.office_keys]
        return Rotated(
            epoch,
            tuple(each.name for each in holders if each.person_id in admitted),
            tuple(each.name for each in holders if each.person_id not in admitted),
        )

    def _epochs(self) -> Iterator[int]:
        return (key.epoch for person in self._people.people() for key in person.office_keys)

    def _hand_to_sessions(self, people: Iterable[Person], epoch: int) -> None:
        """Who is signed in need not sign in again to hear what is recorded from now on."""
        for person in people:
            new = [key for key in person.office_keys if key.epoch == epoch]
            for session in self._sessions.of_person(person.person_id):
                session.keys.take_office_keys(new)
