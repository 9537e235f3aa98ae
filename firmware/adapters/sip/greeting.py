"""A greeting spoken into a phone: recorded into a file in memory, and made a prompt by a thread of its own."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pjsua2 as pj

from firmware.adapters.sip.later import Later
from firmware.adapters.sip.leg import Leg
from firmware.core.errors import EarmarkError
from firmware.core.events import Event, GreetingRecorded

_LOG = logging.getLogger(__name__)

# The bridge lets go of the recorder at its next tick.
_WHOLE_WITHIN_S = 2.0
_RIFF_HEAD = 8


@dataclass(frozen=True)
class Greetings:
    """Where greetings go.

    Attributes:
        folder: for the file while it is being recorded; in memory, because the media clock's thread writes it.
        keep: makes the prompt of that id from a WAV file, and raises an ``EarmarkError``, ``OSError`` or ``ValueError``
            when it cannot.
            Called from a thread of its own: it may take its time.
    """

    folder: Path
    keep: Callable[[str, Path], None]

    def remove_unfinished(self) -> None:
        """Take away what a process left that ended in the middle of a greeting. Raises OSError."""
        for file in self.folder.glob("*.wav"):
            file.unlink(missing_ok=True)


class GreetingRecorder:
    """One greeting being recorded. All methods are for the dispatcher's thread.

    Args:
        leg: who speaks.
        prompt: the id that it gets.
        greetings: where it goes.
        tell: takes ``GreetingRecorded``, in the dispatcher's thread.
        later: has things done in the dispatcher's thread.

    Raises:
        pj.Error: there is nothing to record.
        OSError: the file cannot be made.
    """

    def __init__(
        self, leg: Leg, prompt: str, greetings: Greetings, tell: Callable[[Event], None], later: Later
    ) -> None:
        self._leg: Leg | None = leg
        self._number = leg.number
        self._prompt = prompt
        self._greetings = greetings
        self._tell = tell
        self._later = later
        greetings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two may speak one at once, from phones of the same number.
        self._file = greetings.folder / f"{prompt}-{secrets.token_hex(8)}.wav"
        self._recorder: pj.AudioMediaRecorder | None = pj.AudioMediaRecorder()
        self._recorder.createRecorder(str(self._file))
        self.reconnect()

    def reconnect(self) -> None:
        """Hear the leg again after its media was made anew."""
        audio = self._leg.audio() if self._leg is not None else None
        if audio is not None and self._recorder is not None:
            audio.startTransmit(self._recorder)

    def end(self) -> None:
        """Take no more, and make it a prompt. Again: harmless."""
        if self._recorder is None:
            return
        audio = self._leg.audio() if self._leg is not None else None
        if audio is not None:
            audio.stopTransmit(self._recorder)
        self._recorder = None  # the file gets its length when the recorder is let go of
        self._leg = None  # the thread must not be the last to know it
        threading.Thread(target=self._make_prompt, name="greeting", daemon=True).start()

    def _make_prompt(self) -> None:
        kept = False
        try:
            _wait_until_whole(self._file)
            self._greetings.keep(self._prompt, self._file)
            kept = True
        except (EarmarkError, OSError, ValueError) as error:
            _LOG.warning("a greeting was not kept: %s", error)
        finally:
            self._file.unlink(missing_ok=True)
            self._later.soon(lambda: self._tell(GreetingRecorded(self._number, self._prompt, kept)))


def _wait_until_whole(file: Path) -> None:
    """The library writes the length into the file's head at the very end.

    Raises:
        OSError: it did not.
    """
    until_s = time.monotonic() + _WHOLE_WITHIN_S
    while time.monotonic() < until_s:
        with file.open("rb") as opened:
            head = opened.read(_RIFF_HEAD)
        if len(head) == _RIFF_HEAD and int.from_bytes(head[4:], "little") == file.stat().st_size - _RIFF_HEAD:
            return
        time.sleep(0.02)  # in the greeting's own thread: the library tells nobody when it has closed a file
    raise OSError(f"{file.name} was not completed")
