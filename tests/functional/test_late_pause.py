"""A pause asked for while the box stands still drops what it would have dropped at once, or says that it cannot.

So does the mask of a key that is pressed meanwhile.

Only the thread that deals with calls stands still: sound goes on into the recording meanwhile.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from firmware.core.call_record import PAUSED_TOO_LATE, CallRecord
from tests.functional.calls.keys import PRESS_S, Way, press_keys
from tests.functional.calls.lines_alone import CaughtRing, LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog
from tests.functional.calls.stage import Stage, staged
from tests.functional.calls.standing_still import under
from tests.functional.calls.tones import Pcm, tone

pytestmark = pytest.mark.functional

LOOK_BACK_MS = 500
# With the look-back less than what can be dropped at all, and more.
BEARABLE_S, UNBEARABLE_S = 0.35, 0.8
_EDGE_MS = 40  # the way from a phone to the recording, and the media clock's tick
_HALF_WAY_S = 0.1
_TICK_MS = 20
_KEY_MS = 100
_MASKED_BEFORE_MS: dict[Way, int] = {"event": 60, "info: dtmf-relay": 220}


def press(stage: Stage, called: Dialog, way: Way, keys: str) -> None:
    assert called.invite is not None
    press_keys(way, keys, called, stage.near, called.invite.event_payload_type)


def stand_still(stage: Stage) -> None:
    assert stage.lines.process is not None
    stage.lines.process.send_signal(signal.SIGUSR1)


def key_by_event(stage: Stage, called: Dialog) -> float:
    """Key the code so that its end comes while the box stands still; when that was (Unix seconds)."""
    press(stage, called, "event", "*4")
    time.sleep(0.1)
    standing = threading.Timer(PRESS_S / 2, stand_still, [stage])
    standing.start()
    press(stage, called, "event", "8")
    standing.join()
    return time.time()


def key_by_info(stage: Stage, called: Dialog) -> float:
    press(stage, called, "info: dtmf-relay", "*4")
    stand_still(stage)
    time.sleep(_HALF_WAY_S)
    asked_s = time.time()
    press(stage, called, "info: dtmf-relay", "8")
    return asked_s


def ask(stage: Stage, called: Dialog) -> float:
    """Ask by the control socket, as a page does."""
    (call,) = stage.lines.calls()
    stand_still(stage)
    time.sleep(_HALF_WAY_S)
    asked_s = time.time()
    stage.lines.control.post(f"/calls/{call['call_id']}/pause", {"how": "api", "who": "till"})
    return asked_s


@contextmanager
def talking(root: Path, stands_still_s: float) -> Iterator[tuple[Stage, Dialog, Dialog]]:
    """A call in which somebody has said something for longer than any look-back, and goes on."""
    with ExitStack() as stack:
        stage = stack.enter_context(staged(LinesAlone(root, under=under(stands_still_s))))
        caller, called = stage.connect()
        stage.far.speak(tone(500, 6.0))
        time.sleep(1.5)
        yield stage, caller, called


def ended(stage: Stage, caller: Dialog, called: Dialog) -> tuple[CaughtRing, CallRecord]:
    (call,) = stage.lines.calls()
    wait_until(lambda: bool(stage.lines.calls()[0]["paused"]), 15, f"call {call['call_id']} to be paused")
    time.sleep(1.2)
    caller.hang_up()
    called.expect_bye()
    (ring,) = stage.rings.wait_for(closed=True)
    return ring, ring.record


def at(ring: CaughtRing, unix_ms: float) -> int:
    """The sample of that moment."""
    return int((unix_ms - ring.reader.start_wall_ns / 1e6) * 8)


def silent_from(sound: Pcm) -> int:
    """The first of the samples that are nought to the end."""
    return max((n for n, sample in enumerate(sound) if sample), default=-1) + 1


@pytest.mark.parametrize("way", [ask, key_by_event, key_by_info])
def test_the_look_back_counts_from_when_the_pause_was_asked_for(
    tmp_path: Path, way: Callable[[Stage, Dialog], float]
) -> None:
    with talking(tmp_path / "home", BEARABLE_S) as (stage, caller, called):
        asked_ms = 1000 * way(stage, called)
        ring, record = ended(stage, caller, called)
        silent = silent_from(ring.channel(0))
        assert silent <= at(ring, asked_ms - LOOK_BACK_MS + _EDGE_MS)
        # Nor more than the box stood still for.
        assert silent >= at(ring, asked_ms - LOOK_BACK_MS - 1000 * BEARABLE_S - _EDGE_MS)
        (pause,) = record.pauses
        assert pause.started_at_ms == pause.asked_at_ms - LOOK_BACK_MS
        assert abs(at(ring, pause.started_at_ms) - silent) <= 8 * _EDGE_MS
        assert PAUSED_TOO_LATE not in record.tags


def test_a_pause_that_comes_too_late_for_its_look_back_says_so_and_from_when_on_nothing_is_there(
    tmp_path: Path,
) -> None:
    with talking(tmp_path / "home", UNBEARABLE_S) as (stage, caller, called):
        asked_ms = 1000 * ask(stage, called)
        ring, record = ended(stage, caller, called)
        log = stage.lines.log()
        silent = silent_from(ring.channel(0))
        assert at(ring, asked_ms - LOOK_BACK_MS + 100) < silent < at(ring, asked_ms)
        (pause,) = record.pauses
        assert pause.asked_at_ms == pytest.approx(asked_ms, abs=50)
        assert abs(at(ring, pause.started_at_ms) - silent) <= 8 * _EDGE_MS
        assert PAUSED_TOO_LATE in record.tags
        assert "ms that it should have dropped are in the recording" in log


@pytest.mark.parametrize("way", ["event", "info: dtmf-relay"])
def test_what_sounds_before_a_key_that_is_told_of_late_is_masked(tmp_path: Path, way: Way) -> None:
    with talking(tmp_path / "home", BEARABLE_S) as (stage, caller, called):
        stage.near.speak(tone(600, 6.0))
        time.sleep(0.5)
        stand_still(stage)
        still_ms = 1000 * time.time()
        time.sleep(2 * _HALF_WAY_S)
        told_ms = 1000 * time.time()
        press(stage, called, way, "5")
        time.sleep(0.8)
        caller.hang_up()
        called.expect_bye()
        (ring,) = stage.rings.wait_for(closed=True)
        sound = ring.channel(1)
        silent = int(np.flatnonzero(sound[: at(ring, told_ms)])[-1]) + 1
        assert silent <= at(ring, told_ms - _KEY_MS)
        # Nor more than the box stood still for, and what is masked of such a key at any time.
        assert silent >= at(ring, still_ms - _MASKED_BEFORE_MS[way] - _EDGE_MS)


def test_the_record_has_the_pause_end_where_the_silence_ends(tmp_path: Path) -> None:
    with talking(tmp_path / "home", BEARABLE_S) as (stage, caller, called):
        (call,) = stage.lines.calls()
        asker = {"how": "api", "who": "till"}
        stage.lines.control.post(f"/calls/{call['call_id']}/pause", asker)
        time.sleep(0.8)
        stage.lines.control.post(f"/calls/{call['call_id']}/resume", asker)
        resumed_ms = 1000 * time.time()
        time.sleep(0.8)
        caller.hang_up()
        called.expect_bye()
        (ring,) = stage.rings.wait_for(closed=True)
        sound = ring.channel(0)
        (pause,) = ring.record.pauses
        middle = at(ring, resumed_ms - 400)
        silent_to = middle + int((sound[middle:] != 0).argmax())
        assert pause.ended_at_ms is not None
        assert abs(silent_to - at(ring, pause.ended_at_ms)) <= 8 * _TICK_MS
        # What waited in the jitter buffers, which hold a packet at least.
        assert pause.ended_at_ms - resumed_ms > _TICK_MS
