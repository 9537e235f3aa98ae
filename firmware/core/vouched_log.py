"""What an evidence log says that was fetched from elsewhere, and how far a signed checkpoint vouches for it.

Whoever can write where the log lay can put lines into it that follow on rightly; only the box can sign. So what a line
says is believed as far as a checkpoint reaches that the box signed and that fits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from firmware.core.entered_files import ERASED, ERASURE_DOUBTED
from firmware.core.evidence_chain import ChainEnd, EvidenceFault, EvidenceLine, follow_chain

BACKUP_MADE = "backup-made"
#: Up to which line of the evidence a backup has what that tells of, among the line's ids.
LINES = "lines"


@dataclass(frozen=True)
class ToldLine:
    """``follows``: the log holds together from line 1 to it."""

    line: EvidenceLine
    follows: bool

    def is_vouched(self, by: int) -> bool:
        """``by``: the last line that a signed checkpoint vouches for."""
        return self.follows and self.line.number <= by


class VouchedLog:
    """
    Args:
        texts: all lines, each with its newline, in order.
        signed_at: the numbers of the lines at which checkpoints say that they were signed.
    """

    def __init__(self, texts: Iterable[str], signed_at: Collection[int]) -> None:
        self._heads: dict[int, str] = {}
        self._signed_at = signed_at
        self._of_erasures: dict[str, list[ToldLine]] = {}
        self._backups: dict[str, ToldLine] = {}
        self.end = ChainEnd()
        self.fault = ""
        self._read(texts)

    def erased(self, vouched: int) -> Mapping[str, ToldLine]:
        """By recording: what says that it is erased, unless that was doubted since.

        A line that is damaged elsewhere than in itself counts; a doubt does as far as a checkpoint vouches for it, so
        that nobody brings back what is erased by writing one.

        Args:
            vouched: the last line that a signed checkpoint vouches for.
        """
        found = {recording: _standing_erasure(lines, vouched) for recording, lines in self._of_erasures.items()}
        return {recording: told for recording, told in found.items() if told is not None}

    def wrongly_doubted(self, vouched: int) -> Mapping[str, ToldLine]:
        """Those of ``erased`` of which a doubt is the last that is told, one that nothing vouches for."""
        erased = self.erased(vouched)
        return {each: erased[each] for each in erased if self._of_erasures[each][-1].line.kind == ERASURE_DOUBTED}

    @property
    def backups(self) -> Mapping[str, ToldLine]:
        """By a backup's name: what was written down when it was made."""
        return self._backups

    def fits(self, signed: ChainEnd) -> bool:
        """Whether the log up to there is what was signed."""
        return signed.number == 0 or self._heads.get(signed.number) == signed.head

    def _read(self, texts: Iterable[str]) -> None:
        lines = _Remembering(texts)
        try:
            for line, end in follow_chain(lines):
                self.end = end
                if end.number in self._signed_at:
                    self._heads[end.number] = end.head
                self._take(ToldLine(line, follows=True))
        except EvidenceFault as fault:
            self.fault = str(fault)
            for text in (lines.last, *lines):
                with suppress(EvidenceFault):
                    self._take(ToldLine(EvidenceLine.from_text(text), follows=False))

    def _take(self, told: ToldLine) -> None:
        if told.line.kind in (ERASED, ERASURE_DOUBTED):
            self._of_erasures.setdefault(told.line.subject.get("recording", ""), []).append(told)
        elif told.line.kind == BACKUP_MADE:
            self._backups.setdefault(told.line.subject.get("backup", ""), told)


def _standing_erasure(lines: Iterable[ToldLine], vouched: int) -> ToldLine | None:
    """The first that stands. ``lines``: what is told of one recording's erasure, in order."""
    standing: ToldLine | None = None
    for told in lines:
        if told.line.kind == ERASED:
            standing = standing or told
        elif told.is_vouched(vouched):
            standing = None
    return standing


class _Remembering:
    """Lines, and the last that was handed out."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.last = text
            yield text
