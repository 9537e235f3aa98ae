"""However pauses and ticks fall upon each other, nothing paused is sealed, nor in the ring even for a moment."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from firmware.adapters.ring.writer import RingWriter
from firmware.core import ring_layout as layout
from firmware.core.ring_layout import FAR_PARTY, OFFICE
from tests.contract.native_ring import NativeRing

RATE = 8000
FRAME = 160
TICK_MS = 20
FORBIDDEN = 12345


def test_no_interleaving_lets_paused_audio_be_sealed_or_be_in_the_ring_even_for_a_moment(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Hundreds of pauses at any moment, a media thread, a dispatcher and a reader in another process."""
    call = _HurriedCall(seed=7, pauses=400)
    sealed = tmp_path / "sealed"
    witness = call.be_witnessed(sealed)
    call.run()
    report = json.loads(witness.communicate(timeout=60)[0])
    assert witness.returncode == 0
    record_property("pauses", len(call.pauses))
    record_property("witness", report)
    assert report["seen"] == 0
    assert report["peeps"] > 50
    assert report["blocks"] > 50
    audio = np.frombuffer(sealed.read_bytes(), np.int16).reshape(-1, layout.CHANNELS, 4000)
    for channel in (FAR_PARTY, OFFICE):
        said = audio[:, channel].reshape(-1)
        assert FORBIDDEN not in said
        assert said.any()
        for asked_at, look_back, ended_at in call.pauses:
            assert not said[max(0, asked_at - look_back) : ended_at].any()


class _HurriedCall:
    """A call in a hurry, paused and resumed by a dispatcher that nothing synchronises with its media thread."""

    def __init__(self, seed: int, pauses: int) -> None:
        self._chance = random.Random(seed)
        self._wanted = pauses
        self._ring = RingWriter.create(bytes(16))
        self._native = NativeRing(self._ring.fd)
        self._forbidden = self._over = False
        #: Samples: the latest place where it may have begun, look-back, and the earliest where it may have ended.
        self.pauses: list[tuple[int, int, int]] = []

    def be_witnessed(self, sealed: Path) -> subprocess.Popen[bytes]:
        ends = self._ring.descriptors()
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.integration.ring_witness",
                *map(str, (*ends, FORBIDDEN, sealed)),
            ],
            pass_fds=ends,
            stdout=subprocess.PIPE,
        )

    def run(self) -> None:
        media = threading.Thread(target=self._bring_frames)
        media.start()
        for _ in range(self._wanted):
            time.sleep(self._chance.uniform(0, 0.003))
            self._pause_once()
        self._over = True
        media.join()
        self._ring.close(self._native.stop())
        self._native.close()
        self._ring.release()

    def _pause_once(self) -> None:
        look_back_ms = self._chance.choice([0, 100, 500, 900])
        self._native.pause(look_back_ms)
        self._forbidden = True  # whatever is put from here on was said while paused
        asked_at = self._ring.samples_written() + FRAME  # the next tick carries it out
        time.sleep(self._chance.uniform(0, 0.003))
        self._forbidden = False
        self._let_what_was_said_be_put()
        ended_at = self._ring.samples_written() - FRAME  # the party behind may bring this tick's frame after the end
        self._native.resume()
        self.pauses.append((asked_at, look_back_ms * RATE // 1000, ended_at))

    def _let_what_was_said_be_put(self) -> None:
        reached = self._ring.samples_written() + 2 * FRAME
        while self._ring.samples_written() < reached:
            time.sleep(0.0001)

    def _bring_frames(self) -> None:
        tick = 0
        while not self._over:
            while tick * FRAME - self._ring.acknowledged() > 15 * RATE:
                time.sleep(0.001)
            for channel in (FAR_PARTY, OFFICE):
                # The value is decided before the frame is put: an allowed one may be put just after the pause began.
                value = FORBIDDEN if self._forbidden else 1000 + tick % 1000
                audio = np.full(FRAME, value, np.int16).tobytes()
                self._native.put(channel, tick * FRAME, audio, tick * TICK_MS)
            tick += 1
