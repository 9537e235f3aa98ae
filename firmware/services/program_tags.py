"""Tags that programs put beside calls: notes of one word that begins with #, found like any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from firmware.core.errors import SettingsError
from firmware.core.program import WRITE_TAGS
from firmware.core.recording_id import opaque
from firmware.ports.clock import Clock
from firmware.services.call_notes import NoteStore
from firmware.services.programs import Programs

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", re.ASCII)
#: One tag cannot be a card's number that somebody has a till write beside the call (PCI DSS 3.3.1).
_MOST_DIGITS_IN_A_ROW = 12
_DIGITS = re.compile(rf"\d(?:[./_-]?\d){{{_MOST_DIGITS_IN_A_ROW},}}", re.ASCII)
MOST_TAGS = 50


class WrittenNote(Protocol):
    @property
    def person_name(self) -> str: ...
    @property
    def text(self) -> str: ...


class NoteReader(Protocol):
    def notes(self, recording_id: str) -> Sequence[WrittenNote]:
        """Raises StorageError."""
        ...


class ProgramTags:
    """Any thread."""

    def __init__(
        self,
        programs: Programs,
        notes: NoteStore,
        reader: NoteReader,
        enter: Callable[[str, Mapping[str, str], Mapping[str, Any]], int],
        clock: Clock,
    ) -> None:
        self._programs = programs
        self._notes = notes
        self._reader = reader
        self._enter = enter
        self._clock = clock

    def write(self, token: str, recording_id: str, tag: str) -> None:
        """Put a tag beside a call. The same program's same tag a second time changes nothing.

        Raises:
            SignInRefused, NotAllowed: as ``Programs.recognise``.
            SettingsError: it is no tag, or the program has put enough of them there.
            NoSuchRecording, ServiceAway, StorageError: it was not written.
        """
        program = self._programs.recognise(token, WRITE_TAGS)
        text = f"#{checked_tag(tag)}"
        theirs = [each.text for each in self._reader.notes(recording_id) if each.person_name == program.name]
        if text in theirs:
            return
        if len(theirs) >= MOST_TAGS:
            raise SettingsError(f"This program has put {MOST_TAGS} tags beside this call already.")
        self._notes.add(recording_id, self._clock.wall_ms(), program.program_id, program.name, text)
        self._enter(
            "call-tagged", {"recording": opaque(recording_id), "program": program.program_id}, {"name": program.name}
        )


def checked_tag(given: str) -> str:
    """Raises SettingsError: it is no tag."""
    tag = given.strip().removeprefix("#")
    if _TAG.fullmatch(tag) is None:
        raise SettingsError(
            "A tag is one word of at most 40 letters and digits, and . _ / - between them.", "Such as order-4711."
        )
    if _DIGITS.search(tag):
        raise SettingsError(
            f"A tag has no more than {_MOST_DIGITS_IN_A_ROW} digits in a row, so that it is never a card's number."
        )
    return tag
