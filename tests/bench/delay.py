"""``bench delay``: one-way delay through the box, by impulses in a silent G.711 stream.

Each call meets the bridge's 20 ms clock at another phase, so several short calls are placed. An impulse is one loud
packet; it has arrived when the first loud sample of a packet out of the other side does. With jitter, delay counts from
when the phone sent, before the packet was held up (by 15 ms on average); packets stay in order.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import numpy as np

from tests.bench.earmark_target import Earmark, earmark
from tests.functional.instruments.g711 import LAWS, Pcm, decode
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.rtp import FRAME, FRAME_S, Arrival, RtpPhone
from tests.functional.instruments.sipp import Sipp, SpeaksElsewhere
from tests.functional.instruments.speech import RATE_HZ

_LOUD = 12_000
_HEARD = 3_000
_LONGEST_S = 0.5  # less than the time between two impulses
_SETTLE_S = 2.0


@dataclass(frozen=True)
class Delays:
    """Every impulse's delay in ms, and how many never came."""

    jitter_ms: float
    delays_ms: tuple[float, ...]
    missing: int

    @property
    def median_ms(self) -> float:
        return median(self.delays_ms)

    def line(self) -> str:
        late = quantiles(self.delays_ms, n=20)[-1]
        return (
            f"jitter {self.jitter_ms:.0f} ms: median {self.median_ms:.1f} ms, 95% below {late:.1f} ms, "
            f"{min(self.delays_ms):.1f} to {max(self.delays_ms):.1f} ms, {len(self.delays_ms)} impulses, "
            f"{self.missing} missing"
        )


def impulses(seconds: float, seed: int) -> Pcm:
    """Silence with a loud frame every 0.6 to 0.8 s, on whole packets."""
    pcm = np.zeros(round(seconds / FRAME_S) * FRAME, np.int16)
    at, chance = 10, random.Random(seed)
    while (at + 1) * FRAME < len(pcm):
        pcm[at * FRAME : (at + 1) * FRAME] = np.where(np.arange(FRAME) // 4 % 2, _LOUD, -_LOUD)
        at += chance.randrange(30, 40)
    return pcm


def onsets(packets: list[Arrival]) -> list[float]:
    """Monotonic times of the first loud sample after silence."""
    found, before = [], False
    for one in packets:
        if one.packet.payload_type not in LAWS:
            continue
        loud = np.flatnonzero(np.abs(decode(one.packet.payload, LAWS[one.packet.payload_type]).astype(int)) > _HEARD)
        if len(loud) and not before:
            found.append(one.at + float(loud[0]) / RATE_HZ)
        before = bool(len(loud))
    return found


def matched(sent: list[float], heard: list[float]) -> tuple[list[float], int]:
    """Delays in ms of the impulses that came, and the number of those that did not."""
    delays = [min((h - s for h in heard if 0 <= h - s < _LONGEST_S), default=None) for s in sent]
    return [1000 * one for one in delays if one is not None], sum(one is None for one in delays)


def measure(jitter_ms: float, calls: int, seconds: float, say: Callable[[str], None]) -> Delays:
    """Place ``calls`` calls of ``seconds`` one after the other."""
    found: list[float] = []
    missing = 0
    with TemporaryDirectory(prefix="earmark-bench-") as folder, earmark(Path(folder)) as target:
        for number in range(calls):
            sent, heard = _one_call(target, Path(folder) / f"call{number}", jitter_ms / 1000, seconds, number)
            delays, lost = matched(sent, heard)
            found += delays
            missing += lost
    result = Delays(jitter_ms, tuple(found), missing)
    say(result.line())
    return result


def _one_call(
    target: Earmark, folder: Path, jitter_s: float, seconds: float, seed: int
) -> tuple[list[float], list[float]]:
    ports = target.ports
    with ExitStack() as stack:
        caller, answerer = (stack.enter_context(RtpPhone("PCMA")) for _ in range(2))
        outer = caller.port
        if jitter_s:
            relay = ImpairedRelay(("127.0.0.1", caller.port), jitter_s=jitter_s, in_order=True, seed=seed)
            outer = stack.enter_context(relay).outer_port
        stack.enter_context(Sipp.answerer(folder, ports.office, SpeaksElsewhere(answerer.port)))
        lasts = seconds + 2 * _SETTLE_S
        sipp = stack.enter_context(Sipp.caller(folder, target.box, ports.trunk, SpeaksElsewhere(outer), seconds=lasts))
        for phone in (caller, answerer):
            phone.wait_for_media(20)
        caller.speak(impulses(seconds, seed), time.monotonic() + _SETTLE_S)
        if sipp.wait(lasts + 30) != 0:
            raise AssertionError(f"the call failed: {sipp.report()}")
        return onsets(caller.sent_packets()), onsets(answerer.arrivals)
