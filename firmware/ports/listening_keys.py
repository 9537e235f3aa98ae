"""What the opener needs to hold listeners' keys and to hand out one recording's: three small ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware.core.grant import GrantTerms
from firmware.core.people import Person, SealedOfficeKey, WrappedKey


@dataclass(frozen=True)
class Admission:
    """The office key of every epoch, sealed to somebody's own key, and the mark that says a holder did so."""

    office_keys: tuple[SealedOfficeKey, ...]
    key_mark: bytes


class UnlockedKeys(Protocol):
    """One signed-in person's keys, in memory."""

    @property
    def user_public_key(self) -> str:
        """The public half of the person's own key, had from the private half."""
        ...

    @property
    def may_open(self) -> bool:
        """Whether the office key is among them."""
        ...

    def open_keyslot(self, keyslot: bytes) -> bytes:
        """The 32-byte recording key in a keyslot file.

        Raises:
            KeyErased: the keyslot was overwritten.
            DamagedRecording: it is no keyslot, or not for this office.
            NotAllowed: the office key is not among these keys.
        """
        ...

    def open_grant(self, content: bytes, terms: GrantTerms) -> bytes:
        """The 32-byte recording key in a grant file, by the person's own key.

        Raises:
            KeyErased: the grant was overwritten.
            DamagedRecording: it is no grant.
            NotAllowed: it is for somebody else, for another call, or for other dates.
        """
        ...

    def admit(self, person_id: str, user_public_key: str) -> Admission:
        """What makes somebody hold the office key.

        Raises:
            NotAllowed: the office key is not among these keys.
            SettingsError: that is no public key.
        """
        ...

    def recognises(self, person: Person) -> bool:
        """Whether a holder of the office key once admitted this person with this public key. A new office key is sealed
        to nobody else: the people file alone proves nothing.

        Raises:
            NotAllowed: the office key is not among these keys.
        """
        ...

    def open_own(self, sealed: bytes) -> bytes:
        """What was sealed to the person's own key.

        Raises:
            NotAllowed: it was sealed to another key.
        """
        ...

    def take_office_keys(self, sealed: Sequence[SealedOfficeKey]) -> None:
        """Hold these, too, if the office key is among these keys already and they are sealed to the person's own."""
        ...

    def wipe(self) -> None:
        """Forget the keys. Using them afterwards raises NotAllowed."""
        ...


class KeyUnlocker(Protocol):
    def unlock(self, person: Person | None, pass_phrase: str) -> UnlockedKeys:
        """The keys under a pass phrase. Takes as long for nobody (``None``) as for a person.

        Raises:
            SignInRefused: nobody, or the wrong pass phrase: one text for both.
        """
        ...


class KeyMaker(Protocol):
    """Makes and seals people's own keys. Each method that takes a pass phrase takes as long as an unlocking."""

    def new_user_key(self, person_id: str, pass_phrase: str) -> tuple[str, WrappedKey]:
        """A new key of somebody's own: its public half, and the private half under the pass phrase."""
        ...

    def rewrap(self, keys: UnlockedKeys, person_id: str, pass_phrase: str) -> WrappedKey:
        """The same key under another pass phrase."""
        ...

    def seal(self, secret: bytes, user_public_key: str) -> bytes:
        """A small secret, for the holder of that key alone."""
        ...

    def check_recovery_key(self, recovery_key: str, sealed: Sequence[SealedOfficeKey]) -> None:
        """Whether the recovery key (its text or its words) opens all that is sealed to it.

        Raises:
            SignInRefused: it does not, or is no key.
        """
        ...

    def admit_by_recovery(
        self, recovery_key: str, sealed: Sequence[SealedOfficeKey], person_id: str, user_public_key: str
    ) -> Admission:
        """What makes somebody hold the office key, by what is sealed to the recovery key (its text or its words).

        Raises:
            SignInRefused: that is not the recovery key.
        """
        ...


@dataclass(frozen=True)
class Keyslot:
    """One segment's keyslot file as it lies on the disk."""

    segment: int
    content: bytes = field(repr=False)


class KeyslotShelf(Protocol):
    def keyslots(self, recording_id: str) -> Sequence[Keyslot]:
        """The keyslots of one recording, by segment.

        Raises:
            NoSuchRecording: there is none of that id.
        """
        ...


class Restrictions(Protocol):
    def is_restricted(self, recording_id: str) -> bool:
        """Whether nothing may be done with a recording but keeping it. Raises StorageError."""
        ...


#: Kind, subject and detail.
WaitingEntry = tuple[str, Mapping[str, str], Mapping[str, Any]]


class WaitingShelf(Protocol):
    """Entries that wait for the recorder, where they outlive this process. Raises StorageError."""

    def entries(self) -> list[WaitingEntry]: ...

    def keep(self, entries: list[WaitingEntry]) -> None:
        """These, and no others. Durable when it returns."""
        ...


class EvidenceDesk(Protocol):
    """Hands entries to the evidence log's one writer."""

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        """The entry's line number, once it is durable. ``subject`` holds opaque ids only; names, numbers and reasons go
        into ``detail``, which can be erased.

        Raises:
            ServiceAway: the writer does not answer.
            StorageError: it could not write.
        """
        ...
