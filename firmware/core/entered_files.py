"""What the evidence log says that each sealed file must be: its keyslot, its content once it was closed, or gone.

Lines that speak of files, and what they hold beside ``recording`` (and ``segment``, but for an erasure):

=====================================  ==================================================================
recording-started, recording-resumed   ``keyslot``: its digest as it was made
recording-closed                       ``sha256``, ``bytes``, ``samples``, ``state``
recording-recovered                    the same, after a crash; and ``keyslot``, if there was one
recording-redacted                     all of them, of the file that stands for ``revises``, which is erased
keyslot-rewrapped                      ``keyslot``: the digest that holds from here on
recording-erased                       all segments of the recording and their keyslots are gone for good
erasure-doubted                        they are not: a restore did not believe the line that said so (``line``)
=====================================  ==================================================================

A file's content never changes once a line gave its digest: a later line with another digest is a contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.evidence_chain import EvidenceLine

ERASED = "recording-erased"
#: Of a span of lines: names and reasons that they commit to, but for those about a recording.
DETAILS_ERASED = "details-erased"
ERASURE_DOUBTED = "erasure-doubted"
REWRAPPED = "keyslot-rewrapped"
REDACTED = "recording-redacted"
#: The kinds of line that give a keyslot's digest: it was made, or has another content from here on.
ENTERS_KEYSLOT = frozenset({"recording-started", "recording-resumed", "recording-recovered", REDACTED, REWRAPPED})
_CONTENT = frozenset({"recording-closed", "recording-recovered", REDACTED})
#: The kinds of line that are about one sealed file.
SPEAKS_OF_FILES = ENTERS_KEYSLOT | _CONTENT

SegmentName = tuple[str, int]


@dataclass(slots=True)
class EnteredSegment:
    """One segment: the digests that hold now (empty: none was entered), and by which line the log contradicts itself
    (0: it does not)."""

    keyslot_sha256: str = ""
    sha256: str = ""
    contradicted_by: int = 0


class EnteredFiles:
    """Gathers it from the lines, in their order."""

    def __init__(self) -> None:
        self.segments: dict[SegmentName, EnteredSegment] = {}
        self.erased: set[str] = set()

    def take(self, line: EvidenceLine) -> None:
        """The next line. Those that speak of no file are passed over."""
        recording, segment = line.subject.get("recording", ""), line.subject.get("segment", "")
        if line.kind == ERASED:
            self.erased.add(recording)
        elif line.kind == ERASURE_DOUBTED:
            self.erased.discard(recording)
        elif line.kind in SPEAKS_OF_FILES and segment.isdigit():
            self._take(self.segments.setdefault((recording, int(segment)), EnteredSegment()), line)

    def _take(self, entered: EnteredSegment, line: EvidenceLine) -> None:
        if line.kind in ENTERS_KEYSLOT:
            entered.keyslot_sha256 = line.subject.get("keyslot", entered.keyslot_sha256)
        if line.kind in _CONTENT:
            digest = line.subject.get("sha256", "")
            if entered.sha256 and digest != entered.sha256:
                entered.contradicted_by = line.number
            else:
                entered.sha256 = digest
