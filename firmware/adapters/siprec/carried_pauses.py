"""A person's pause outlives the recording session that it was asked in: clients begin another in the middle of a call.

As when a call is transferred, a client's machine takes over from another, or this process is started anew. Else the
card number would be recorded after all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from firmware.adapters.siprec.pause_marks import PauseMark, PauseMarks
from firmware.core.call_record import STILL_PAUSED, CallRecord
from firmware.core.recording_metadata import RecordingMetadata, call_traits

# A call that is copied again so soon is the one that was.
_WITHIN_S = 10.0
#: Of a call that this process heard the end of nobody knows when: clients may take minutes to notice that it is gone.
AFTER_A_RESTART_S = 300.0


class CarriedPauses:
    """The calls that a person has paused, and those that ended so. One thread; times are monotonic seconds.

    Args:
        folder: where they outlive the process; None: nowhere.
        now_s: the time. What is marked for longer than is ever done was marked before the machine was started.
    """

    def __init__(self, folder: Path | None, now_s: float) -> None:
        self._marks = PauseMarks(folder)
        self._left: dict[str, PauseMark] = self._marks.read(now_s, AFTER_A_RESTART_S)
        self._running: dict[str, PauseMark] = {}

    def goes_on(self, record: CallRecord, metadata: Sequence[RecordingMetadata], now_s: float) -> None:
        """A recording goes on. Call whenever anything changes, and once a second: a pause must not grow old."""
        last = record.pauses[-1] if record.paused else None
        if last is not None and last.how != "pbx":
            until_s = now_s + AFTER_A_RESTART_S
            mark = self._running[record.call_id] = self._mark(record, metadata, until_s)
            self._marks.keep(record.call_id, mark)
        elif self._running.pop(record.call_id, None) is not None:
            self._marks.remove(record.call_id)

    def ended(self, record: CallRecord, metadata: Sequence[RecordingMetadata], now_s: float) -> None:
        """A recording is over. What the telephone system paused it ends itself, by sending again."""
        self._running.pop(record.call_id, None)
        last = record.pauses[-1] if record.pauses else None
        if last is not None and last.resumed_how == STILL_PAUSED and last.how != "pbx":
            mark = self._left[record.call_id] = self._mark(record, metadata, now_s + _WITHIN_S)
            self._marks.keep(record.call_id, mark)
        else:
            self._marks.remove(record.call_id)

    def go_on_in(self, record: CallRecord, metadata: Sequence[RecordingMetadata], now_s: float) -> bool:
        """Whether a call that begins to be recorded goes on with one of those: by its ids, or by the far party."""
        self.forget_old(now_s)
        begun = self._mark(record, metadata, now_s)
        carried = [call_id for call_id, left in self._left.items() if left.is_of(begun)]
        for call_id in carried:
            del self._left[call_id]
            self._marks.remove(call_id)
        return bool(carried)

    def forget_old(self, now_s: float) -> None:
        """Let go of what nothing went on with. Call now and then."""
        for call_id in [call_id for call_id, left in self._left.items() if left.until_s <= now_s]:
            del self._left[call_id]
            self._marks.remove(call_id)

    def _mark(self, record: CallRecord, metadata: Sequence[RecordingMetadata], until_s: float) -> PauseMark:
        write = self._marks.disguised
        number = record.far_party.number
        calls = tuple(call_traits(each).written(write) for each in metadata)
        return PauseMark(record.line, write(number) if number else "", calls, until_s)
