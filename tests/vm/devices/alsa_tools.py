"""ALSA's own programs: aplay plays into a line for as long as it is wanted, arecord listens as any program would."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

# As a line of ours asks for.
_BUFFER_MS = 2_000


class AlsaProgram:
    """One of them at work. ``losses`` is how often it has said so far that it came too late for its
    buffer: aplay's underruns are holes in what it plays, arecord's overruns in what it hears."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._said = TemporaryFile()  # noqa: SIM115  closed by __exit__

    @classmethod
    def playing(cls, device: str, sound: Path, rate_hz: int = 8000, channels: int = 1) -> Self:
        """Plays raw 16-bit samples, a tenth of a second at a time."""
        return cls("aplay", *_shape(device, rate_hz, period_ms=100, channels=channels), str(sound))

    @classmethod
    def listening(cls, device: str, rate_hz: int = 8000, channels: int = 1) -> Self:
        """Listens in blocks of 20 ms, as a line of ours does, and throws away what it hears."""
        return cls("arecord", *_shape(device, rate_hz, period_ms=20, channels=channels), "/dev/null")

    @property
    def losses(self) -> int:
        self._said.seek(0)
        said = self._said.read().decode(errors="replace")
        return said.count("underrun") + said.count("overrun")

    @property
    def at_work(self) -> bool:
        return self._process.poll() is None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=self._said)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._said.close()


def _shape(device: str, rate_hz: int, period_ms: int, channels: int) -> list[str]:
    sizes = [f"--period-size={rate_hz * period_ms // 1000}", f"--buffer-size={rate_hz * _BUFFER_MS // 1000}"]
    return ["-D", device, "-t", "raw", "-f", "S16_LE", "-c", str(channels), "-r", str(rate_hz), *sizes]
