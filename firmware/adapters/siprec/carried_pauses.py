"""A person's pause outlives the recording session that it was asked in: clients begin another in the middle of a call.

As when a call is transferred, or a client's machine takes over from another. Else the card number would be recorded
after all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.core.call_record import STILL_PAUSED, CallRecord
from firmware.core.recording_metadata import RecordingMetadata, is_same_call

# A call that is copied again so soon is the one that was.
_WITHIN_S = 10.0


@dataclass(frozen=True)
class _LeftPaused:
    line: str
    far_number: str
    metadata: tuple[RecordingMetadata, ...]
    until_s: float

    def goes_on_in(self, record: CallRecord, metadata: Sequence[RecordingMetadata]) -> bool:
        if self.far_number and self.far_number == _far_number(record):
            return True
        return any(is_same_call(old, new) for old in self.metadata for new in metadata)


class CarriedPauses:
    """The calls that ended while a person had them paused. One thread; times are monotonic seconds."""

    def __init__(self) -> None:
        self._left: list[_LeftPaused] = []

    def ended(self, record: CallRecord, metadata: Sequence[RecordingMetadata], now_s: float) -> None:
        """A recording is over. What the telephone system paused it ends itself, by sending again."""
        last = record.pauses[-1] if record.pauses else None
        if last is not None and last.resumed_how == STILL_PAUSED and last.how != "pbx":
            self._left.append(_LeftPaused(record.line, _far_number(record), tuple(metadata), now_s + _WITHIN_S))

    def go_on_in(self, record: CallRecord, metadata: Sequence[RecordingMetadata], now_s: float) -> bool:
        """Whether a call that begins to be recorded goes on with one of those: by its ids, or by the far party."""
        alive = [each for each in self._left if each.until_s > now_s]
        carried = [each for each in alive if each.line == record.line and each.goes_on_in(record, metadata)]
        self._left = [each for each in alive if each not in carried]
        return bool(carried)


def _far_number(record: CallRecord) -> str:
    return record.far_party.number or ""
