"""How loud each side of a call is, while it goes on: for whoever fits lines before the box records anything.

It stands where the recorder stands and takes each call's ring. Of the sound it makes two figures, and keeps nothing:
it knows no store, no key and no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.core.call_record import CallRecord, Direction
from firmware.core.party_number import shortened
from firmware.core.speech_level import audible_ms, power_dbm0
from firmware.ports.audio_ring import AudioRingReader

#: What is younger than this may still come on one channel and not on the other.
_LAG_MS = 200
#: After a pause of the meter itself, what is older is not looked at: the figures are of now.
_AT_MOST_MS = 2000
#: Louder than a quiet line's noise, and softer than a soft voice.
HEARD_DBM0 = -45.0
#: Per look, so that a meter falls slowly enough to be read.
_FALLS_DB = 2.0
_SILENCE_DBM0 = -80.0
_MOST_ENDED = 5


@dataclass(frozen=True)
class Side:
    """One party, or both mixed: how loud now, in dBm0, and for how long somebody was heard to speak."""

    dbm0: float = _SILENCE_DBM0
    heard_ms: int = 0

    def after(self, samples: Sequence[int], rate_hz: int) -> Side:
        if not samples:
            return self
        now = power_dbm0(sum(sample * sample for sample in samples) / len(samples))
        level = max(now, self.dbm0 - _FALLS_DB, _SILENCE_DBM0)
        return Side(level, self.heard_ms + audible_ms(samples, rate_hz, HEARD_DBM0))


@dataclass(frozen=True)
class MeteredCall:
    """One call as its installer sees it. ``far`` is shortened; ``sides``: the far party and the office, or one."""

    call_id: str
    line: str
    direction: Direction
    far: str
    answered: bool
    over: bool
    notice: bool
    sides: tuple[Side, ...]


@dataclass
class _Metered:
    writer: int
    record: CallRecord
    ring: AudioRingReader
    sides: tuple[Side, ...]
    position: int = 0


class LevelMeter:
    """All calls of the moment, and the last few. One thread."""

    def __init__(self) -> None:
        self._going_on: dict[str, _Metered] = {}
        self._ended: list[MeteredCall] = []

    def offered(self, writer: int, record: CallRecord, ring: AudioRingReader) -> None:
        earlier = self._going_on.pop(record.recording_id, None)
        if earlier is not None:
            earlier.ring.close()
        sides = tuple(Side() for _ in range(ring.header.channels))
        self._going_on[record.recording_id] = _Metered(writer, record, ring, sides, ring.acknowledged())

    def updated(self, record: CallRecord) -> None:
        if found := self._going_on.get(record.recording_id):
            found.record = record

    def closed(self, record: CallRecord) -> None:
        self.updated(record)
        self._end(record.recording_id)

    def writer_gone(self, writer: int) -> None:
        for recording_id in [name for name, each in self._going_on.items() if each.writer == writer]:
            self._end(recording_id)

    def look(self) -> None:
        """Measure what was said since the last time, and let go of it."""
        for each in self._going_on.values():
            self._measure(each)

    def calls(self) -> list[MeteredCall]:
        """Those that go on, then the last few that are over, the newest first."""
        return [*(_shown(each, over=False) for each in self._going_on.values()), *self._ended]

    def close(self) -> None:
        for each in self._going_on.values():
            each.ring.close()
        self._going_on.clear()

    def _end(self, recording_id: str) -> None:
        found = self._going_on.pop(recording_id, None)
        if found is None:
            return
        self._measure(found)
        found.ring.close()
        self._ended = [_shown(found, over=True), *self._ended][:_MOST_ENDED]

    def _measure(self, each: _Metered) -> None:
        rate_hz = each.ring.header.sample_rate_hz
        readable = each.ring.readable(rate_hz * _LAG_MS // 1000)
        start = max(each.position, readable - rate_hz * _AT_MOST_MS // 1000, each.ring.oldest_intact())
        if readable > start:
            each.sides = tuple(
                side.after(each.ring.block(channel, start, readable - start).tolist(), rate_hz)
                for channel, side in enumerate(each.sides)
            )
        each.position = max(each.position, readable)
        each.ring.acknowledge(each.position)


def _shown(each: _Metered, *, over: bool) -> MeteredCall:
    record, party = each.record, each.record.far_party
    far = shortened(party.number) if party.number else party.presentation
    return MeteredCall(
        record.call_id,
        record.line,
        record.direction,
        far,
        record.answered_at_ms is not None,
        over,
        record.notice is not None,
        each.sides,
    )
