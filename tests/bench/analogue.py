"""``bench analogue``: lines of one sound card, each in a recorded call; what that costs, and whether any sound is lost.

The card is a pipe behind ALSA's ``file`` plug-in, fed every 20 ms by the clock. It holds a second, half of what
the firmware asks of a card; what is not taken by then is lost, and counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.processor import CpuReading, cpu_of, memory_mb
from tests.contract.touch_tones import at_level, pcm
from tests.functional.instruments.speech import conversation
from tests.functional.office.wired import CARD, WiredOffice, wired_office

_SPEECH_S = 60
# A pipe's size is a power of two; this is 51 blocks of eight channels.
_BUFFER_BYTES = 131_072
_TOP_UP_S = 20.0
_SAID_EVERY_S = 60.0


@dataclass(frozen=True)
class AnalogueLoad:
    """``lines_share`` and ``recorder_share`` are of one core; memory is proportional, in MB."""

    lines: int
    seconds: float
    lines_share: float
    recorder_share: float
    lines_mb: float
    recorder_mb: float
    overruns: int
    lost: int
    latest_feed_ms: float

    def line(self) -> str:
        return (
            f"{self.lines} lines, {self.seconds:.0f} s: lines {self.lines_share:.1%} of a core, {self.lines_mb:.0f} MB;"
            f" recorder {self.recorder_share:.1%}, {self.recorder_mb:.0f} MB; {self.overruns} overruns and {self.lost}"
            f" blocks of sound lost, of a card that was late by {self.latest_feed_ms:.0f} ms at most"
        )


def measure(lines: int, seconds: float, say: Callable[[str], None]) -> AnalogueLoad:
    with (
        TemporaryDirectory(prefix="earmark-bench-") as folder,
        wired_office(Path(folder), [{}] * lines, buffer_bytes=_BUFFER_BYTES) as wired,
    ):
        _top_up(wired, lines)
        wired.wait_for_calls(lines, 30)
        pids = {"lines": wired.processes.pid("analogue"), "recorder": wired.processes.pid("recorder")}
        source = wired.wires.sources[CARD]
        lost_before, source.late_ms = source.lost_blocks, 0.0
        before, started_s = {name: cpu_of({name: pid}) for name, pid in pids.items()}, time.monotonic()
        said_s = started_s
        while (now_s := time.monotonic()) - started_s < seconds:
            _top_up(wired, lines)
            time.sleep(min(_TOP_UP_S, max(0.0, started_s + seconds - now_s)))
            if now_s - said_s >= _SAID_EVERY_S:
                said_s = now_s
                say(f"{now_s - started_s:.0f} s, {len(wired.calls())} calls, {source.lost_blocks - lost_before} lost")
        took_s = time.monotonic() - started_s
        ear = wired.lines.get("/lines/line-1/ear")
        found = AnalogueLoad(
            lines=len(wired.calls()),
            seconds=took_s,
            lines_share=_share(pids["lines"], "lines", before["lines"], took_s),
            recorder_share=_share(pids["recorder"], "recorder", before["recorder"], took_s),
            lines_mb=memory_mb([pids["lines"]]),
            recorder_mb=memory_mb([pids["recorder"]]),
            overruns=ear["overruns"],
            lost=source.lost_blocks - lost_before,
            latest_feed_ms=source.late_ms,
        )
    say(found.line())
    return found


def _top_up(wired: WiredOffice, lines: int) -> None:
    """Keep everybody talking."""
    source = wired.wires.sources[CARD]
    for channel in range(lines):
        if source.left_s(channel) < 2 * _TOP_UP_S:
            said = conversation(_SPEECH_S, seed=channel + 1).far
            source.play(channel, pcm(at_level(said.astype(float), -22.0)))


def _share(pid: int, name: str, before: CpuReading, seconds: float) -> float:
    return cpu_of({name: pid}).since(before).seconds / seconds
