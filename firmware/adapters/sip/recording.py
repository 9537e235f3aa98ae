"""The audio path of one recording: two legs on the bridge → the C recorder port → the ring → the recorder."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Protocol

import pjsua2 as pj

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sip.leg import Leg
from firmware.core.call_record import CallRecord, Side
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import FAR_PARTY, OFFICE, Marker, MarkerKind
from firmware.native.recorder_port import RecorderPort

_LOG = logging.getLogger(__name__)


class RingHandover(Protocol):
    """Gets rings to the recorder. None of its methods waits for it."""

    @property
    def connected(self) -> bool: ...

    def offer(self, record: CallRecord, ring: RingWriter) -> None:
        """Hand a ring over, now or when the recorder is back; the ring belongs to the hand-over from here on."""

    def closed(self, record: CallRecord) -> None:
        """The ring is complete; it is released once the recorder has it all."""


class CallAudio:
    """One running recording.

    Raises (from the constructor):
        AudioPathError: no memory, no bridge slot or no recorder port. Nothing is left behind.
    """

    def __init__(self, record: CallRecord, far: Leg, office: Leg, handover: RingHandover, lock: MemoryLock) -> None:
        self._record = record
        self._handover = handover
        self._legs: tuple[tuple[int, Side, Leg], ...] = (
            (FAR_PARTY, "far_party", far),
            (OFFICE, "office", office),
        )
        self._ring = RingWriter.create(record.recording_id, lock=lock)
        try:
            self._port = RecorderPort.create(self._ring.fd)
        except AudioPathError:
            self._ring.release()
            raise
        self._lost = {channel: leg.measure().lost for channel, _, leg in self._legs}
        self._measured_to = 0
        self.reconnect()
        handover.offer(record, self._ring)

    @property
    def record(self) -> CallRecord:
        return self._record

    def reconnect(self) -> None:
        """Let the recorder hear the legs again after their media was made anew. A leg without sound stays silent."""
        for channel, _, leg in self._legs:
            audio = leg.audio()
            if audio is None:
                continue
            try:
                self._port.connect(channel, audio.getPortId())
            except (AudioPathError, pj.Error) as error:
                # Its own event follows when the leg comes back or ends.
                _LOG.warning("a leg of recording %s is not heard for now: %s", self._record.recording_id, error)

    def measure(self) -> None:
        """Put what the network lost since the last time on the ring, as intervals of that long."""
        written = self._ring.samples_written()
        for channel, _, leg in self._legs:
            lost = leg.measure().lost if not leg.gone else leg.reception.lost
            if lost > self._lost[channel] and written > self._measured_to:
                length = written - self._measured_to
                self._ring.add_marker(
                    Marker(MarkerKind.LOSS_NETWORK, self._measured_to, length, channel, lost - self._lost[channel])
                )
            self._lost[channel] = max(lost, self._lost[channel])
        self._measured_to = written

    def stop(self, record: CallRecord) -> CallRecord:
        """Take nothing from now on and close the ring; gives the record with each leg's report."""
        self.measure()
        reports = tuple(leg.report(side) for _, side, leg in self._legs)
        self._record = replace(record, legs=reports)
        self._ring.close(self._port.close())
        self._handover.closed(self._record)
        return self._record
