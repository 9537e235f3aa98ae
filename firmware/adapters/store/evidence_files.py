"""The evidence log as daily text files, written by one process under a lock, read by anybody who may."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.adapters.keys.device_key import DeviceKey, load_device_public_key
from firmware.adapters.sealing.signed_note import read_note, sign_note
from firmware.adapters.store.durable_files import (
    file_mode,
    make_folders,
    must_be_there,
    replace_file,
    storage_errors,
    sync_folder,
    write_all,
)
from firmware.core.errors import AlreadyRunning, DamagedEvidence
from firmware.core.evidence_chain import (
    ENTRY_ID,
    ChainEnd,
    Checkpoint,
    EvidenceFault,
    EvidenceLine,
    RecentEntries,
    follow_chain,
    line_hash,
)
from firmware.core.home import Home
from firmware.ports.evidence_log import EvidenceEntry

_LOG = logging.getLogger(__name__)
_LOCK = ".writer.lock"
#: A command that makes an entry while no recorder runs holds the log for a moment: a recorder that starts waits for it.
_PATIENCE_S = 2.0
_AGAIN_S = 0.05
#: The line by which a recorder says that it found the log otherwise than it was signed.
DOUBTED = "log-doubted"


def day_files(folder: Path) -> list[Path]:
    """The days' files, oldest first. All but the newest are finished: they are never written again."""
    return sorted(folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].log"))


class EvidenceFiles:
    """The ``EvidenceLog``. One process at a time; any thread of it.

    Raises (from the constructor):
        StorageError: the folder cannot be written.
        AlreadyRunning: another process holds the log, and goes on to.
    """

    def __init__(self, home: Home, key: DeviceKey, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = home.evidence
        self._checkpoint_file = home.checkpoint
        self._earlier_checkpoints = home.checkpoints
        self._key = key
        self._now = now
        self._guard = threading.Lock()
        with storage_errors("made", self._folder):
            make_folders(self._earlier_checkpoints)
        self._lock_file = _claim(self._folder / _LOCK)
        self._end = self._recover()
        self._recent = self._recent_entries()
        if doubt := self._doubt():
            _LOG.error("the evidence log was changed while nobody wrote it: %s", doubt)
            self.enter([EvidenceEntry(DOUBTED, {"line": str(self._end.number)})])

    @property
    def end(self) -> ChainEnd:
        with self._guard:
            return self._end

    def enter(self, entries: Sequence[EvidenceEntry]) -> int:
        with self._guard:
            at, end, texts = self._now(), self._end, []
            for entry in entries:
                text, end = end.follow(at, entry.kind, entry.subject, entry.commitment)
                texts.append(text)
            self._append(at, "".join(texts).encode("ascii"))
            for number, entry in enumerate(entries, self._end.number + 1):
                self._recent.note(number, entry.subject)
            self._end = end
            return end.number

    def line_of(self, subject: Mapping[str, str]) -> int | None:
        with self._guard:
            return self._recent.line_of(subject)

    def checkpoint(self) -> None:
        with self._guard:
            with storage_errors("written", self._folder):
                must_be_there(self._folder / _LOCK, self._lock_file)
            note = sign_note(Checkpoint(self._end, self._now()).to_text(), self._key).encode()
            kept = self._earlier_checkpoints / f"{self._end.number}.note"
            if self._end.number and not kept.exists():  # one that contradicts it is evidence, too, and stays
                replace_file(kept, note)
            replace_file(self._checkpoint_file, note)

    def close(self) -> None:
        try:
            self.checkpoint()
        finally:
            os.close(self._lock_file)

    def _append(self, at: datetime, content: bytes) -> None:
        """Whole or not at all: what was written in part is taken back, so that the next try follows a whole line."""
        path = self._file_of(at)
        with storage_errors("written", path):
            must_be_there(self._folder / _LOCK, self._lock_file)
            file = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, file_mode(self._folder)
            )
            try:
                before = os.fstat(file).st_size
                try:
                    write_all(file, content)
                    os.fdatasync(file)
                except OSError:
                    os.ftruncate(file, before)
                    raise
            finally:
                os.close(file)
            if before == 0:
                sync_folder(self._folder)

    def _file_of(self, at: datetime) -> Path:
        """The day's, or the newest there is: a clock that was set back must not put lines before others."""
        today = self._folder / f"{at:%Y-%m-%d}.log"
        return max([today, *day_files(self._folder)[-1:]])

    def _recover(self) -> ChainEnd:
        """Where the log ends; the torn beginning of a line that a power cut left is cut off (nobody was told of it)."""
        for path in reversed(day_files(self._folder)):
            with storage_errors("read", path):
                content = path.read_bytes()
                whole = content[: content.rfind(b"\n") + 1]
                if whole != content:
                    _LOG.warning(
                        "%s: a line was cut off by the last stop, %d bytes", path.name, len(content) - len(whole)
                    )
                    os.truncate(path, len(whole))
            if whole:
                return _end_of(path, whole.decode("ascii", errors="replace"))
        return ChainEnd()

    def _doubt(self) -> str:
        """What is wrong with the end of the log by the newest checkpoint; empty for nothing. Going on, and signing
        anew, must not hide that lines were lost: a data disk may have been put back as it was last week."""
        if not self._checkpoint_file.exists():
            return ""
        try:
            with storage_errors("read", self._checkpoint_file):
                note = self._checkpoint_file.read_bytes().decode()
            signed = Checkpoint.from_text(read_note(note, self._key.name, self._key.private.public_key())).end
        except (EvidenceFault, UnicodeDecodeError) as fault:
            return f"the newest checkpoint does not verify: {fault}"
        if signed.number > self._end.number:
            return f"line {signed.number} was signed, and it ends with line {self._end.number}"
        heads = dict(head for path in day_files(self._folder)[-2:] for head in _heads(path))
        heads[self._end.number] = self._end.head
        found = heads.get(signed.number, signed.head)
        return "" if found == signed.head else f"line {signed.number} is not the one that was signed"

    def _recent_entries(self) -> RecentEntries:
        """Those of the last two days that were written on: midnight may lie between an entry and its being brought
        again."""
        recent = RecentEntries()
        for path in day_files(self._folder)[-2:]:
            for line in _entry_lines(path):
                recent.note(line.number, line.subject)
        return recent


