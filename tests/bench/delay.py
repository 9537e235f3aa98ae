"""``bench delay``: one-way delay through the box, by impulses in a silent G.711 stream.

Each call meets the bridge's 20 ms clock at another phase, so several short calls are placed. An impulse is one loud
packet; it has arrived when the first loud sample of a packet out of the other side does. Two delays are told: from when
the phone sent, which is what the other party feels, and from when the packet reached the box, which is what the box
adds. Jitter holds each packet up for a time of its own, 15 ms on average at 30 ms of jitter, and lets packets overtake
each other, as a radio link does, or not, as a router's queue does.
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
class Network:
    """What lies between the caller and the box."""

    jitter_ms: float = 0.0
    in_order: bool = False

    def __str__(self) -> str:
        if not self.jitter_ms:
            return "quiet"
        return f"jitter {self.jitter_ms:.0f} ms, {'in order' if self.in_order else 'overtaking'}"


QUIET = Network()
NETWORKS = (QUIET, Network(30.0, in_order=True), Network(30.0))


@dataclass(frozen=True)
class Impulse:
    """One loud packet: monotonic times at which the phone sent it and it reached the box."""

    sent_at: float
    reached_at: float


@dataclass(frozen=True)
class Delays:
    """Every impulse's delay in ms, as the other party feels it and as the box adds it, and how many never came."""

    network: Network
    felt_ms: tuple[float, ...]
    added_ms: tuple[float, ...]
    missing: int

    @property
    def felt_median_ms(self) -> float:
        return median(self.felt_ms)

    @property
    def added_median_ms(self) -> float:
        return median(self.added_ms)

    def line(self) -> str:
        late = quantiles(self.added_ms, n=20)[-1]
        return (
            f"{self.network}: the box adds {self.added_median_ms:.1f} ms (median; 95% below {late:.1f} ms), "
            f"with the network {self.felt_median_ms:.1f} ms, {min(self.felt_ms):.1f} to {max(self.felt_ms):.1f} ms, "
            f"{len(self.felt_ms)} impulses, {self.missing} missing"
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


def heard_again(impulse: Impulse, heard: list[float]) -> float | None:
    """When the other side heard it; None: never."""
    return min((at for at in heard if 0 <= at - impulse.sent_at < _LONGEST_S), default=None)


def measure(network: Network, calls: int, seconds: float, say: Callable[[str], None]) -> Delays:
    """Place ``calls`` calls of ``seconds`` one after the other."""
    felt: list[float] = []
    added: list[float] = []
    missing = 0
    with TemporaryDirectory(prefix="earmark-bench-") as folder, earmark(Path(folder)) as target:
        for number in range(calls):
            sent, heard = _one_call(target, Path(folder) / f"call{number}", network, seconds, number)
            for impulse in sent:
                at = heard_again(impulse, heard)
                if at is None:
                    missing += 1
                    continue
                felt.append(1000 * (at - impulse.sent_at))
                added.append(1000 * (at - impulse.reached_at))
    result = Delays(network, tuple(felt), tuple(added), missing)
    say(result.line())
    return result


def _one_call(
    target: Earmark, folder: Path, network: Network, seconds: float, seed: int
) -> tuple[list[Impulse], list[float]]:
    """What was sent, and when something loud was heard."""
    ports = target.ports
    with ExitStack() as stack:
        caller, answerer = (stack.enter_context(RtpPhone("PCMA")) for _ in range(2))
        outer, late_s = caller.port, list[float]()
        if network.jitter_ms:
            jitter_s = network.jitter_ms / 1000
            relay = ImpairedRelay(("127.0.0.1", outer), jitter_s=jitter_s, in_order=network.in_order, seed=seed)
            outer, late_s = stack.enter_context(relay).outer_port, relay.delays_s
        stack.enter_context(Sipp.answerer(folder, ports.office, SpeaksElsewhere(answerer.port)))
        lasts = seconds + 2 * _SETTLE_S
        sipp = stack.enter_context(Sipp.caller(folder, target.box, ports.trunk, SpeaksElsewhere(outer), seconds=lasts))
        for phone in (caller, answerer):
            phone.wait_for_media(20)
        caller.speak(impulses(seconds, seed), time.monotonic() + _SETTLE_S)
        if sipp.wait(lasts + 30) != 0:
            raise AssertionError(f"the call failed: {sipp.report()}")
        return sent_impulses(caller.sent_packets(), late_s), onsets(answerer.arrivals)


def sent_impulses(packets: list[Arrival], late_s: list[float]) -> list[Impulse]:
    """The loud packets among all that were sent; ``late_s``: how long each was held up on the way, if it was."""
    held_up = {one.at: late for one, late in zip(packets, late_s, strict=False)}
    return [Impulse(at, at + held_up.get(at, 0.0)) for at in onsets(packets)]
