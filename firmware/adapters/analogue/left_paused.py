"""Which lines' recordings are paused, on disk: a pause outlives the process, for the call on the wires does so, too.

Without it, whoever reads out a card number while the process is started anew would be recorded.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from urllib.parse import quote

_LOG = logging.getLogger(__name__)
# A pause that was not renewed for longer was forgotten, or its call is over.
_LASTS_S = 300.0


class LeftPaused:
    """A file for each such line. For the dispatcher's thread.

    Args:
        folder: where; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def note(self, line: str, paused: bool) -> None:
        """The line's recording is paused, which holds for some minutes if it is not said again, or is not."""
        if self._folder is None:
            return
        try:
            if paused:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file(self._folder, line).touch()
            else:
                self._file(self._folder, line).unlink(missing_ok=True)
        except OSError as error:
            _LOG.error("after a restart line %s will not be known to be paused: %s", line, error.strerror)

    def lasts(self, line: str) -> bool:
        """Whether it was paused lately, and nobody has let it go on."""
        try:
            return self._folder is not None and time.time() - self._file(self._folder, line).stat().st_mtime < _LASTS_S
        except OSError:
            return False

    @staticmethod
    def _file(folder: Path, line: str) -> Path:
        return folder / quote(line, safe="")
