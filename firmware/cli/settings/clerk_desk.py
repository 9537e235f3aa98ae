"""Asks the clerk of settings, and has one start where there is none."""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from firmware.adapters.control.wire_errors import from_wire
from firmware.core.errors import ServiceAway, TooBusy
from firmware.core.home import Home

_MODULE = "firmware.cli.settings.clerk"
PATIENCE_S = 20.0


class SettingsClerk:
    """``Clerk``. One question at a time; any thread. The clerk ends with this object."""

    def __init__(self, home: Home, patience_s: float = PATIENCE_S) -> None:
        """``patience_s``: how long a question may take; others wait for it."""
        self._turn = threading.Lock()
        self._at_work = _AtWork(home, patience_s)
        weakref.finalize(self, self._at_work.let_go)

    def ask(self, act: str, **what: Any) -> Mapping[str, Any]:
        """
        Raises:
            EarmarkError: the clerk's own.
            ServiceAway: there is no clerk.
            TooBusy: it did not find out in time, and was ended.
        """
        question = orjson.dumps({"act": act, **what}) + b"\n"
        with self._turn:
            # One that ended for want of questions, or at this moment, is followed by another.
            told = self._at_work.asked(question) or self._at_work.asked(question)
        if not told:
            raise ServiceAway("The settings cannot be looked at now.", "Try again; the opener's log says more.")
        answer = orjson.loads(told)
        if "error" in answer:
            raise from_wire(500, answer)
        found: Mapping[str, Any] = answer["answer"]
        return found


class _AtWork:
    """The clerk's process, if there is one."""

    def __init__(self, home: Home, patience_s: float) -> None:
        self._patience_s = patience_s
        self._command = (sys.executable, "-m", _MODULE, str(home.root))
        self._clerk: subprocess.Popen[bytes] | None = None

    def asked(self, question: bytes) -> bytes:
        """A line of answer. Empty: whoever was asked is gone. Raises TooBusy."""
        if self._clerk is None:
            self._clerk = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        asking, telling = self._clerk.stdin, self._clerk.stdout
        assert asking is not None
        assert telling is not None
        told, late = b"", threading.Event()
        limit = threading.Timer(self._patience_s, self._end, (self._clerk, late))
        limit.start()
        with suppress(OSError):
            asking.write(question)
            asking.flush()
            told = telling.readline()
        limit.cancel()
        if told.endswith(b"\n"):
            return told
        self.let_go()
        if late.is_set():
            raise TooBusy(
                f"Looking at these settings took longer than {self._patience_s:.0f} seconds, and was given up.",
                "Nothing was changed. Change less at a time.",
            )
        return b""

    @staticmethod
    def _end(clerk: subprocess.Popen[bytes], late: threading.Event) -> None:
        late.set()
        clerk.kill()

    def let_go(self) -> None:
        """It ends when nobody can ask it any more."""
        clerk, self._clerk = self._clerk, None
        if clerk is None:
            return
        for pipe in (clerk.stdin, clerk.stdout):
            assert pipe is not None
            with suppress(OSError):  # what was not written is of no use any more
                pipe.close()
        clerk.wait()