def _entry_lines(path: Path) -> Iterator[EvidenceLine]:
    """The lines of a day that came with an id; damaged ones are passed over."""
    with storage_errors("read", path):
        text = path.read_text(encoding="ascii", errors="replace")
    for line in text.splitlines(keepends=True):
        if f"{ENTRY_ID}=" in line:
            with contextlib.suppress(EvidenceFault):
                yield EvidenceLine.from_text(line)


def _heads(path: Path) -> Iterator[tuple[int, str]]:
    """The number and hash of each line of a day; damaged ones are passed over."""
    with storage_errors("read", path):
        text = path.read_text(encoding="ascii", errors="replace")
    for line in text.splitlines(keepends=True):
        number = line.split(" ", 1)[0]
        if number.isascii() and number.isdigit() and line.isascii():
            yield int(number), line_hash(line)


def _end_of(path: Path, text: str) -> ChainEnd:
    """Go on after the last line even where the log is damaged: recording must not stop, and verifying will name it."""
    lines = text.splitlines(keepends=True)
    for distance, line in enumerate(reversed(lines)):
        try:
            number = EvidenceLine.from_text(line).number + distance
        except EvidenceFault as fault:
            _LOG.error("%s is damaged, line %d: %s", path.name, len(lines) - distance, fault)
            continue
        return ChainEnd(number, line_hash(lines[-1]) if lines[-1].isascii() else "0" * 64)
    return ChainEnd(len(lines), "0" * 64)


def _claim(path: Path) -> int:
    with storage_errors("made", path):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    until = time.monotonic() + _PATIENCE_S
    while not _locked(file):
        if time.monotonic() >= until:
            os.close(file)
            raise AlreadyRunning(
                f"Another recorder already writes the evidence log in {path.parent}.",
                "Stop it first; one data folder has one recorder.",
            )
        time.sleep(_AGAIN_S)  # flock(2) cannot wait for a time
    return file


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number_in(note: bytes) -> int:
    """Of which line a note speaks; 0 if it cannot be read, which its check will tell."""
    fields = note.split(b"\n", 2)
    return int(fields[1]) if len(fields) == 3 and fields[1].isdigit() else 0


class EvidenceFilesReader:
    """The ``EvidenceReader`` over the same files."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._notes: dict[Path, bytes] = {}
        self._last = 0
        self._heads: dict[int, str] = {}

    def lines(self) -> Iterator[EvidenceLine]:
        self._notes = self._read_notes()  # before the lines: the log may go on meanwhile, and be signed again
        wanted = {_number_in(note) for note in self._notes.values()}
        try:
            for line, end in follow_chain(self._texts()):
                self._last = end.number
                if end.number in wanted:
                    self._heads[end.number] = end.head
                yield line
        except (EvidenceFault, UnicodeDecodeError) as fault:
            raise DamagedEvidence(
                f"The evidence log in {self._home.evidence} does not hold together: {fault}.",
                "Compare it with the archive's copy; the last checkpoint kept elsewhere tells where it differs.",
            ) from fault

    def check_checkpoints(self) -> Sequence[str]:
        """Call after ``lines`` was read to its end."""
        if self._home.checkpoint not in self._notes:
            return ["There is no signed checkpoint."] if self._last else []
        signer = load_device_public_key(self._home.device_public_key)
        found = (self._check_note(path, note, *signer) for path, note in self._notes.items())
        return [problem for problem in found if problem]

    def _read_notes(self) -> dict[Path, bytes]:
        paths = [self._home.checkpoint, *sorted(self._home.checkpoints.glob("*.note"))]
        with storage_errors("read", self._home.evidence):
            return {path: path.read_bytes() for path in paths if path.exists()}

    def _check_note(self, path: Path, note: bytes, name: str, public: Ed25519PublicKey) -> str:
        try:
            signed = Checkpoint.from_text(read_note(note.decode(), name, public))
        except (EvidenceFault, UnicodeDecodeError) as fault:
            return f"The checkpoint {path.name} does not verify: {fault}."
        if path != self._home.checkpoint and path.stem != str(signed.end.number):
            return f"The checkpoint {path.name} is that of line {signed.end.number}: it was renamed or exchanged."
        if signed.end.number == 0 or self._heads.get(signed.end.number) == signed.end.head:
            return ""
        return (
            f"The checkpoint {path.name} says that line {signed.end.number} has the hash {signed.end.head[:16]}…, and "
            "the log does not: lines up to it were changed or removed."
        )

    def _texts(self) -> Iterator[str]:
        """Whole lines. What follows the last newline of all is a line being written, or torn by a power cut."""
        files = day_files(self._home.evidence)
        for path in files:
            with storage_errors("read", path):
                content = path.read_text(encoding="ascii")
            if path == files[-1]:
                content = content[: content.rfind("\n") + 1]
            yield from content.splitlines(keepends=True)
