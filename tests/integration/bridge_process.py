"""A lines process in miniature, for tests: pjsua2's bridge, two sound files, the C port, and the hand-over of the ring.

python -m tests.integration.bridge_process RINGS_SOCKET FAR.wav OFFICE.wav       one call until standard input ends
python -m tests.integration.bridge_process --churn N                             N ports made and destroyed
"""

from __future__ import annotations

import dataclasses
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pjsua2 as pj

from firmware.adapters.ring.channel import RingSender
from firmware.adapters.ring.writer import RingWriter
from firmware.core.call_record import CallRecord, Party
from firmware.native.recorder_port import RecorderPort

RECORD = CallRecord(
    recording_id="0198c0ffee007000800000000000cafe",
    call_id="1",
    line="main",
    direction="inbound",
    far_party=Party(number="01632960001"),
    office_party=Party(number="01632960100"),
    started_at_ms=0,
    decided_by="always",
)


@contextmanager
def bridge() -> Iterator[pj.Endpoint]:
    """pjsua2 as the lines process runs it: one thread for Python, none of its own, a bridge without a sound card."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.clockRate = 8000
    config.medConfig.noVad = True
    config.medConfig.maxMediaPorts = 1024
    endpoint.libInit(config)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    try:
        yield endpoint
    finally:
        endpoint.libDestroy()


def work(endpoint: pj.Endpoint, until: Callable[[], object]) -> None:
    while not until():
        endpoint.libHandleEvents(10)


def standard_input_ended() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)


def call(rings: Path, far: Path, office: Path) -> None:
    sender = RingSender(rings, instance="sip")
    sender.start()
    with bridge() as endpoint:
        ring = RingWriter.create(RECORD.recording_id)
        port = RecorderPort.create(ring.fd)
        sender.offer(RECORD, ring)
        players = [play(path) for path in (far, office)]
        for channel, player in enumerate(players):
            port.connect(channel, player.getPortId())
        work(endpoint, until=standard_input_ended)
        final = port.close()
        ring.close(final)
        sender.closed(dataclasses.replace(RECORD, end_cause="caller hung up"))
        players.clear()  # before the library goes
    sender.stop(linger_s=5)


def play(path: Path) -> pj.AudioMediaPlayer:
    player = pj.AudioMediaPlayer()
    player.createPlayer(str(path), pj.PJMEDIA_FILE_NO_LOOP)
    return player


def hum(frequency_hz: int) -> pj.ToneGenerator:
    tone = pj.ToneGenerator()
    tone.createToneGenerator(8000)
    description = pj.ToneDesc()
    description.freq1, description.on_msec, description.off_msec = frequency_hz, 1000, 0
    tone.play(pj.ToneDescVector([description]), True)
    return tone


def churn(count: int) -> None:
    """As many calls as fast as it goes, some seen by the bridge's clock and some gone before it looked."""
    with bridge() as endpoint:
        tones = [hum(frequency_hz) for frequency_hz in (400, 1000)]
        alive: list[tuple[RecorderPort, RingWriter]] = []
        frames = 0
        for number in range(count):
            ring = RingWriter.create(number.to_bytes(16))
            port = RecorderPort.create(ring.fd)
            for channel, tone in enumerate(tones):
                port.connect(channel, tone.getPortId())
            if number % 3 == 0:
                alive.append((port, ring))
            else:
                port.close()
                ring.release()
            if len(alive) > 200:
                port, ring = alive.pop(0)
                port.close()
                frames += sum(port.stats().frames)
                ring.release()
            if number % 50 == 0:
                endpoint.libHandleEvents(1)
        for port, ring in alive:
            port.close()
            ring.release()
        deadline = time.monotonic() + 1
        work(endpoint, until=lambda: time.monotonic() > deadline)
        mapped = Path("/proc/self/maps").read_text().count("earmark-ring")
        print(f"{frames} frames heard, {endpoint.mediaActivePorts()} ports and {mapped} rings left")
        tones.clear()  # before the library goes


if __name__ == "__main__":
    if sys.argv[1] == "--churn":
        churn(int(sys.argv[2]))
    else:
        call(*(Path(argument) for argument in sys.argv[1:4]))
