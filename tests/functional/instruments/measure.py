"""How well a recording holds what was said: alignment, correlation, PESQ (ITU-T P.862, narrow band), leak, skew.

All signals are 8 kHz, 16-bit, mono arrays. Lags are in samples; a positive lag means that the recording has it later.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
import numpy.typing as npt
from pesq import pesq
from scipy.signal import correlate

from tests.functional.instruments.g711 import Pcm
from tests.functional.instruments.speech import RATE_HZ

Floats = npt.NDArray[np.float64]

_FRAME = RATE_HZ // 50
_SPEAKING_DBFS = -50.0
_PESQ_WINDOW_S = 8


class NotFound(AssertionError):
    """The speech that was sent is not in the recording."""


def floats(pcm: Pcm) -> Floats:
    return np.asarray(pcm, np.float64) / 32768.0


def lag_of(reference: Pcm, recorded: Pcm) -> int:
    """Where in ``recorded`` the reference's first sample lies (may be negative)."""
    found = correlate(floats(recorded), floats(reference), mode="full", method="fft")
    return int(np.argmax(found)) - (len(reference) - 1)


def laid_over(reference: Pcm, recorded: Pcm, lag: int) -> tuple[Pcm, Pcm]:
    """The two signals' common part when ``reference`` starts at ``lag`` in ``recorded``."""
    start, end = max(0, lag), min(len(recorded), lag + len(reference))
    return reference[start - lag : end - lag], recorded[start:end]


def correlation(reference: Pcm, recorded: Pcm) -> float:
    """Normalised cross-correlation of two aligned signals, 0 to 1."""
    a, b = floats(reference), floats(recorded)
    power = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / power if power else 0.0


def spoken_correlation(sent: Pcm, channel: Pcm, window_s: float = 0.5, reach_s: float = 0.12) -> float:
    """Normalised cross-correlation of speech, each half second aligned for itself, weighted by their loudness.

    A jitter buffer that adapts moves what follows by some milliseconds: that is *when*, and measured as skew. This
    says *how well*. Both signals must be aligned as wholes; what is later or sooner by more than ``reach_s`` counts as
    other sound.
    """
    width, reach = round(window_s * RATE_HZ), round(reach_s * RATE_HZ)
    found, weights = [], []
    for start in range(0, min(len(sent), len(channel)) - width + 1, width):
        spoken = sent[start : start + width]
        if speaking(spoken).mean() < 0.5:
            continue
        late = _local_lag(sent, channel, start, width, reach)
        there = laid_over(spoken, channel, start + late)
        found.append(correlation(*there) if abs(late) <= reach else 0.0)
        weights.append(float(np.mean(floats(spoken) ** 2)))
    if not found:
        raise NotFound("nobody speaks where the recording was compared")
    return float(np.average(found, weights=weights))


def levels_dbfs(pcm: Pcm) -> Floats:
    """Level of each whole 20 ms frame in dB below full scale."""
    whole = floats(pcm)[: len(pcm) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power: Floats = np.mean(whole**2, axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), np.float64)


def speaking(pcm: Pcm) -> npt.NDArray[np.bool_]:
    """For each 20 ms frame, whether the party speaks. A frame beside a speaking one counts as speaking."""
    loud = levels_dbfs(pcm) > _SPEAKING_DBFS
    return np.convolve(loud, np.ones(5), mode="same") > 0


def active_level_db(pcm: Pcm, where: npt.NDArray[np.bool_]) -> float:
    """Mean power over the chosen 20 ms frames, in dB below full scale."""
    whole = floats(pcm)[: len(where) * _FRAME].reshape(-1, _FRAME)[where]
    return 10 * float(np.log10(np.mean(whole**2) + 1e-12))


def leak_db(talker: Pcm, talker_channel: Pcm, listener: Pcm, listener_channel: Pcm) -> float:
    """How far down the talker is in the listener's channel while the listener is silent (positive is better).

    ``talker`` and ``listener`` are what was sent, aligned with their channels; all four are equally long.
    """
    alone = speaking(talker) & ~speaking(listener)
    if alone.sum() < 50:
        raise ValueError("less than a second of one party alone: the material cannot show a leak")
    return active_level_db(talker_channel, alone) - active_level_db(listener_channel, alone)


