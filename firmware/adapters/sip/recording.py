"""The audio path of one recording: two legs on the bridge → the C recorder port → the ring → the recorder."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace

import pjsua2 as pj

from firmware.adapters.ring.handover import RingHandover as RingHandover
from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sip.leg import Leg
from firmware.core.call_record import CallRecord, LegReport, Side
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import FAR_PARTY, OFFICE, Marker, MarkerKind
from firmware.native.recorder_port import RecorderPort

_LOG = logging.getLogger(__name__)

CHANNEL_OF: Mapping[Side, int] = {"far_party": FAR_PARTY, "office": OFFICE}


class CallAudio:
    """One running recording; ``paused`` keeps nothing before ``resume``.

    Raises (from the constructor):
        AudioPathError: no memory, no bridge slot or no recorder port. Nothing is left behind.
    """

    def __init__(
        self,
        record: CallRecord,
        legs: Mapping[Side, Leg],
        handover: RingHandover,
        lock: MemoryLock,
        paused: bool = False,
    ) -> None:
        self._record = record
        self._handover = handover
        self._legs = dict(legs)
        self._before: list[LegReport] = []
        self._ring = RingWriter.create(record.recording_id, lock=lock)
        try:
            self._port = RecorderPort.create(self._ring.fd)
        except AudioPathError:
            self._ring.release()
            raise
        if paused:
            self._port.pause(0)
        self._lost: dict[Side, int] = {side: leg.measure().lost for side, leg in self._legs.items()}
        self._measured_to = 0
        self.reconnect()
        handover.offer(record, self._ring)

    @property
    def record(self) -> CallRecord:
        return self._record

    @property
    def port(self) -> RecorderPort:
        return self._port

    def pause(self, look_back_ms: int) -> None:
        """Keep nothing from ``look_back_ms`` before now on."""
        self._port.pause(look_back_ms)

    def resume(self) -> int:
        """Keep again what is received from now on; gives how many ms what came before it is still left out.

        What the legs' jitter buffers hold at this moment was spoken during the pause, and comes to the bridge later.
        """
        return self._port.resume(max(leg.buffered_ms() for leg in self._legs.values()))

    def hold(self, side: Side, held: bool) -> None:
        """Record silence for a side that put the call on hold."""
        self._port.hold(CHANNEL_OF[side], held)

    def take_place(self, side: Side, leg: Leg) -> None:
        """Another leg is that party from now on."""
        former = self._legs[side]
        self._before.append(former.report(side))
        self._disconnect(side, former)
        self._legs[side] = leg
        self._lost[side] = leg.measure().lost
        self.reconnect()

    def reconnect(self) -> None:
        """Let the recorder hear the legs again after their media was made anew. A leg without sound stays silent."""
        for side, leg in self._legs.items():
            audio = leg.audio()
            if audio is None:
                continue
            try:
                self._port.connect(CHANNEL_OF[side], audio.getPortId())
            except (AudioPathError, pj.Error) as error:
                # Its own event follows when the leg comes back or ends.
                _LOG.warning("a leg of recording %s is not heard for now: %s", self._record.recording_id, error)

    def measure(self) -> None:
        """Put what the network lost since the last time on the ring, as intervals of that long."""
        written = self._ring.samples_written()
        for side, leg in self._legs.items():
            lost = leg.measure().lost if not leg.gone else leg.reception.lost
            if lost > self._lost[side] and written > self._measured_to:
                length, more = written - self._measured_to, lost - self._lost[side]
                self._ring.add_marker(
                    Marker(MarkerKind.LOSS_NETWORK, self._measured_to, length, CHANNEL_OF[side], more)
                )
            self._lost[side] = max(lost, self._lost[side])
        self._measured_to = written

    def stop(self, record: CallRecord) -> CallRecord:
        """Take nothing from now on and close the ring; gives the record with each leg's report."""
        self.measure()
        reports = (*self._before, *(leg.report(side) for side, leg in self._legs.items()))
        self._record = replace(record, legs=reports)
        self._ring.close(self._port.close())
        self._handover.closed(self._record)
        return self._record

    def _disconnect(self, side: Side, leg: Leg) -> None:
        audio = leg.audio()
        if audio is None:
            return
        # It may be gone from the bridge already, which is what is wanted.
        with contextlib.suppress(AudioPathError, pj.Error):
            self._port.disconnect(CHANNEL_OF[side], audio.getPortId())
