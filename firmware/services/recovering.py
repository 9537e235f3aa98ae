"""Back in with the recovery key, when nobody who may listen can sign in any more."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace

from firmware.core.access_policy import Role, role_may_open
from firmware.core.errors import ActionRefused, SignInRefused
from firmware.core.leavers import RECOVERY_USED
from firmware.core.people import Person
from firmware.core.second_factor import NO_SECOND_FACTOR
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import KeyMaker
from firmware.ports.second_factor import PassPhraseRules
from firmware.ports.settings_store import PeopleStore, RecipientsStore
from firmware.services.joining import check_name
from firmware.services.opener_sessions import OpenerSessions
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.recipient_watch import RecipientWatch


class Recovering:
    """Any thread. Nobody is locked out of this, the last way in: with 256 bits of chance in the key, guesses are
    hopeless, and cheap to refuse. Of refusals the 1st, 2nd, 4th, 8th … are told in the evidence, with their number.
    """

    def __init__(
        self,
        people: PeopleStore,
        recipients: RecipientsStore,
        keys: KeyMaker,
        rules: PassPhraseRules,
        sessions: OpenerSessions,
        watch: RecipientWatch,
        evidence: PatientEvidence,
        clock: Clock,
    ) -> None:
        self._people = people
        self._recipients = recipients
        self._keys = keys
        self._rules = rules
        self._sessions = sessions
        self._watch = watch
        self._evidence = evidence
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._refused = 0

    def recover(self, recovery_key: str, name: str, pass_phrase: str) -> Person:
        """Seal the office key to a person by means of the recovery key. They have a new key of their own, a new pass
        phrase and no second factor; somebody new becomes a director. It stands in the evidence first.

        Raises:
            SignInRefused: that is not the recovery key.
            SettingsError: the name or the pass phrase cannot be one.
            ActionRefused: the person's role holds no key.
            ServiceAway, StorageError: the evidence entry could not be made; nothing was changed.
        """
        name = name.strip().lower()
        check_name(name)
        self._rules.check(pass_phrase, name)
        with self._one_at_a_time:
            self._check(recovery_key)  # first: without the key nobody learns who is here
            person = self._recovered(self._role_checked(name), name, recovery_key, pass_phrase)
        self._evidence.enter(
            RECOVERY_USED,
            {"about": person.person_id},
            {"name": name, "role": person.role.value},
        )
        self._people.put(person)
        self._sessions.end_those(lambda each: each.person.person_id == person.person_id)
        self._watch.look()
        return person

    def _check(self, recovery_key: str) -> None:
        sealed = self._recipients.office_keys_for_recovery()
        if not sealed:
            raise ActionRefused(
                "This office keeps no copy of its key for the recovery key.", "Open recordings by it elsewhere."
            )
        try:
            self._keys.check_recovery_key(recovery_key, sealed)
        except SignInRefused as wrong:
            self._refused += 1
            if self._refused.bit_count() == 1:
                detail = {"why": wrong.what, "times": self._refused}
                self._evidence.enter_soon("recovery-refused", {"person": "unknown"}, detail)
            raise

    def _role_checked(self, name: str) -> Person | None:
        person = self._people.find(name)
        if person is not None and not role_may_open(person.role):
            raise ActionRefused(
                f"{name} is no director or Support Services Manager.", "Name one who is, or a name that nobody has."
            )
        return person

    def _recovered(self, before: Person | None, name: str, recovery_key: str, pass_phrase: str) -> Person:
        person_id = before.person_id if before else uuid.uuid4().hex
        public_key, wrapped = self._keys.new_user_key(person_id, pass_phrase)
        sealed = self._recipients.office_keys_for_recovery()
        admission = self._keys.admit_by_recovery(recovery_key, sealed, person_id, public_key)
        if before is None:
            now_ms = self._clock.wall_ms()
            before = Person(person_id, name, Role.DIRECTOR, public_key, wrapped, joined_at_ms=now_ms)
        return replace(
            before,
            user_public_key=public_key,
            user_key=wrapped,
            office_keys=admission.office_keys,
            key_mark=admission.key_mark,
            confirmed=True,
            second_factor=NO_SECOND_FACTOR,
        )