def pesq_scores(reference: Pcm, recorded: Pcm) -> list[float]:
    """P.862 narrow-band scores of each 8 s window in which the party speaks for at least a fifth."""
    width = _PESQ_WINDOW_S * RATE_HZ
    scores = []
    for start in range(0, len(reference) - width + 1, width):
        sent, kept = reference[start : start + width], recorded[start : start + width]
        if speaking(sent).mean() >= 1 / 5:
            scores.append(float(pesq(RATE_HZ, sent, kept, "nb")))
    return scores


@dataclass(frozen=True)
class ChannelFigures:
    """How one channel of a recording compares with what was sent into it."""

    lag: int
    correlation: float
    pesq: float
    worst_pesq: float
    leak_db: float


@dataclass(frozen=True)
class Sent:
    """What one party sent: samples and the monotonic time of the first."""

    pcm: Pcm
    starts_at: float


@dataclass(frozen=True)
class Comparison:
    """A stereo recording against what both parties sent."""

    far: ChannelFigures
    office: ChannelFigures
    skew_start_ms: float
    skew_end_ms: float

    def lines(self) -> list[str]:
        rows = [
            f"{name}: correlation {one.correlation:.3f}, PESQ {one.pesq:.2f} (worst window {one.worst_pesq:.2f}), "
            f"other party {one.leak_db:.1f} dB down"
            for name, one in (("far party", self.far), ("office", self.office))
        ]
        return [
            *rows,
            f"channels apart: {self.skew_start_ms:+.2f} ms at the start, {self.skew_end_ms:+.2f} ms at the end",
        ]


def compare(recorded: npt.NDArray[np.int16], far: Sent, office: Sent) -> Comparison:
    """Find both parties' speech in ``recorded`` (n x 2: far party, office) and measure it.

    The skew is the difference of the two channels' delays from the wire: zero when both are late alike.
    """
    lags = [_found(sent.pcm, recorded[:, channel]) for channel, sent in enumerate((far, office))]
    sent = [_stretched(one.pcm, lag, len(recorded)) for one, lag in zip((far, office), lags, strict=True)]
    figures = [
        _figures(sent[mine], recorded[:, mine], sent[1 - mine], recorded[:, 1 - mine], lags[mine]) for mine in (0, 1)
    ]
    apart = (lags[0] / RATE_HZ - far.starts_at) - (lags[1] / RATE_HZ - office.starts_at)
    drift = [_late(sent[channel], recorded[:, channel]) for channel in (0, 1)]
    skews = [1000 * apart + 1000 * (drift[0][end] - drift[1][end]) / RATE_HZ for end in (0, 1)]
    return Comparison(figures[0], figures[1], skews[0], skews[1])


