"""How a leg's stream arrives: what came, what was lost on the way, and how long the jitter buffer holds it."""

from __future__ import annotations

from dataclasses import dataclass

import pjsua2 as pj

from firmware.core.held_back import HeldBack


@dataclass(frozen=True)
class StreamReception:
    """What a leg has received so far: RTP packets, and the delay of its jitter buffer at this moment.

    ``held_ms`` is how much speech lay in the buffer at the last look.
    """

    packets: int = 0
    lost: int = 0
    discarded: int = 0
    delay_ms: float = 0.0
    held_ms: float = 0.0


class ReceptionCounter:
    """Counts over all streams of one leg: those made anew by a re-INVITE count from nought.

    Args:
        place: which of the leg's lines of media it is.
    """

    def __init__(self, place: int = 0) -> None:
        self._place = place
        self.last = StreamReception()
        #: How much speech the jitter buffer counts as one.
        self.frame_ms = 0.0
        self._streaming = False
        self._before = StreamReception()
        self._held_back = HeldBack()

    def stream_begins(self) -> None:
        """A stream is there, a new one or still the same."""
        if not self._streaming:
            self._held_back.start_afresh()
        self._streaming = True

    def stream_ends(self, call: pj.Call) -> None:
        """It will be gone in a moment."""
        self._before = self.measure(call)
        self._streaming = False

    def measure(self, call: pj.Call) -> StreamReception:
        """Count; the last known while there is no stream. Call about once a second."""
        if not self._streaming:
            return self.last
        try:
            stats = call.getStreamStat(self._place)
        except pj.Error:
            return self.last
        received, before = stats.rtcp.rxStat, self._before
        packets = before.packets + int(received.pkt)
        held_ms = int(stats.jbuf.size) * self.frame_ms
        if packets > self.last.packets:
            self._held_back.look(held_ms)
        self.last = StreamReception(
            packets,
            before.lost + int(received.loss),
            # Both count what came too late; only the jitter buffer's also has what it dropped to catch up.
            before.discarded + max(int(received.discard), int(stats.jbuf.discard)),
            self._held_back.delay_ms,
            held_ms,
        )
        return self.last
