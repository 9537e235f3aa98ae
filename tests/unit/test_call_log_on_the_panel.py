"""A call log that is read, or waits for its first line, lights no lamp; one that cannot be read does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.smdr.reader import SmdrReader
from firmware.adapters.smdr.source import Received, SourceGone
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.config.log_formats import shipped_formats
from firmware.core.call_log import LogRow
from firmware.core.call_log_policy import LogPolicy
from firmware.core.number_pattern import as_dialled
from firmware.services.panel_view import _problems


class _Port:
    """A port that gives what it was told to, and then is there or gone."""

    shown = "serial port /dev/ttyUSB0"

    def __init__(self, content: bytes = b"", gone: bool = False) -> None:
        self._content, self._gone = content, gone
        self.read = threading.Event()

    @contextmanager
    def opened(self, stop: threading.Event) -> Iterator[Iterator[Received]]:
        yield self._received(stop)

    def _received(self, stop: threading.Event) -> Iterator[Received]:
        if self._content:
            yield Received(0, self._content)
        if self._gone:
            self.read.set()
            raise SourceGone("The serial port is not there.")
        self.read.set()
        stop.wait()


@pytest.mark.parametrize(
    ("port", "told"),
    [
        (_Port(), []),
        (_Port(b'"O","10312003","221502","020512","190","12125551212","","11"\r\n'), ["dated days away"]),
        (_Port(bytes(range(128, 256)) * 4), ["not readable"]),
        (_Port(gone=True), ["is not there"]),
    ],
)
def test_the_panel_is_told_of_trouble_alone(port: _Port, told: list[str]) -> None:
    zone = ZoneInfo("Europe/London")
    policy = LogPolicy("pbx", {}, as_dialled, zone)
    rows: list[LogRow] = []
    form = shipped_formats()["esi-ivx"]
    reader = SmdrReader(port, form, policy, zone, SystemClock(), rows.append, again_after_s=60)
    reader.start()
    assert port.read.wait(5)
    while told and not reader.health()["attention"]:
        threading.Event().wait(0.01)
    found = list(_problems("lines-smdr", {"state": "working", "lines": [reader.health()]}))
    reader.stop()
    assert len(found) == len(told)
    assert all(words in problem.what for words, problem in zip(told, found, strict=True))