class Apart:
    """By how many ms the far party's channel is later than the office's, as the call goes on."""

    def __init__(self, recorded: npt.NDArray[np.int16], far: Sent, office: Sent) -> None:
        lags = [_found(sent.pcm, recorded[:, channel]) for channel, sent in enumerate((far, office))]
        self._sent = [_stretched(one.pcm, lag, len(recorded)) for one, lag in zip((far, office), lags, strict=True)]
        self._recorded = recorded
        self._on_the_whole_ms = 1000 * ((lags[0] / RATE_HZ - far.starts_at) - (lags[1] / RATE_HZ - office.starts_at))

    def all_along(self, window_s: float = 12.0) -> list[float]:
        """In each window in which both speak."""
        width = round(window_s * RATE_HZ)
        starts = range(0, len(self._recorded) - width + 1, width)
        moved = [self._moved_ms(channel, starts, width, 0.2) for channel in (0, 1)]
        return [
            self._on_the_whole_ms + moved[0][at] - moved[1][at] for at in starts if at in moved[0] and at in moved[1]
        ]

    def lately(self, last_s: float, window_s: float = 1.0) -> float:
        """On average over the last seconds in which anybody speaks: a jitter buffer may move in between."""
        width = round(window_s * RATE_HZ)
        ends = int(np.flatnonzero(speaking(self._sent[0]) | speaking(self._sent[1]))[-1] + 1) * _FRAME
        starts = range(max(0, ends - round(last_s * RATE_HZ)), ends - width + 1, width)
        moved = [self._moved_ms(channel, starts, width, 0.4) for channel in (0, 1)]
        if not all(moved):
            raise NotFound("one party says nothing at the end: it cannot be seen how far apart the channels are")
        return self._on_the_whole_ms + fmean(moved[0].values()) - fmean(moved[1].values())

    def _moved_ms(self, channel: int, starts: range, width: int, least_speech: float) -> dict[int, float]:
        """For each window in which the party speaks enough, how much later it is than on the whole."""
        sent, there = self._sent[channel], self._recorded[:, channel]
        return {
            at: 1000 * _local_lag(sent, there, at, width, RATE_HZ // 8) / RATE_HZ
            for at in starts
            if speaking(sent[at : at + width]).mean() >= least_speech
        }


def holes(sent: Pcm, channel: Pcm, least: float = 0.6) -> list[float]:
    """Where speech that was sent is not in the recording: seconds from the start of each bad quarter second.

    ``sent`` and ``channel`` are aligned as wholes; each quarter second is found for itself near its place, because a
    jitter buffer may move it. It counts when the party speaks up in all of it. Opus changes the waveform: a good window
    correlates at 0.9, other sound at 0.3 or less.
    """
    width, reach = RATE_HZ // 4, RATE_HZ // 8
    bad = []
    for start in range(0, min(len(sent), len(channel)) - width + 1, width):
        spoken = sent[start : start + width]
        if levels_dbfs(spoken).min() <= -40:
            continue
        late = _local_lag(sent, channel, start, width, reach)
        there = channel[max(0, start + late) : start + late + width]
        if len(there) < width or correlation(spoken, there) < least:
            bad.append(start / RATE_HZ)
    return bad


def aligned(recorded: npt.NDArray[np.int16], far: Sent, office: Sent) -> list[tuple[Pcm, Pcm]]:
    """For each channel, what was sent laid out on the recording's samples, and the channel itself."""
    lags = [_found(sent.pcm, recorded[:, channel]) for channel, sent in enumerate((far, office))]
    return [
        (_stretched(one.pcm, lag, len(recorded)), recorded[:, channel])
        for channel, (one, lag) in enumerate(zip((far, office), lags, strict=True))
    ]


def ends_at(recorded: npt.NDArray[np.int16], far: Sent) -> float:
    """The monotonic time, on the far party's wire, of the recording's last sample."""
    return far.starts_at + (len(recorded) - _found(far.pcm, recorded[:, 0])) / RATE_HZ


def _found(pcm: Pcm, channel: Pcm) -> int:
    lag = lag_of(pcm, channel)
    if correlation(*laid_over(pcm, channel, lag)) < 0.2:
        raise NotFound("what was sent is not in this channel of the recording")
    return lag


def _stretched(pcm: Pcm, lag: int, length: int) -> Pcm:
    """``pcm`` laid out on the recording's samples, silence around it."""
    out = np.zeros(length, np.int16)
    common, _ = laid_over(pcm, out, lag)
    start = max(0, lag)
    out[start : start + len(common)] = common
    return out


def _figures(mine: Pcm, channel: Pcm, theirs: Pcm, other: Pcm, lag: int) -> ChannelFigures:
    scores = pesq_scores(mine, channel)
    if not scores:
        raise NotFound("nobody speaks for long enough where the recording was compared")
    return ChannelFigures(
        lag=lag,
        correlation=spoken_correlation(mine, channel),
        pesq=median(scores),
        worst_pesq=min(scores),
        leak_db=leak_db(mine, channel, theirs, other),
    )


def _late(sent: Pcm, channel: Pcm, window_s: float = 12.0) -> tuple[int, int]:
    """How many samples later than on the whole the first and the last 12 s of speech are."""
    active = np.flatnonzero(speaking(sent)) * _FRAME
    width = round(window_s * RATE_HZ)
    starts = (int(active[0]), max(int(active[0]), int(active[-1]) - width))
    return (_local_lag(sent, channel, starts[0], width), _local_lag(sent, channel, starts[1], width))


def _local_lag(sent: Pcm, channel: Pcm, start: int, width: int, reach: int = RATE_HZ // 2) -> int:
    piece = sent[start : start + width]
    low = max(0, start - reach)
    return lag_of(piece, channel[low : start + width + reach]) - (start - low)
