"""An update on its way from a browser to the data disk: hundreds of megabytes, of which this process holds a piece at a
time. It looks at nothing of it: whoever writes it to the box checks who signed it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

from firmware.core.errors import StorageError, StorageFull, UpdateRefused
from firmware.core.system_update import LARGEST_BYTES
from webui.sent_files import Room
from webui.translation import gettext as _

#: Left for recordings.
_LEAVES_BYTES = 500_000_000
_HOW = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


class UpdateShelf:
    """The folder with room for one. Whoever calls sees to it that there is one caller."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._part = file.with_suffix(".part")

    def must_have_room(self, size_bytes: int) -> None:
        """Before anything of it is read.

        Raises:
            UpdateRefused: it is larger than any update.
            StorageError, StorageFull: the data disk is away, or nearly full.
        """
        if size_bytes > LARGEST_BYTES:
            raise UpdateRefused(_("That is larger than any update."), _("Choose the file that ends in .raucb."))
        try:
            free = shutil.disk_usage(self._file.parent).free
        except OSError as error:
            raise StorageError(
                _("There is no place for an update: the data disk is away."), _("Unlock it first.")
            ) from error
        if size_bytes > free - _LEAVES_BYTES:
            raise StorageFull(
                _("There is no room for the update beside the recordings."), _("Free space on the data disk.")
            )

    def open_part(self) -> IO[bytes]:
        return os.fdopen(os.open(self._part, _HOW, 0o600), "w+b")

    def keep(self, part: IO[bytes]) -> None:
        """All of it has come."""
        part.flush()
        os.fsync(part.fileno())
        self._part.replace(self._file)

    def forget_part(self) -> None:
        self._part.unlink(missing_ok=True)


def room_for_updates(shelf: UpdateShelf) -> Room:
    return Room("webui.updates.views.send", LARGEST_BYTES, shelf.open_part)
