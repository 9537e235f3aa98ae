"""Where settings, people and paired desks are kept: small documents that survive the plug being pulled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware.core.desk import Desk
from firmware.core.invitation import Invitation
from firmware.core.people import Leaver, Person, SealedOfficeKey
from firmware.core.sign_in_attempts import Attempts


class SettingsStore(Protocol):
    """One document of settings. What it must look like is the settings model's business, not the store's."""

    def read(self) -> dict[str, Any]:
        """The whole document.

        Raises:
            NotSetUp: there is none.
            StorageError: it cannot be read.
        """
        ...

    def replace(self, document: Mapping[str, Any]) -> None:
        """Put a whole new document in place: after a crash either the old or the new one is there.

        Raises:
            StorageError: it cannot be written; the old one stands.
        """
        ...


class PeopleStore(Protocol):
    """The people who may sign in, and their failed attempts."""

    def people(self) -> tuple[Person, ...]: ...

    def find(self, name: str) -> Person | None: ...

    def by_id(self, person_id: str) -> Person | None: ...

    def put(self, person: Person) -> None:
        """Add a person, or replace the one of that id. Durable when it returns."""
        ...

    def change(self, person_id: str, how: Callable[[Person], Person]) -> Person:
        """Replace somebody by what ``how`` makes of them, with nobody in between; durable when it returns. ``how`` asks
        nothing of this store; what it raises leaves everything as it was.

        Raises:
            NoSuchPerson: they have left.
        """
        ...

    def change_all(self, how: Callable[[Person], Person]) -> tuple[Person, ...]:
        """Replace everybody by what ``how`` makes of them, all at once: after a crash all are as before, or none is."""
        ...

    def withdraw(self, leaver: Leaver) -> None:
        """Destroy a person's keys, and keep who they were. Durable when it returns; the keys' bytes are overwritten."""
        ...

    def left(self) -> tuple[Leaver, ...]:
        """Those who were here and are not any more."""
        ...

    def attempts(self, key: str) -> Attempts:
        """The failed attempts kept under a key; none when there are none."""
        ...

    def set_attempts(self, key: str, attempts: Attempts) -> None:
        """Keep them. Keys are person ids, or ``name-…`` for names that nobody has; of the latter only a bounded number
        is kept, and both take as long to write.
        """
        ...


class CountedPeopleStore(PeopleStore, Protocol):
    """One that counts how often it was written, so that an older copy put in its place is known by its count."""

    def times_written(self) -> int: ...

    def go_on_counting(self, from_times: int) -> None:
        """Count from there, which is more than was counted."""
        ...


class InvitationStore(Protocol):
    """Invitations that were not taken up yet, those that have run out among them."""

    def invitations(self) -> tuple[Invitation, ...]: ...

    def put(self, invitation: Invitation) -> None:
        """Add an invitation, or replace the one of that id. Durable when it returns."""
        ...

    def remove(self, invitation_id: str) -> bool:
        """Forget one, durably. False: there was none of that id."""
        ...


class RecipientsStore(Protocol):
    """What is kept of who can open recordings, besides the people themselves."""

    def office_keys_for_recovery(self) -> tuple[SealedOfficeKey, ...]:
        """The office key of each epoch, sealed to the recovery key: the last listener's way back in."""
        ...

    def set_office_keys_for_recovery(self, sealed: tuple[SealedOfficeKey, ...]) -> None: ...

    def noted(self) -> tuple[str, int]:
        """The digest of the recipients that stands in the evidence, and since when (Unix ms); empty and 0 at first."""
        ...

    def note(self, digest: str, since_ms: int) -> None: ...


class DeskStore(Protocol):
    """The paired desks."""

    def desks(self) -> tuple[Desk, ...]:
        """All of them, in the order in which they were paired."""
        ...

    def put(self, desk: Desk) -> None:
        """Add a desk. Durable when it returns."""
        ...

    def remove(self, desk_id: str) -> bool:
        """Forget a desk, durably. False: there was none of that id."""
        ...
