"""Marks of paused calls, on disk: they hold no number, no name and no id, only what tells whether it is the same.

Each is disguised by a salt that is made up anew with the folder (BLAKE2b, RFC 7693), which on the box is in memory.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware.core.recording_metadata import CallTraits

_LOG = logging.getLogger(__name__)
_SALT = "salt"
_SALT_BYTES = 32
_MARK = ".mark"
_DISGUISED_BYTES = 16


@dataclass(frozen=True)
class PauseMark:
    """A paused call, everything in disguise. ``until_s`` is how long it holds, in monotonic seconds."""

    line: str
    far_number: str
    calls: tuple[CallTraits, ...]
    until_s: float

    def is_of(self, other: PauseMark) -> bool:
        """Whether both are of one call: by its ids, or by the far party."""
        if self.line != other.line:
            return False
        if self.far_number and self.far_number == other.far_number:
            return True
        return any(ours.is_same_call(theirs) for ours in self.calls for theirs in other.calls)


class PauseMarks:
    """A file for each call. One thread. What cannot be written is told in the log, and the call goes on.

    The moment until which a mark holds is its file's time of change, by the monotonic clock: that is renewed at no
    cost, and setting the clock ends no pause.

    Args:
        folder: where; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._written: dict[str, PauseMark] = {}
        self._complained = False
        self._salt = secrets.token_bytes(_SALT_BYTES)
        if folder is not None:
            try:
                self._salt = _salt_of(folder)
            except OSError as error:
                self._complain(error)

    def disguised(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._salt, digest_size=_DISGUISED_BYTES).hexdigest()

    def read(self, now_s: float, at_most_s: float) -> dict[str, PauseMark]:
        """The marks that still hold, by call; none for longer than that is of this start of the machine."""
        if self._folder is None:
            return {}
        found = {}
        for file in self._folder.glob(f"*{_MARK}"):
            try:
                until_s = file.stat().st_mtime_ns / 1e9
                if now_s < until_s <= now_s + at_most_s:
                    found[file.stem] = self._written[file.stem] = _read(file, until_s)
                else:
                    file.unlink()
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._complain(error)
        return found

    def keep(self, call_id: str, mark: PauseMark) -> None:
        """Write it, or renew it."""
        if self._folder is None:
            return
        file = self._file(self._folder, call_id)
        before = self._written.get(call_id)
        try:
            if before is not None and replace(before, until_s=mark.until_s) == mark:
                _set_until(file, mark.until_s)
            else:
                unfinished = file.with_suffix(".new")
                unfinished.write_text(json.dumps(_document(mark)))
                _set_until(unfinished, mark.until_s)
                unfinished.replace(file)
            self._written[call_id] = mark
            self._complained = False
        except OSError as error:
            self._written.pop(call_id, None)
            self._complain(error)

    def remove(self, call_id: str) -> None:
        if self._folder is None or self._written.pop(call_id, None) is None:
            return
        try:
            self._file(self._folder, call_id).unlink(missing_ok=True)
        except OSError as error:
            self._complain(error)

    @staticmethod
    def _file(folder: Path, call_id: str) -> Path:
        return folder / f"{call_id}{_MARK}"

    def _complain(self, error: Exception) -> None:
        if not self._complained:
            _LOG.error("after a restart a paused call may not be known to be paused: %s", error)
        self._complained = True


def _salt_of(folder: Path) -> bytes:
    """The folder's salt, made up if it has none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / _SALT
    if file.exists() and len(known := file.read_bytes()) == _SALT_BYTES:
        return known
    file.unlink(missing_ok=True)
    made = secrets.token_bytes(_SALT_BYTES)
    file.touch(0o600, exist_ok=False)
    file.write_bytes(made)
    return made


def _set_until(file: Path, until_s: float) -> None:
    until_ns = round(until_s * 1e9)
    os.utime(file, ns=(until_ns, until_ns))


def _document(mark: PauseMark) -> dict[str, Any]:
    calls = [
        {"ids": sorted(each.ids), "groups": sorted(each.groups), "addresses": sorted(each.addresses)}
        for each in mark.calls
    ]
    return {"line": mark.line, "far_number": mark.far_number, "calls": calls}


def _read(file: Path, until_s: float) -> PauseMark:
    document = json.loads(file.read_bytes())
    calls = tuple(
        CallTraits(frozenset(each["ids"]), frozenset(each["groups"]), frozenset(each["addresses"]))
        for each in document["calls"]
    )
    return PauseMark(document["line"], document["far_number"], calls, until_s)
