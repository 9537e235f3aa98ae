"""Somebody who fits a line, and is walked through its trial."""

from __future__ import annotations

import subprocess
import sys

from tests.functional.office.office import Office


class Installer:
    """Reads what ``earmark line test`` says of line-1, as it says it; it waits ``patience_s`` for each step."""

    def __init__(self, office: Office, patience_s: int = 40) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "firmware.cli.main", "line", "test", "line-1", "--patience", str(patience_s)],
            env=office.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._patience_s = patience_s
        self.shown = ""

    def reads(self, words: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.shown += line
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}: {self.shown}")

    def ends(self) -> tuple[int, str]:
        """The exit status, and all that was shown."""
        rest, _ = self._process.communicate(timeout=self._patience_s + 20)
        return self._process.returncode, self.shown + rest

    def ends_with(self, status: int) -> str:
        ended_with, shown = self.ends()
        assert ended_with == status, shown
        return shown
