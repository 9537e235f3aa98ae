"""The audio path of one recording: streams on the bridge → the C recorder port → the ring → the recorder.

A channel hears every stream of its side at once: the bridge adds up what is connected to a port.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pjsua2 as pj

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sip.recording import CHANNEL_OF, RingHandover
from firmware.adapters.siprec.session import RecordingSession
from firmware.core.call_record import CallRecord, LegReport, Side
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import CHANNELS, FAR_PARTY, LONGEST_LOOK_BACK_MS, Marker, MarkerKind
from firmware.core.tapped_parties import Heard
from firmware.native.heard_keys import HeardKey
from firmware.native.recorder_port import RecorderPort

_LOG = logging.getLogger(__name__)
# As for a SIP line: what gateways let through of a key before they send it as an event, and how long it may last.
_EVENT_LOOK_BACK_MS = 60
_KEY_HOLD_MS = 120


@dataclass(frozen=True)
class HeardStream:
    """A stream that is to be heard, and whose voice it carries. ``slot`` is None while it has no sound."""

    session: RecordingSession
    place: int
    heard: Heard
    slot: int | None = None

    @property
    def side(self) -> Side:
        """Under which side it is reported."""
        return "office" if self.heard == {"office"} else "far_party"

    @property
    def key(self) -> tuple[int, int]:
        return id(self.session), self.place


class TappedAudio:
    """One running recording; ``paused`` keeps nothing before ``resume``.

    Args:
        record: the recording's record.
        mixed: both parties come on one stream: one channel.
        streams: what is heard.
        handover: gets the ring to the recorder.
        lock: keeps the ring in memory.
        paused: starts so.

    Raises (from the constructor):
        AudioPathError: no memory, no bridge slot or no recorder port. Nothing is left behind.
    """

    def __init__(
        self,
        record: CallRecord,
        mixed: bool,
        streams: Sequence[HeardStream],
        handover: RingHandover,
        lock: MemoryLock,
        paused: bool = False,
    ) -> None:
        self.record = record
        self.mixed = mixed
        self._handover = handover
        self._streams: dict[tuple[int, int], HeardStream] = {}
        self._connected: set[tuple[int, int]] = set()
        self._lost: dict[tuple[int, int], int] = {}
        self._measured_to = 0
        self._ring = RingWriter.create(record.recording_id, lock=lock, channels=1 if mixed else CHANNELS)
        try:
            self._port = RecorderPort.create(self._ring.fd)
        except AudioPathError:
            self._ring.release()
            raise
        if paused:
            self._port.pause(0)
        self.hear(streams)
        handover.offer(record, self._ring)

    # -- what is heard ------------------------------------------------------------------------------------------------

    def hear(self, streams: Sequence[HeardStream]) -> None:
        """Hear exactly these streams. Again whenever their media was made anew."""
        wanted: set[tuple[int, int]] = set()
        for stream in streams:
            self._streams[stream.key] = stream
            self._lost.setdefault(stream.key, stream.session.reception(stream.place).lost)
            if stream.slot is not None:
                wanted |= {(channel, stream.slot) for channel in self._channels_of(stream.heard)}
        for channel, slot in self._connected - wanted:
            # Mostly it has left the bridge already, which is what is wanted.
            with contextlib.suppress(AudioPathError):
                self._port.disconnect(channel, slot)
        for channel, slot in wanted:
            try:
                self._port.connect(channel, slot)
            except AudioPathError as error:
                _LOG.warning("a stream of recording %s is not heard for now: %s", self.record.recording_id, error)
        self._connected = wanted

    def _channels_of(self, heard: Heard) -> tuple[int, ...]:
        return (FAR_PARTY,) if self.mixed else tuple(CHANNEL_OF[side] for side in sorted(heard))

    # -- steering -----------------------------------------------------------------------------------------------------

    def pause(self, look_back_ms: int) -> None:
        """Keep nothing from ``look_back_ms`` before now on."""
        self._port.pause(look_back_ms)

    def resume(self) -> int:
        """Keep again what is received from now on; gives how many ms what came before is still left out."""
        sessions = {id(stream.session): stream.session for stream in self._streams.values()}
        return self._port.resume(max((session.buffered_ms() for session in sessions.values()), default=0))

    def hold(self, side: Side, held: bool) -> None:
        """Record silence for a side; not where both are on one channel."""
        if not self.mixed:
            self._port.hold(CHANNEL_OF[side], held)

    def heard_on(self, session: RecordingSession, place: int) -> Heard:
        """Whose voice a stream carries; empty for one that is not heard."""
        stream = self._streams.get((id(session), place))
        return stream.heard if stream is not None else frozenset()

    def key_event(self, heard: Heard, waited_ms: int) -> None:
        """A key goes by as an event on a stream with these voices: its sound must not be recorded."""
        look_back_ms = min(_EVENT_LOOK_BACK_MS + waited_ms, LONGEST_LOOK_BACK_MS)
        for channel in self._channels_of(heard):
            self._port.mask(channel, look_back_ms, _KEY_HOLD_MS)

    def heard_keys(self) -> Iterator[HeardKey]:
        """Keys that were heard since the last time."""
        yield from self._port.keys()

    # -- counting, and the end ----------------------------------------------------------------------------------------

    def measure(self) -> None:
        """Put what the network lost since the last time on the ring, as intervals of that long."""
        written = self._ring.samples_written()
        for key, stream in self._streams.items():
            lost = stream.session.reception(stream.place).lost
            if lost > self._lost[key] and written > self._measured_to:
                length, more = written - self._measured_to, lost - self._lost[key]
                for channel in self._channels_of(stream.heard):
                    marker = Marker(MarkerKind.LOSS_NETWORK, self._measured_to, length, channel, more)
                    self._ring.add_marker(marker)
            self._lost[key] = max(lost, self._lost[key])
        self._measured_to = written

    def update(self, record: CallRecord) -> None:
        """What is known of the call has changed."""
        self.record = record
        self._handover.update(record)

    def stop(self, record: CallRecord) -> CallRecord:
        """Take nothing from now on and close the ring; gives the record with a report of each stream."""
        with contextlib.suppress(pj.Error):
            self.measure()
        self.record = replace(record, legs=tuple(_reports(self._streams)))
        self._ring.close(self._port.close())
        self._handover.closed(self.record)
        return self.record


def _reports(streams: Mapping[tuple[int, int], HeardStream]) -> Iterator[LegReport]:
    for stream in streams.values():
        now = stream.session.reception(stream.place)
        yield LegReport(
            stream.side, stream.session.codec(stream.place), now.packets, now.lost, now.discarded, now.delay_ms
        )
