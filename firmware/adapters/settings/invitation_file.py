"""The invitations in TinyDB: one document each."""

from __future__ import annotations

from pathlib import Path

from tinydb import TinyDB, where
from tinydb.table import Table

from firmware.adapters.settings.atomic_storage import AtomicStorage, locked
from firmware.core.errors import StorageError
from firmware.core.invitation import Invitation


class InvitationFile:
    """``InvitationStore`` over ``state/invitations.json``.

    Every method raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def invitations(self) -> tuple[Invitation, ...]:
        try:
            return tuple(Invitation.from_json(dict(document)) for document in self._table().all())
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: an invitation lacks or garbles {error}.",
                "Remove it and invite those people anew.",
            ) from error

    def put(self, invitation: Invitation) -> None:
        with locked(self._path):
            self._table().upsert(invitation.to_json(), where("invitation_id") == invitation.invitation_id)

    def remove(self, invitation_id: str) -> bool:
        with locked(self._path):
            return bool(self._table().remove(where("invitation_id") == invitation_id))

    def _table(self) -> Table:
        return TinyDB(self._path, storage=AtomicStorage).table("invitations", cache_size=0)
