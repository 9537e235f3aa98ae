"""A phone's media side with any codec: G.711, G.722 or Opus, changed in mid-call if need be."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from scipy.signal import firwin, resample_poly

from tests.functional.instruments.g711 import decode, encode
from tests.functional.instruments.measure import Sent
from tests.functional.instruments.rtp import FRAME_S, Arrival, RtpPacket, RtpPhone
from tests.functional.instruments.speech import RATE_HZ

Pcm = npt.NDArray[np.int16]
CodecName = Literal["PCMA", "PCMU", "G722", "opus"]

_STATIC = {"PCMU": 0, "PCMA": 8, "G722": 9}  # RFC 3551, table 4
_LIBRARY = {"G722": ("g722", 16_000), "opus": ("libopus", 48_000)}
_TAPS = 97  # 3 ms late at 16 kHz, 1 ms at 48 kHz


class Coding:
    """One direction pair of one codec, 20 ms at a time, 8 kHz outside. ``payload_type`` is Opus's, which has no own."""

    def __init__(self, name: CodecName, payload_type: int = 0) -> None:
        self.name = name
        self.payload_type = _STATIC.get(name, payload_type)
        #: RTP clock per packet; G.722's runs at 8 kHz by an old mistake (RFC 3551 section 4.5.2).
        self.step = 960 if name == "opus" else 160
        if name not in _LIBRARY:
            return
        library, self._rate = _LIBRARY[name]
        self._factor = self._rate // RATE_HZ
        self._taps = firwin(_TAPS, 3800, fs=self._rate) * self._factor
        self._before = np.zeros(_TAPS - 1)
        self._encoder = self._context(library, "w")
        if name == "opus":
            self._encoder.bit_rate = 32_000
            self._encoder.options = {"application": "voip"}
        self._decoder = self._context(library, "r")

    def _context(self, library: str, mode: Literal["r", "w"]) -> av.AudioCodecContext:
        context = av.AudioCodecContext.create(library, mode)
        assert isinstance(context, av.AudioCodecContext)
        context.sample_rate, context.layout, context.format = self._rate, "mono", "s16"
        return context

    def encoded(self, frame: Pcm) -> bytes:
        if self.name in ("PCMA", "PCMU"):
            return encode(frame, self.name)
        spread = np.zeros(_TAPS - 1 + len(frame) * self._factor)
        spread[: _TAPS - 1] = self._before
        spread[_TAPS - 1 :: self._factor] = frame
        self._before = spread[-(_TAPS - 1) :]
        wide = np.convolve(spread, self._taps, mode="valid")
        samples = np.clip(np.round(wide), -32768, 32767).astype(np.int16)
        whole = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        whole.sample_rate = self._rate
        return b"".join(bytes(packet) for packet in self._encoder.encode(whole))

    def decoded(self, payloads: list[bytes]) -> Pcm:
        """What a run of packets says."""
        if self.name in ("PCMA", "PCMU"):
            return decode(b"".join(payloads), self.name)
        frames = [frame for payload in payloads for frame in self._decoder.decode(av.Packet(payload))]
        wide = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(float)
        scale = (
            1.0 if np.abs(wide).max(initial=0.0) > 2.0 else 32768.0
        )  # floats from one decoder, integers from the other
        return np.asarray(resample_poly(wide * scale, 1, self._factor).clip(-32768, 32767), np.int16)


@dataclass
class CodedPhone(RtpPhone):
    """An ``RtpPhone`` with any codec. ``change`` may be called at any time from any thread."""

    coding: Coding = field(default_factory=lambda: Coding("PCMA"))
    _said: list[tuple[float, Pcm]] = field(default_factory=list)

    def change(self, coding: Coding) -> None:
        """Speak by another codec from the next packet on."""
        self.coding = coding

    def sent(self) -> Sent:
        """What was said so far, and when its first sample left."""
        with self._lock:
            said = list(self._said)
        starts_at = min(at - place * FRAME_S for place, (at, _) in enumerate(said))
        return Sent(np.concatenate([frame for _, frame in said]), starts_at)

    def heard_pcm(self) -> Pcm:
        """What came by the present codec, in the order of its packets."""
        mine = [one.packet for one in self.arrivals if one.packet.payload_type == self.coding.payload_type]
        return self.coding.decoded([packet.payload for packet in sorted(mine, key=lambda packet: packet.sequence)])

    def _send_what_is_due(self) -> None:
        if self.peer is None:
            return
        self._next = self._next or time.monotonic()
        while (now := time.monotonic()) >= self._next:
            coding, frame = self.coding, self._frame(self._next)
            timestamp = self._sequence * coding.step
            packet = RtpPacket(coding.payload_type, self._sequence, timestamp, self.port, coding.encoded(frame))
            self._put(packet.pack())
            with self._lock:
                self._sent.append(Arrival(now, packet))
                self._said.append((now, frame))
            self._sequence += 1
            self._next += FRAME_S
