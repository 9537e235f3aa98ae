"""``earmark trial``: the lines of a box that is no office yet, for whoever fits them.

The lines' own processes hold the calls. In the recorder's place sits a meter, which makes two figures of each call's
sound and keeps nothing. There is no recorder, no key to seal to, and no place to put a recording.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import click

from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.ring.channel import (
    CallNotRecorded,
    RecordUpdated,
    RingClosed,
    RingOffered,
    RingReceiver,
    WriterGone,
    WriterMessage,
)
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision import notify
from firmware.cli.trial.lines_on_trial import LinesOnTrial
from firmware.config.lines_instances import instances_named
from firmware.core.errors import AlreadySetUp, AudioPathError
from firmware.core.home import Home
from firmware.services.level_meter import LevelMeter

_LOOK_S = 0.1


@click.command()
@click.pass_obj
def trial(home: Home) -> None:
    """Run the lines of a box that is no office yet: calls are metered, and nothing is recorded."""
    _refuse_an_office(home)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    receiver = RingReceiver(home.rings_socket)
    process = TrialProcess(receiver, LevelMeter())
    lines = LinesOnTrial(home, instances_named(SettingsFile(home.settings_file).read()))
    try:
        with ControlServer(home.trial_socket, process.routes(lines)):
            notify.ready()
            process.run(stop.is_set)
    finally:
        notify.stopping()
        lines.stop()
        process.close()


class TrialProcess:
    """The main thread's loop: rings come, are measured, and are let go of."""

    def __init__(self, receiver: RingReceiver, meter: LevelMeter) -> None:
        self._receiver = receiver
        self._meter = meter
        self._calls: list[Mapping[str, Any]] = []

    def routes(self, lines: LinesOnTrial) -> dict[str, Callable[[Request], Mapping[str, Any]]]:
        """Control threads read what the loop last put down."""
        return {"GET /levels": lambda _: {"calls": self._calls, "ended": lines.ended()}}

    def run(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            for message in self._receiver.poll(_LOOK_S):
                self._hear(message)
            self._meter.look()
            self._calls = [asdict(call) for call in self._meter.calls()]
            notify.watchdog()

    def close(self) -> None:
        self._receiver.close()
        self._meter.close()

    def _hear(self, message: WriterMessage) -> None:
        match message:
            case RingOffered():
                self._take(message)
            case RecordUpdated():
                self._meter.updated(message.record)
            case RingClosed():
                self._meter.closed(message.record)
                self._receiver.finished(message.writer, message.record.recording_id)
            case CallNotRecorded():
                self._receiver.finished(message.writer, message.record.recording_id)
            case WriterGone():
                self._meter.writer_gone(message.writer)
            case _:
                pass

    def _take(self, offer: RingOffered) -> None:
        try:
            ring = RingReader(offer.ring_fd, offer.ack_fd)
        except AudioPathError as error:
            self._receiver.fault(offer.writer, offer.record.recording_id, str(error))
            return
        self._meter.offered(offer.writer, offer.record, ring)
        self._receiver.taken(offer.writer, offer.record.recording_id)


def _refuse_an_office(home: Home) -> None:
    """Raises AlreadySetUp: where there are keys, calls are recorded, and nobody tries lines without."""
    if any(path.exists() for path in (home.office_public_key, home.device_key, home.people_file)):
        raise AlreadySetUp(
            "There is an office here: its lines are not tried without being recorded.",
            "Try a line with: earmark line test",
        )
