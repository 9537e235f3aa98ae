"""Simultaneous calls with speech: sipp streams speech from the callers' side and echoes it from the office's.

One of the calls is a probe whose caller's media is our own: it hears the gaps between the packets that come out of the
box. The load runs at a higher priority than what it loads, so that a late packet is the box's and not the generator's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.functional.instruments.rtp import FRAME_S, RtpPhone
from tests.functional.instruments.sipp import Echoes, Sipp, SpeaksElsewhere, Streams
from tests.functional.instruments.speech import conversation, write_raw
from tests.functional.office.ports import Ports

CALLS_PER_SECOND = 20
TAIL_S = 3.0
_SPEECH_S = 60


@dataclass(frozen=True)
class Load:
    """The calls in progress. ``probe`` is the caller's phone of one of them."""

    probe: RtpPhone
    generators: tuple[Sipp, ...]

    def worst_gap_ms(self, since: float) -> float:
        """By how much the latest packet out of the box was late: the longest gap less the 20 ms it should be."""
        return 1000 * (self.probe.longest_gap_s(since) - FRAME_S)

    def pids(self) -> dict[str, int]:
        return {str(one.port): one.process.pid for one in self.generators if one.process is not None}

    def failures(self, timeout_s: float) -> int:
        """Wait for every caller to hang up; how many sipps were not satisfied."""
        return sum(one.wait(timeout_s) != 0 for one in self.generators[1:])


def set_up_s(calls: int) -> float:
    """How long it takes to place that many calls."""
    return calls / min(calls, CALLS_PER_SECOND) + 2


@contextmanager
def calls_in_progress(
    folder: Path, ports: Ports, box: tuple[str, int], calls: int, seconds: float, to: str = "01632960001"
) -> Iterator[Load]:
    """Place ``calls`` calls from the trunk to the office; each lasts ``seconds`` after the last of them was placed."""
    speech = write_raw(_made(folder) / "speech.raw", conversation(_SPEECH_S).far, "PCMA")
    lasts = seconds + set_up_s(calls) + TAIL_S
    with ExitStack() as stack:
        phone = stack.enter_context(RtpPhone("PCMA"))
        answerer = Sipp.answerer(folder, ports.office, Echoes(), media_base=ports.office_media)
        probe = Sipp.caller(folder, box, ports.second_trunk, SpeaksElsewhere(phone.port), to=to, seconds=lasts)
        generators = [stack.enter_context(one) for one in (answerer, probe)]
        if calls > 1:
            generators.append(stack.enter_context(_crowd(folder, ports, box, calls - 1, lasts, to, speech)))
        phone.peer = (box[0], generators[1].far_media_port(20))
        phone.speak(conversation(seconds + TAIL_S, seed=2).far)
        yield Load(phone, tuple(generators))


def _crowd(  # one sipp that places all calls but the probe
    folder: Path, ports: Ports, box: tuple[str, int], calls: int, lasts: float, to: str, speech: Path
) -> Sipp:
    rate = min(calls, CALLS_PER_SECOND)
    return Sipp.caller(
        folder,
        box,
        ports.trunk,
        Streams(speech, for_ever=True),
        to=to,
        seconds=lasts,
        calls=calls,
        media_base=ports.far_media,
        options=("-l", str(calls), "-r", str(rate)),
    )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
