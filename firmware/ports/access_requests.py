"""What the opener keeps of requests and grants: rows that say what may be opened, and the files that can do it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from firmware.core.access_request import AccessRequest, RequestState
from firmware.core.grant import Grant, GrantTerms
from firmware.ports.listening_keys import Keyslot, UnlockedKeys


class AccessRequestStore(Protocol):
    """Requests and grants as rows. Any thread. Every method raises StorageError or DamagedCatalogue when the catalogue
    cannot be read or written; what is written is durable on return.
    """

    def request(self, request_id: str) -> AccessRequest | None: ...

    def requests_of(self, person_id: str) -> Sequence[AccessRequest]:
        """The newest hundred that a person made, newest first."""
        ...

    def unsettled(self, person_id: str | None = None) -> Sequence[AccessRequest]:
        """All that wait to be decided or have opened something: of one person, or of everybody."""
        ...

    def requests_in(self, states: Iterable[RequestState]) -> Sequence[AccessRequest]:
        """The newest hundred in one of these states, newest first."""
        ...

    def save(self, request: AccessRequest, granted: Sequence[Grant] = ()) -> None:
        """The request and these grants shall be so, all or nothing.

        Raises:
            NoSuchRecording: one of its calls is not in the catalogue (any more).
        """
        ...

    def grant(self, recording_id: str, person_id: str) -> Grant | None: ...

    def standing(self, person_id: str | None = None, request_id: str | None = None) -> Sequence[Grant]:
        """Grants not yet ended, of a person or of a request where one is given."""
        ...

    def end(self, ended: Grant, at_ms: int) -> None:
        """The grant's files are destroyed."""
        ...

    def last_written_ms(self) -> int:
        """The latest moment in the last request, grant and recording that were written: not the greatest of all, so
        that a clock that was once far ahead does not shut everything for years. 0 where there is nothing.
        """
        ...


class GrantShelf(Protocol):
    """Grant files beside the keyslots."""

    def put(self, terms: GrantTerms, content: bytes) -> None:
        """Write one, durably; one that is there already is destroyed first.

        Raises:
            NoSuchRecording: there is no such recording.
            StorageError: it cannot be written.
        """
        ...

    def grants(self, recording_id: str, person_id: str) -> Sequence[Keyslot]:
        """One person's grant files for a recording, by segment.

        Raises:
            NoSuchRecording: there is no such recording.
            KeyErased: a segment has none.
        """
        ...

    def erase(self, recording_id: str, person_id: str) -> None:
        """Destroy one person's grant files for a recording: overwritten and unlinked. Safe to repeat; a recording
        that is gone has none.

        Raises:
            StorageError: one may still be there.
        """
        ...


class GrantSealer(Protocol):
    def reseal(self, keys: UnlockedKeys, keyslot: bytes, terms: GrantTerms, user_public_key: str) -> bytes:
        """A grant file's content: the key in a keyslot, opened by ``keys``, sealed to another person's user key.

        Raises:
            KeyErased, DamagedRecording, NotAllowed: the keyslot does not open.
            SettingsError: that is no public key.
        """
        ...
