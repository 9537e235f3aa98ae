"""A new recovery key: from then on the old page opens nothing that is kept here, not even old recordings.

Every keyslot is wrapped anew, to the office key and the new recovery key. The new content is first laid beside the old,
then entered in the evidence, then written over the old in its place, so that nothing of that stays on the disk. A
process may end anywhere: what lies beside is put in place at the next start, which needs no key; the rest goes on when
somebody who may next says so.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from firmware.core.access_policy import Action, check
from firmware.core.errors import ActionRefused, DamagedRecording, EarmarkError, KeyErased, NotAllowed
from firmware.core.recipients import fingerprint
from firmware.ports.listening_keys import UnlockedKeys
from firmware.ports.office_keys import (
    KeyslotStore,
    OfficeKeyMaker,
    PublicKeyStore,
    RewrapEvidence,
    RewrapJournal,
    RewrappedSlot,
)
from firmware.ports.settings_store import RecipientsStore
from firmware.services.opener_sessions import OpenerSessions, Session
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.recipient_watch import RecipientWatch

_LOG = logging.getLogger(__name__)
_BATCH = 100
_NAME = re.compile(r"(?:.*/)?([0-9a-f-]{32,36})\.(\d{1,6})\.key")


@dataclass(frozen=True)
class Progress:
    """``state``: done, going-on, or waiting (for somebody to go on with it). ``done``: keyslots of this run;
    ``left_out``: those that could not be opened; ``trouble``: why it stopped.
    """

    state: str
    done: int = 0
    left_out: int = 0
    trouble: str = ""


class RecoveryKeyReplacement:
    """Any thread; wrapping anew goes on in a thread of its own."""

    def __init__(
        self,
        recipients: RecipientsStore,
        public: PublicKeyStore,
        keys: OfficeKeyMaker,
        slots: KeyslotStore,
        journal: RewrapJournal,
        slot_evidence: RewrapEvidence,
        sessions: OpenerSessions,
        watch: RecipientWatch,
        evidence: PatientEvidence,
    ) -> None:
        self._recipients = recipients
        self._public = public
        self._keys = keys
        self._slots = slots
        self._journal = journal
        self._slot_evidence = slot_evidence
        self._sessions = sessions
        self._watch = watch
        self._evidence = evidence
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._done = self._left_out = 0
        self._trouble = ""

    def replace(self, token: str, public_key: str) -> None:
        """Take a new recovery key, whose private half somebody has on paper, and begin to wrap all keyslots to it.

        Raises:
            SignInRefused, NotAllowed: as they say.
            SettingsError: that is no public key.
            ActionRefused: an earlier replacement is not done yet.
            ServiceAway, StorageError: it did not come to be; do it again.
        """
        session = self._session(token)
        self._keys.check_public_key(public_key)
        with self._lock:
            if self._journal.position() is not None:
                raise ActionRefused("The last new recovery key is not in all keyslots yet.", "earmark keys rewrap")
            ids = {"person": session.person.person_id, "session": session.session_id}
            detail = {"name": session.person.name, "recovery_key": fingerprint(public_key)}
            self._evidence.enter("recovery-key-replaced", ids, detail)
            self._journal.begin(public_key)
            self._put_in_force(session.keys)
        self._begin(session.keys)

    def go_on(self, token: str) -> None:
        """Wrap what is left. Raises SignInRefused or NotAllowed."""
        self._begin(self._session(token).keys)

    def progress(self, token: str) -> Progress:
        """Raises SignInRefused or NotAllowed."""
        self._session(token)
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return Progress("going-on", self._done, self._left_out)
            state = "done" if self._journal.position() is None else "waiting"
            return Progress(state, self._done, self._left_out, self._trouble)

    def finish_started(self) -> None:
        """What a kill left between the evidence and its place goes there. Call at the start; needs nobody's key.

        Raises:
            ServiceAway, StorageError: call it again.
        """
        if self._journal.position() is not None and (beside := self._slots.beside()):
            self._slot_evidence.rewrapped(beside)
            self._slots.put_in_place(beside)

    def wrap_all(self, keys: UnlockedKeys) -> None:
        """From where the journal says to the end.

        Raises:
            NotAllowed: the keys were wiped: the sign-in has ended.
            ServiceAway, StorageError: it stops there; what is done stays done.
        """
        self.finish_started()
        self._put_in_force(keys)
        position = self._journal.position()
        names = self._slots.names(position or "") if position is not None else iter(())
        while batch := list(islice(names, _BATCH)):
            new = dict(self._wrapped(batch, keys))
            slots = [slot for slot, _ in new.values()]
            self._slots.keep_beside([(name, content) for name, (_, content) in new.items()])
            self._slot_evidence.rewrapped(slots)
            self._slots.put_in_place(slots)
            self._journal.note(batch[-1])
            self._done += len(slots)
        self._journal.note(None)

    def _put_in_force(self, keys: UnlockedKeys) -> None:
        """The key that was taken. From here on a kill leaves a journal that says so, or one that needs it no more."""
        if public_key := self._journal.waiting_key():
            self._recipients.set_office_keys_for_recovery(keys.admit("", public_key).office_keys)
            self._public.replace_recovery(public_key)
            self._journal.note("")
            self._watch.look()

    def _wrapped(self, batch: list[str], keys: UnlockedKeys) -> Iterator[tuple[str, tuple[RewrappedSlot, bytes]]]:
        public = self._public.read()
        for name in batch:
            match, old = _NAME.fullmatch(name), self._slots.read(name)
            if match is None or not any(old):
                continue  # erased
            try:
                content = self._keys.rewrapped(old, keys, public.office, public.recovery)
            except (KeyErased, DamagedRecording) as error:
                _LOG.error("a keyslot is left as it is: %s", error)
                self._left_out += 1
                continue
            slot = RewrappedSlot(match[1], int(match[2]), _digest(old), _digest(content))
            yield name, (slot, content)

    def _session(self, token: str) -> Session:
        session = self._sessions.use(token)
        check(session.person.role, Action.REPLACE_RECOVERY_KEY)
        if not session.keys.may_open:
            raise NotAllowed("The office key is not sealed to this person.", "A director who may listen must do this.")
        return session

    def _begin(self, keys: UnlockedKeys) -> None:
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._done, self._left_out, self._trouble = 0, 0, ""
            self._thread = threading.Thread(target=self._work, args=(keys,), name="keyslots", daemon=True)
            self._thread.start()

    def _work(self, keys: UnlockedKeys) -> None:
        try:
            self.wrap_all(keys)
        except EarmarkError as error:
            self._trouble = str(error)
            _LOG.warning("keyslots wait to be wrapped to the new recovery key: %s", error)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
