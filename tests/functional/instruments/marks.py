"""Sound of which every 20 ms can be known again: noise, different in each, found by a matched filter.

Of a block that went through G.711 and Opus the filter mostly finds 0.5 to 0.97 of what was sent; by chance, in other
sound as loud, up to 0.35 within 50 ms of its place, and up to 0.55 within 200 ms where the same person speaks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.signal import correlate

from tests.functional.instruments.g711 import Pcm, decode, encode
from tests.functional.instruments.measure import Floats, lag_of
from tests.functional.instruments.rtp import FRAME, FRAME_S, Arrival, timeline
from tests.functional.instruments.speech import RATE_HZ

#: Of a block this much, or more, is in the recording: it was kept.
KEPT = 0.5
_REACH = 400  # 50 ms: a jitter buffer moves
_QUIET = 100.0  # root mean square of a block that says nothing


def marked(seconds: float, seed: int, level: float = 2500) -> Pcm:
    """Noise of the telephone's band, 300 to 3,400 Hz, of that root mean square. Each seed gives another."""
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 1, count))
    frequency = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    sound = np.fft.irfft(spectrum, count)
    return np.asarray(np.round(sound / sound.std() * level).clip(-32768, 32767), np.int16)


@dataclass(frozen=True)
class Block:
    """One packet's 20 ms: when it left and when it was said (monotonic), where in the recording it belongs, how much of
    it is there, and where that was found.
    """

    sent_at: float
    sample: int
    there: float
    found_at: int
    said_at: float
    pcm: Pcm = field(repr=False, compare=False)

    @property
    def kept(self) -> bool:
        return self.there >= KEPT


@dataclass(frozen=True)
class Laid:
    """What a phone sent, laid over a channel of the recording. ``lag``: where its first sample lies."""

    sent: list[Arrival]
    channel: Pcm
    lag: int

    @classmethod
    def over(cls, sent: list[Arrival], channel: Pcm) -> Laid:
        """Find where it lies by all of what was sent."""
        return cls(sent, channel, lag_of(timeline(sent).pcm, channel))

    def blocks(self, reach: int = _REACH) -> list[Block]:
        """Every packet of sound, looked for that many samples around its place; those that say nothing are left out."""
        line = timeline(self.sent)
        first = min(one.packet.timestamp for one in self.sent)
        found = []
        for one in self.sent:
            offset = one.packet.timestamp - first
            pcm = line.pcm[offset : offset + FRAME]
            block = pcm.astype(float)
            if one.packet.payload_type < 96 and len(block) == FRAME and np.sqrt(np.mean(block**2)) > _QUIET:
                there, found_at = _found(block, self.channel, self.lag + offset, reach)
                said_at = line.starts_at + offset / RATE_HZ
                found.append(Block(one.at, self.lag + offset, there, found_at, said_at, pcm))
        return found

    def without(self, blocks: Iterable[Block]) -> Laid:
        """The same with silence where these blocks were found, so that no other is taken to be there by chance."""
        channel = self.channel.copy()
        for block in blocks:
            if block.kept:
                channel[block.found_at : block.found_at + FRAME] = 0
        return replace(self, channel=channel)


def _found(block: Floats, channel: Pcm, sample: int, reach: int) -> tuple[float, int]:
    """How much of a block is in the channel within ``reach`` of ``sample``, 0 to about 1, and at which sample."""
    low, high = max(0, sample - reach), min(len(channel), sample + len(block) + reach)
    there = channel[low:high].astype(float)
    if len(there) < len(block):
        return 0.0, low
    likeness = np.correlate(there, block, "valid")
    place = int(np.argmax(likeness))
    return float(likeness[place] / np.dot(block, block)), low + place


def strongest_share(sound: Pcm, channel: Pcm) -> float:
    """How much of a longer sound is anywhere in the channel, as one piece."""
    whole = sound.astype(float)
    found = correlate(channel.astype(float), whole, mode="full", method="fft")
    return float(np.max(np.abs(found)) / np.dot(whole, whole))


def sent_between(sent: list[Arrival], start: float, end: float) -> Pcm:
    """What the packets of sound that left in that time say (monotonic times), as the box decodes it."""
    chosen = [one for one in sent if start <= one.at and one.at + FRAME_S <= end and one.packet.payload_type < 96]
    if not chosen:
        return np.zeros(0, np.int16)
    return np.concatenate([decode(one.packet.payload, "PCMA") for one in chosen])


def said_between(sent: list[Arrival], start: float, end: float) -> Pcm:
    """What the packets of sound say that were due since ``start`` and had left by ``end`` (monotonic times).

    A phone that is late sends what was said a while ago.
    """
    line = timeline(sent)
    first = min(one.packet.timestamp for one in sent)
    due = [one for one in sent if line.starts_at + (one.packet.timestamp - first) / RATE_HZ >= start]
    return sent_between(due, start, end)


def as_heard(pcm: Pcm) -> Pcm:
    """What A-law leaves of it."""
    return decode(encode(pcm, "PCMA"), "PCMA")
