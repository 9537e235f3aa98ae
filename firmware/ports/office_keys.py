"""What replacing the office key or the recovery key needs from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.people import SealedOfficeKey
from firmware.ports.listening_keys import UnlockedKeys


class CurrentPublicKeys(Protocol):
    """``office`` and ``recovery`` as age writes public keys; ``epoch``: which office key it is, from 1."""

    @property
    def office(self) -> str: ...

    @property
    def recovery(self) -> str: ...

    @property
    def epoch(self) -> int: ...


class PublicKeyStore(Protocol):
    """The two keys that recordings are sealed to. Each is replaced at once. Raises StorageError, NotSetUp."""

    def read(self) -> CurrentPublicKeys: ...

    def replace_office(self, public_key: str, epoch: int) -> None: ...

    def replace_recovery(self, public_key: str) -> None: ...


class NewOfficeKey(Protocol):
    """An office key that was just made; the private half is forgotten with the object."""

    @property
    def public_key(self) -> str: ...

    def sealed_to(self, public_key: str, epoch: int) -> SealedOfficeKey: ...


class OfficeKeyMaker(Protocol):
    def new_office_key(self) -> NewOfficeKey: ...

    def check_public_key(self, public_key: str) -> None:
        """Raises SettingsError when it is none."""
        ...

    def rewrapped(self, keyslot: bytes, keys: UnlockedKeys, office: str, recovery: str) -> bytes:
        """The same recording key in a new keyslot, to these two.

        Raises:
            KeyErased, DamagedRecording, NotAllowed: the old one cannot be opened.
        """
        ...


@dataclass(frozen=True)
class RewrappedSlot:
    """A keyslot whose content is replaced. ``was`` and ``keyslot``: SHA-256 of the old content and of the new."""

    recording_id: str
    segment: int
    was: str
    keyslot: str


class RewrapEvidence(Protocol):
    def rewrapped(self, slots: Sequence[RewrappedSlot]) -> None:
        """Enter it, and have the catalogue follow; durable on return. Entering one twice is entering it once.

        Raises:
            ServiceAway, StorageError: nothing is promised about any of them.
        """
        ...


class KeyslotStore(Protocol):
    """All keyslots, by names that sort. Every method raises StorageError."""

    def names(self, after: str) -> Iterator[str]:
        """Those of all recordings, in order, from the first that sorts after ``after``."""
        ...

    def read(self, name: str) -> bytes:
        """Its content; empty when it is gone."""
        ...

    def keep_beside(self, new: Sequence[tuple[str, bytes]]) -> None:
        """Lay new contents beside the keyslots they are for; durable on return."""
        ...

    def beside(self) -> Sequence[RewrappedSlot]:
        """What lies beside keyslots since a kill, whole; what is torn is destroyed."""
        ...

    def put_in_place(self, slots: Sequence[RewrappedSlot]) -> None:
        """Overwrite these keyslots by what lies beside them, and destroy that. Erased ones stay erased. Durable."""
        ...


class RewrapJournal(Protocol):
    """How far the keyslots are wrapped to the newest recovery key. Every method raises StorageError."""

    def position(self) -> str | None:
        """The last that is done, empty at the beginning; None: all are done."""
        ...

    def waiting_key(self) -> str:
        """The public half of a new recovery key that was taken and is not in force yet; empty: there is none."""
        ...

    def begin(self, recovery_key: str) -> None:
        """Take it; no keyslot is wrapped to it yet."""
        ...

    def note(self, position: str | None) -> None:
        """So far all are wrapped to the key that is in force; none waits any more."""
        ...
