"""The evidence log of a lost box, as far as it had left it: what of it may be believed before anything is restored."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.sealing.signed_note import read_note
from firmware.adapters.store.evidence_files import day_files
from firmware.adapters.store.evidence_pieces import put_together
from firmware.core.archive_names import EVIDENCE, read_note_name, read_piece_name
from firmware.core.evidence_chain import Checkpoint, EvidenceFault
from firmware.core.home import Home
from firmware.core.vouched_log import ToldLine, VouchedLog
from firmware.ports.remote_storage import RemoteStorage

#: Checkpoints of a box that is no more: its key is not the new one's, so they lie apart.
_EARLIER_NOTES = "checkpoints-of-the-box-before"

Signer = tuple[str, Ed25519PublicKey]


@dataclass(frozen=True)
class JudgedEvidence:
    """``vouched``: the last line that a checkpoint vouches for; ``problem``: what is wrong with the log, in a sentence,
    empty when it holds.
    """

    log: VouchedLog
    vouched: int = 0
    problem: str = ""

    @property
    def erased(self) -> Mapping[str, ToldLine]:
        """By recording: what says that it is erased."""
        return self.log.erased(self.vouched)

    @property
    def wrongly_doubted(self) -> Mapping[str, ToldLine]:
        """Erasures that somebody denies of whom no checkpoint tells: they stand."""
        return self.log.wrongly_doubted(self.vouched)

    def doubtful(self, held: Collection[str]) -> Sequence[ToldLine]:
        """Erasures of recordings among these that no checkpoint vouches for: anybody may have written them."""
        erased = self.erased
        told = (erased[recording] for recording in sorted(erased.keys() & set(held)))
        return [each for each in told if not each.is_vouched(self.vouched)]

    def told_of(self, backup: str) -> ToldLine | None:
        """The line that was written when it was made."""
        return self.log.backups.get(backup)


def no_evidence() -> JudgedEvidence:
    return JudgedEvidence(VouchedLog((), ()), 0, "There is no archive to take the evidence log from.")


class RestoredEvidence:
    """The log and its checkpoints, brought into a draft of the restored office."""

    def __init__(self, draft: Home) -> None:
        self._folder = draft.evidence
        self._notes_folder = draft.evidence / _EARLIER_NOTES

    def fetch(self, archive: RemoteStorage, fetched: Path) -> None:
        """Raises StorageAway or StorageError."""
        names = [each.name for each in archive.listed(EVIDENCE)]
        archive.fetch(names, fetched)
        put_together(self._folder, [(piece, fetched / name) for name in names if (piece := read_piece_name(name))])
        make_private_folder(self._notes_folder)
        for name in names:
            if (line := read_note_name(name)) is not None:
                shutil.copyfile(fetched / name, self._notes_folder / f"{line}.note")

    def unjudged(self) -> VouchedLog:
        """What it says, whoever wrote that."""
        return VouchedLog(self._texts(), ())

    def judged(self, signers: Sequence[Signer], lines_at_backup: int) -> JudgedEvidence:
        """
        Args:
            signers: the keys that checkpoints of this box, and of those before it, are signed with.
            lines_at_backup: how many lines there were when the backup was begun.
        """
        notes = sorted(((int(path.stem), path) for path in self._notes_folder.glob("*.note")), reverse=True)
        log = VouchedLog(self._texts(), {number for number, _ in notes})
        problem = f"The evidence log in the archive does not hold together: {log.fault}." if log.fault else ""
        for number, path in notes:
            fault = _fault_of(path, signers, log)
            if not fault:
                return JudgedEvidence(log, number, problem or _too_short(log, lines_at_backup))
            problem = problem or f"The checkpoint of line {number} {fault}."
        return JudgedEvidence(log, 0, problem or _too_short(log, lines_at_backup))

    def _texts(self) -> Iterator[str]:
        for path in day_files(self._folder):
            yield from path.read_text(encoding="ascii", errors="replace").splitlines(keepends=True)


def _fault_of(path: Path, signers: Sequence[Signer], log: VouchedLog) -> str:
    why = "carries no signature"
    for name, public in signers:
        try:
            end = Checkpoint.from_text(read_note(path.read_text(encoding="utf-8"), name, public)).end
        except (EvidenceFault, UnicodeDecodeError) as fault:
            why = str(fault)
            continue
        if end.number == int(path.stem) and log.fits(end):
            return ""
        return "does not fit the evidence in the archive"
    return f"does not verify: {why}"


def _too_short(log: VouchedLog, at_backup: int) -> str:
    if log.end.number >= at_backup:
        return ""
    return f"The archive has {log.end.number} lines of evidence, and the box had {at_backup} at the backup."
