"""Who can open recordings, and since when: any change goes into the evidence, whoever made it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from firmware.core.recipients import Recipients, fingerprint, recipients_among
from firmware.ports.clock import Clock
from firmware.ports.settings_store import PeopleStore, RecipientsStore
from firmware.services.patient_evidence import PatientEvidence


class RecipientWatch:
    """Any thread.

    Args:
        public_keys: reads the office's and the recovery key's public halves.
    """

    def __init__(
        self,
        people: PeopleStore,
        store: RecipientsStore,
        public_keys: Callable[[], tuple[str, str]],
        evidence: PatientEvidence,
        clock: Clock,
    ) -> None:
        self._people = people
        self._store = store
        self._public_keys = public_keys
        self._evidence = evidence
        self._clock = clock
        self._lock = threading.Lock()

    def recipients(self) -> Recipients:
        """Those of this moment. Raises NotSetUp or StorageError."""
        return recipients_among(self._people.people(), *self._public_keys())

    def look(self) -> tuple[Recipients, int]:
        """The recipients, and since when they are these (Unix ms). A change that the evidence does not know of is
        entered: it may have been made by a restore, or by somebody who got at the files.
        """
        with self._lock:
            now = self.recipients()
            noted, since_ms = self._store.noted()
            if noted == now.digest:
                return now, since_ms
            since_ms = self._clock.wall_ms()
            self._evidence.enter_soon(
                "recipients-changed",
                {"recipients": now.digest, "people": str(len(now.people))},
                {
                    "names": [each.name for each in now.people],
                    "office_key": fingerprint(now.office_key),
                    "recovery_key": fingerprint(now.recovery_key),
                },
            )
            self._store.note(now.digest, since_ms)
            return now, since_ms
