"""Where a pause begins and ends, block by block: of what is said between, not one 20 ms block is kept.

Both parties say sound of which every 20 ms can be known again. What counts at the beginning is when the request reached
the box and what had come into the ring by then: the delay of each party's way there is measured by the clock that the
ring carries. At the end it is what had been said by then, wherever between the phone and the ring it was.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.core.ring_layout import START_MONOTONIC_NS
from tests.functional.conftest import Note
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.marks import Block, Laid, marked
from tests.functional.instruments.rtp import FRAME_S
from tests.functional.instruments.speech import RATE_HZ
from tests.functional.office.driven_call import DrivenCall, telephones
from tests.functional.office.office import Office, Stereo
from tests.functional.office.processes import Processes
from tests.functional.office.sound_search import live_rings

pytestmark = pytest.mark.functional

SHORT, LONG = 10, 25  # pauses in a call
_TICK_S = 0.02  # a request is carried out with the next frame
_LONGEST_DELAY_S = 0.15  # from a phone on this machine to the ring
_JITTER_S = 0.04
_MOST_LEFT_OUT_S = 0.2  # after a resume: as much as a jitter buffer ever holds
_STOOD_STILL_S = 0.8  # where a crowded machine let the box wait in between as well


@dataclass(frozen=True)
class Paused:
    """One pause: when each request was sent and when it was answered (monotonic)."""

    asked: float
    answered: float
    resume_asked: float
    resume_answered: float


@dataclass(frozen=True)
class Edges:
    """What was kept around one pause on one channel, in seconds from the requests: at its end, of when it was said."""

    kept_during: list[Block]
    last_before: float
    first_after: float


@pytest.mark.parametrize(
    ("look_back_ms", "pauses"),
    [
        pytest.param(500, SHORT, id="as shipped"),
        *(
            pytest.param(look_back_ms, LONG, id=f"{LONG} pauses, look-back {look_back_ms} ms", marks=pytest.mark.long)
            for look_back_ms in (100, 300, 500, 900)
        ),
    ],
)
def test_not_one_block_of_what_is_said_during_a_pause_is_kept(
    folder: Path, note: Note, look_back_ms: int, pauses: int
) -> None:
    _judge(_paused_again_and_again(folder, look_back_ms, pauses, ImpairedRelay(("127.0.0.1", 0))), look_back_ms, note)


def test_not_one_block_of_a_caller_whose_packets_come_unevenly_and_wait_in_the_box_is_kept(
    folder: Path, note: Note
) -> None:
    _judge(_paused_again_and_again(folder, 500, SHORT, ImpairedRelay(("127.0.0.1", 0), jitter_s=_JITTER_S)), 500, note)


def _paused_again_and_again(folder: Path, look_back_ms: int, pauses: int, relay: ImpairedRelay) -> list[Edges]:
    with Office.found(folder / "home", "", mode="pausable", pause={"look_back_ms": look_back_ms}) as office:
        processes = office.start()
        with relay, telephones(office) as phones:
            call = phones.call_in(relay=relay)
            call.far.speak(marked(4 * pauses + 10, 1))
            call.near.speak(marked(4 * pauses + 10, 2))
            time.sleep(1.5)
            made = _pause_at_random(call, pauses)
            time.sleep(1.5)
            starts_at = _ring_starts_at(processes)
            call.hang_up()
        office.wait_until_quiet()
        assert len(office.record_of(call.recording_id)["pauses"]) == pauses
        recording = office.opened(call.recording_id)
    return [
        edges
        for channel, late_s in ((0, relay.jitter_s), (1, 0.0))
        for edges in _examined(call, recording, channel, starts_at, made, look_back_ms, late_s)
    ]


def _pause_at_random(call: DrivenCall, count: int) -> list[Paused]:
    chance, made = random.Random(), list[Paused]()
    for _ in range(count):
        time.sleep(chance.uniform(0.9, 2.2))
        asked, answered = _timed(call, "pause")
        time.sleep(chance.uniform(0.0, 1.2))
        made.append(Paused(asked, answered, *_timed(call, "resume")))
    return made


def _timed(call: DrivenCall, action: str) -> tuple[float, float]:
    asked = time.monotonic()
    call.ask(action)
    return asked, time.monotonic()


def _ring_starts_at(processes: Processes) -> float:
    """The monotonic time of the recording's first sample, as the box knows it."""
    (ring,) = live_rings([processes.pid("lines")])
    (start_ns,) = struct.unpack_from("=q", ring, START_MONOTONIC_NS)
    return float(start_ns / 1e9)


def _examined(
    call: DrivenCall,
    recording: Stereo,
    channel: int,
    starts_at: float,
    made: list[Paused],
    look_back_ms: int,
    late_s: float,
) -> Iterator[Edges]:
    laid = Laid.over((call.far, call.near)[channel].sent_packets(), recording[:, channel])
    blocks = laid.blocks()
    delays = [starts_at + one.sample / RATE_HZ - one.sent_at for one in blocks]
    delay = sorted(delays)[len(delays) // 2]
    assert 0 < delay < _LONGEST_DELAY_S
    for before_it, pause in zip([None, *made], made, strict=False):
        # The box may keep what it let into the recording before it was asked (less the look-back), and what the phones
        # sent after it was told to go on, or what may have been on its way: when a phone must have sent it.
        last = pause.answered + _TICK_S - look_back_ms / 1000 - delay
        first = pause.resume_asked - late_s
        near = [one for one in blocks if last - 1.5 < one.sent_at < first + 0.5]
        since = before_it.resume_answered if before_it else 0.0
        before = [one.sent_at for one in near if one.kept and since < one.sent_at < last]
        after = [one.sent_at for one in near if one.kept and one.sent_at >= first]
        yield Edges(
            [one for one in near if one.kept and last <= one.sent_at < first],
            max(before) + FRAME_S + delay - pause.asked if before else -9.0,
            min(after) - pause.resume_asked if after else 9.0,
        )


def _judge(found: list[Edges], look_back_ms: int, note: Note) -> None:
    kept = [block for edges in found for block in edges.kept_during]
    note("pauses, both parties", len(found))
    note("blocks kept that were said during them", len(kept))
    ends = sorted(edges.last_before for edges in found if edges.last_before > -2)
    starts = sorted(edges.first_after for edges in found if edges.first_after < 2)
    note("last sound kept, ms before the request", _spread([-end for end in ends]))
    note("first sound kept, said so many ms after the request to go on", _spread(starts))
    assert kept == []
    # It does not leave out much more than it was told to either.
    assert -look_back_ms / 1000 - 0.12 < ends[0]
    assert starts[len(starts) // 2] < _MOST_LEFT_OUT_S
    assert starts[-1] < _STOOD_STILL_S


def _spread(seconds: list[float]) -> str:
    milliseconds = sorted(round(1000 * each) for each in seconds)
    return f"{milliseconds[0]} to {milliseconds[-1]}, median {milliseconds[len(milliseconds) // 2]}"
