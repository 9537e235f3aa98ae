"""Sound cards for tests, by ALSA's own user-space plug-ins: each is fed through a pipe, in its own time, with noise and
whatever is played on its channels."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

BLOCK_MS = 20
_SYSTEM = "/usr/share/alsa/alsa.conf"
# Little: who begins to listen late is not to hear what is long over.
_PIPE_BYTES = 8192
Pcm = npt.NDArray[np.int16]


class SoundSource(threading.Thread):
    """Feeds one card: 20 ms of all its channels every 20 ms, by the monotonic clock."""

    def __init__(self, pipe: Path, channels: int, rate_hz: int, buffer_bytes: int) -> None:
        super().__init__(daemon=True)
        self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, buffer_bytes)
        self._channels, self._block = channels, rate_hz * BLOCK_MS // 1000
        self._playing: list[list[tuple[Pcm, bool]]] = [[] for _ in range(channels)]
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._noise = np.random.default_rng(1).normal(0, 12, (50, self._block, channels)).astype(np.int16)
        self.late_ms = 0.0
        self.lost_blocks = 0

    def play(self, channel: int, sound: Pcm, clean: bool = False) -> None:
        """Play it after whatever is playing already. ``clean``: without noise over it, sample by sample as it is."""
        with self._turn:
            self._playing[channel].append((sound, clean))

    def stop_playing(self, channel: int) -> None:
        """Nothing but noise from now on."""
        with self._turn:
            self._playing[channel].clear()

    def left_s(self, channel: int, rate_hz: int = 8000) -> float:
        with self._turn:
            return sum(len(sound) for sound, _ in self._playing[channel]) / rate_hz

    def run(self) -> None:
        with contextlib.suppress(PermissionError):  # a card's crystal waits for no program
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
        started_s, number = time.monotonic(), 0
        while not self._stopping.is_set():
            try:
                os.write(self._pipe, self._next(number))
            except BlockingIOError:  # nobody listens, or not in time: as a card does, it loses what is played meanwhile
                self.lost_blocks += 1
            number += 1
            due_s = started_s + number * BLOCK_MS / 1000 - time.monotonic()
            self.late_ms = max(self.late_ms, -due_s * 1000)
            if due_s > 0:
                self._stopping.wait(due_s)

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        os.close(self._pipe)

    def _next(self, number: int) -> bytes:
        block = self._noise[number % len(self._noise)].copy()
        with self._turn:
            for channel, waiting in enumerate(self._playing):
                at = 0
                while waiting and at < self._block:
                    sound, clean = waiting.pop(0)
                    part = sound[: self._block - at]
                    there = block[at : at + len(part), channel]
                    there[:] = part if clean else there + part
                    at += len(part)
                    if len(part) < len(sound):
                        waiting.insert(0, (sound[len(part) :], clean))
        return bytes(block.tobytes())


class Wires:
    """Cards by name, with how many channels each has. Set ``environment`` before anything opens one."""

    def __init__(
        self, folder: Path, cards: Mapping[str, int], rate_hz: int = 8000, buffer_bytes: int = _PIPE_BYTES
    ) -> None:
        self.configuration: Final = folder / "asound.conf"
        self.sources: Final[dict[str, SoundSource]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        text = []
        for name, channels in cards.items():
            pipe = folder / f"{name}.pipe"
            os.mkfifo(pipe)
            self.sources[name] = SoundSource(pipe, channels, rate_hz, buffer_bytes)
            text.append(_card(name, pipe))
        self.configuration.write_text("\n".join(text))

    @property
    def environment(self) -> dict[str, str]:
        return {"ALSA_CONFIG_PATH": f"{_SYSTEM}:{self.configuration}"}

    def __enter__(self) -> Self:
        for source in self.sources.values():
            source.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for source in self.sources.values():
            source.stop()


def _card(name: str, pipe: Path) -> str:
    return (
        f"pcm.{name} {{\n  type file\n  slave.pcm {{ type null }}\n  file /dev/null\n"
        f"  infile {pipe}\n  format raw\n}}\n"
    )


def joined(*parts: Sequence[float] | Pcm) -> Pcm:
    return np.clip(np.round(np.concatenate([np.asarray(part) for part in parts])), -32768, 32767).astype(np.int16)
