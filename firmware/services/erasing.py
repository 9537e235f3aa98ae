"""Carries out what the journal says is to be erased: keys first, rows last, and every step may be repeated.

A process may end at any instruction. Whatever it had done by then, doing it again from the beginning is right:

=========================================  =======================================================================
ended after …                              then
=========================================  =======================================================================
the order                                  nothing is destroyed yet; it is carried out
some keyslots were overwritten             nobody can open these; the rest follows
the files are gone                         the row is still listed; the evidence and the rows follow
the evidence line                          the recorder knows it by its id and enters no second one; rows follow
the rows                                   the journal says "erased"; what a search index still holds is wiped
=========================================  =======================================================================
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from itertools import islice

from firmware.ports.erasing import ErasableFiles, ErasureEvidence, ErasureTables

_LOG = logging.getLogger(__name__)
_BATCH = 100
_LOOKED_UP_AT_ONCE = 500
_DAY_MS = 24 * 3_600_000
#: For so long a backup keeps keyslots.
BACKUP_DAYS = 30


class Erasing:
    """One thread at a time."""

    def __init__(
        self,
        files: ErasableFiles,
        tables: ErasureTables,
        evidence: ErasureEvidence,
        committed: Callable[[], Iterable[tuple[str, str]]],
        erased_before: Callable[[], Iterable[tuple[str, str]]] = lambda: (),
    ) -> None:
        """Both read the evidence log. ``committed``: each line's commitment to a detail and the recording it is about;
        ``erased_before``: each recording that was erased, and why.
        """
        self._files = files
        self._tables = tables
        self._evidence = evidence
        self._committed = committed
        self._erased_before = erased_before
        self._begun = False
        self._traces_left = True  # the process before this one may have ended before it had wiped them

    def carry_out(self, now_ms: int, *, redactions_only: bool = False) -> int:
        """Erase all that is ordered; returns how many recordings that were.

        Args:
            redactions_only: leave everything else, as a legal hold does.

        Raises:
            StorageError, ServiceAway: some of it is not done; call it again.
        """
        if not self._begun:
            self._begin(now_ms)
            self._begun = True
        erased = 0
        while batch := self._tables.ordered(_BATCH, redactions_only=redactions_only):
            self._traces_left = True
            self._files.destroy_keys(batch)
            self._files.remove(batch)
            self._evidence.erased(batch)
            self._tables.forget(batch, now_ms, now_ms + BACKUP_DAYS * _DAY_MS)
            erased += len(batch)
        self._tables.settle_gone(now_ms)
        if self._traces_left:
            self._traces_left = not self._tables.wipe_traces()
        if erased:
            _LOG.info("%d recordings erased", erased)
        return erased

    def _begin(self, now_ms: int) -> None:
        """What an older program, a backup or a catalogue made anew may have left to do. Once for each process."""
        again = self._tables.order_again()
        before = iter(self._erased_before())
        while these := dict(islice(before, _LOOKED_UP_AT_ONCE)):
            again += self._tables.order_erased(these, now_ms)
        if again:
            _LOG.warning("%d recordings that had been erased were listed again: they are erased again", again)
        if homeless := self._tables.homeless_details():
            told = {commitment: about for commitment, about in self._committed() if commitment in homeless}
            # What no line speaks of any more can be asked for by nobody; it is not looked for again.
            self._tables.house_details(dict.fromkeys(homeless, "") | told)
