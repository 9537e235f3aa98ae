"""Knowing the data disk by a mark on it: an empty mount point, or another office's disk, is never taken for it.

The mark is ``data/.earmark-data``, one line with the name of the device key of the office that it was made for. Set-up
makes it; ``earmark data-disk prepare`` makes it on a new disk. A folder of an earlier version, which has none, is known
by the evidence log in it and marked when it is first met. One whose recorder never ran cannot be told from a mount
point without its disk: a person must say that it is the place.
"""

from __future__ import annotations

import os
from pathlib import Path

from firmware.adapters.keys.device_key import load_device_public_key
from firmware.adapters.sealing.spool_seal import KEY_BYTES, new_spool_key, spool_public_key
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.store.durable_files import file_mode, make_folders, storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.errors import StorageError
from firmware.core.home import Home

AWAY = "The data disk is locked or missing."
NEVER_PREPARED = (
    "No data disk was prepared for this office yet (an earlier version made none): once its disk is there, run earmark "
    "data-disk prepare."
)


class MarkedDataDisk:
    """The ``DataDisk`` of one office.

    Args:
        looked_at_only: whoever asks may write nothing there, and wants to know whether others can.
    """

    def __init__(self, home: Home, *, looked_at_only: bool = False) -> None:
        self._home = home
        self._looked_at_only = looked_at_only

    def look(self) -> str:
        """Any thread. Reads one small file."""
        try:
            marked_for = self._home.data_mark.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            if self._used_before_marks():
                return self._if_writable()
            return AWAY if self.was_prepared else NEVER_PREPARED
        except OSError as error:
            return f"The data disk cannot be read: {error.strerror}."
        if marked_for != self._office():
            return "The disk that is there is another office's data disk."
        return self._if_writable()

    @property
    def was_prepared(self) -> bool:
        """Whether this office ever had a data disk with a mark on it, here or away; who may not see that says yes."""
        try:
            return self._home.data_mark.exists() or self._home.spool_public_key.exists()
        except PermissionError:  # the spool is the recorder's alone
            return True

    def prepare(self) -> None:
        """Mark the folder as this office's data disk, and see to the key that the spool is sealed to. May be repeated.

        Raises:
            NotSetUp: there is no office.
            StorageError: it cannot be written, is marked for another office, or its disk is not there.
        """
        office = self._office()
        if self._home.empty_place_mark.exists():
            raise StorageError(
                f"{self._home.data} is only the place where the data disk belongs.",
                "Unlock the disk first: on the page, or with earmark disk open.",
            )
        with storage_errors("made", self._home.data):
            make_folders(self._home.data)
            make_folders(self._home.spool)
        self._see_to_the_key()
        if not self._home.data_mark.exists():
            _write(self._home.data_mark, f"{office}\n".encode())
        elif self._home.data_mark.read_text(errors="replace").strip() != office:
            raise StorageError(
                f"{self._home.data} is marked as another office's data.", "Plug in this office's own data disk."
            )

    def _see_to_the_key(self) -> None:
        secret, public = self._home.spool_key, self._home.spool_public_key
        with storage_errors("read", secret):
            private = secret.read_bytes() if secret.exists() else b""
            known = public.read_bytes() if public.exists() else b""
        if len(private) != KEY_BYTES:
            private = new_spool_key()
            _write(secret, private, 0o600)
        if known != spool_public_key(private):
            _write(public, spool_public_key(private), 0o600)

    def _office(self) -> str:
        return load_device_public_key(self._home.device_public_key)[0]

    def _used_before_marks(self) -> bool:
        """The recorder signs where its log ends whenever it starts."""
        try:
            return self._home.checkpoint.exists() or bool(day_files(self._home.evidence))
        except OSError:
            return False

    def _if_writable(self) -> str:
        try:
            read_only = bool(os.statvfs(self._home.data).f_flag & os.ST_RDONLY)
        except OSError as error:
            return f"The data disk cannot be read: {error.strerror}."
        if read_only or not (self._looked_at_only or os.access(self._home.data, os.W_OK)):
            return "The data disk cannot be written."
        return ""


def _write(path: Path, content: bytes, mode: int | None = None) -> None:
    """For the folder's owner, also where root prepares a disk for the recorder."""
    with storage_errors("written", path):
        folder = path.parent.stat()
        mode = file_mode(path.parent) if mode is None else mode
    replace_file(path, content, mode, (folder.st_uid, folder.st_gid) if os.geteuid() == 0 else None)
