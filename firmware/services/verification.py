"""Checking a whole data folder without any key: does everything still hold that was once written down?

Each sealed file is followed frame by frame and compared with what the catalogue and the evidence log say of it; the
evidence log is followed line by line up to its signed checkpoint; files that should be there and are not, and files
that nobody entered, are named. What opens only with a key (that a frame decrypts) is not checked here.

This is the box looking at itself. ``scripts/verify-recordings`` proves the same to others, from a copy and a checkpoint
held elsewhere; the two share no code, so that a mistake in one shows in the other, and a test has them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from firmware.core.entered_files import EnteredFiles, EnteredSegment, SegmentName
from firmware.core.errors import EarmarkError, StorageError
from firmware.core.sealed_format import FormatError
from firmware.core.sealed_scan import Scan
from firmware.ports.catalogue import SegmentRow
from firmware.ports.evidence_log import EvidenceReader
from firmware.ports.recording_store import SegmentDigest, StoredSegment, StoredSegments

Severity = Literal["wrong", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing found. ``wrong`` is damage or a contradiction; ``note`` is worth knowing and in order."""

    severity: Severity
    subject: str
    text: str


class SegmentCatalogue(Protocol):
    def every_segment(self) -> Sequence[SegmentRow]:
        """All rows of sealed files. Raises DamagedCatalogue or StorageError."""
        ...


def verify(
    store: StoredSegments,
    evidence: EvidenceReader,
    catalogue: SegmentCatalogue | None,
    settle: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """Everything that is wrong or worth knowing, evidence first. An empty list, or one of notes only, is a pass.

    ``catalogue`` is None when it cannot be opened; that is the caller's finding. ``settle`` is called once the files
    are listed: it gives a running recorder time to enter those it has just begun.
    """
    files = store.everything()
    settle()
    findings: list[Finding] = []
    entered = _read_evidence(evidence, findings)
    rows = {(row.recording_id, row.n): row for row in catalogue.every_segment()} if catalogue else None
    seen: set[SegmentName] = set()
    previous: tuple[StoredSegment, Scan] | None = None
    for stored in files:
        key = (stored.recording_id, stored.segment)
        seen.add(key)
        if stored.recording_id in entered.erased:
            findings.append(Finding("wrong", str(stored.path), "The evidence log says it was erased, and it is here."))
        scan = _scan(store, stored, findings)
        if scan is None:
            continue
        findings += _check_content(stored, scan, previous)
        row = rows.get(key) if rows is not None else None
        findings += _check_against(store, stored, scan, entered.segments.get(key), row)
        if rows is not None and key not in rows:
            findings.append(Finding("wrong", str(stored.path), "The catalogue does not list this file."))
        previous = stored, scan
    findings += _missing(entered, rows or {}, seen)
    findings += map(_stranger, store.strangers())
    return findings


def _stranger(path: Path) -> Finding:
    severity: Severity = "wrong" if path.suffix in (".ear", ".key") else "note"
    return Finding(severity, str(path), "Nothing belongs to this file.")


def _read_evidence(evidence: EvidenceReader, findings: list[Finding]) -> EnteredFiles:
    entered = EnteredFiles()
    try:
        for line in evidence.lines():
            entered.take(line)
        findings += [Finding("wrong", "evidence", problem) for problem in evidence.check_checkpoints()]
    except EarmarkError as error:
        findings.append(Finding("wrong", "evidence", str(error)))
    return entered


def _scan(store: StoredSegments, stored: StoredSegment, findings: list[Finding]) -> Scan | None:
    try:
        return store.scan(stored)
    except (FormatError, StorageError) as error:
        findings.append(Finding("wrong", str(stored.path), f"It is not a sealed recording any more: {error}."))
        return None


def _check_content(stored: StoredSegment, scan: Scan, previous: tuple[StoredSegment, Scan] | None) -> Iterator[Finding]:
    """What the file says about itself, and about the segment before it."""
    if scan.damage:
        yield Finding("wrong", str(stored.path), f"It is damaged: {scan.damage}.")
    if (scan.header.recording_id, scan.header.segment) != (stored.recording_id, stored.segment):
        yield Finding("wrong", str(stored.path), "Inside it is another recording than its name says.")
    if _belongs(scan, stored) != stored.path:
        yield Finding("wrong", str(stored.path), f"It belongs to {_belongs(scan, stored).parent}.")
    if stored.segment == 0:
        return
    if previous is None or (previous[0].recording_id, previous[0].segment + 1) != (stored.recording_id, stored.segment):
        yield Finding("wrong", str(stored.path), f"Segment {stored.segment - 1}, which it continues, is missing.")
    elif not previous[1].reaches(scan.header.previous_chain):
        yield Finding("wrong", str(previous[0].path), "It does not end where the segment after it says it ended.")


def _belongs(scan: Scan, stored: StoredSegment) -> Path:
    """Where a sealed file lies, by the day in its header."""
    day = datetime.fromtimestamp(scan.header.started_at_ms / 1000, UTC)
    return Path(f"recordings/{day:%Y/%m/%d}/{stored.path.name}")


def _check_against(
    store: StoredSegments, stored: StoredSegment, scan: Scan, entered: EnteredSegment | None, row: SegmentRow | None
) -> Iterator[Finding]:
    """The file as it is against what was written down about it."""
    subject = str(stored.path)
    digest = store.digest(stored)
    if entered is None:
        yield Finding("wrong", subject, "The evidence log does not know this file.")
    else:
        yield from _check_digests(subject, digest, entered)
    if row and row.state in ("closed", "cut") and row.chain != scan.chain.hex():
        yield Finding("wrong", subject, "It does not end as the catalogue says: frames are missing or were changed.")
    if not scan.final:
        going_on = entered is not None and not entered.sha256
        text = "It is being recorded." if going_on else "It was interrupted; what is there is sound."
        yield Finding("note", subject, text)


def _check_digests(subject: str, digest: SegmentDigest, entered: EnteredSegment) -> Iterator[Finding]:
    if entered.contradicted_by:
        text = f"Line {entered.contradicted_by} of the evidence log gives it another digest than a line before did."
        yield Finding("wrong", subject, text)
    if entered.sha256 and digest.sha256 != entered.sha256:
        yield Finding(
            "wrong",
            subject,
            f"It was changed: its SHA-256 is {digest.sha256[:16]}…, the evidence log says {entered.sha256[:16]}….",
        )
    if not digest.keyslot_sha256:
        yield Finding("wrong", subject, "Its keyslot is missing: nobody can open it.")
    elif entered.keyslot_sha256 and digest.keyslot_sha256 != entered.keyslot_sha256:
        yield Finding("wrong", subject, "Its keyslot is not the one that the evidence log says belongs to it.")


def _missing(
    entered: EnteredFiles, rows: Mapping[SegmentName, SegmentRow], seen: set[SegmentName]
) -> Iterator[Finding]:
    for recording, segment in sorted((entered.segments.keys() | rows.keys()) - seen):
        if recording in entered.erased:
            continue
        teller = "evidence log" if (recording, segment) in entered.segments else "catalogue"
        yield Finding("wrong", f"{recording}.{segment}.ear", f"The {teller} knows this file, and it is gone.")
    for recording in sorted({each for each, _ in rows} & entered.erased):
        yield Finding("wrong", recording, "The evidence log says it was erased, and the catalogue lists its files.")
