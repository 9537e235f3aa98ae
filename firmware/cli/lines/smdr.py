"""``earmark lines --only smdr``: reads the call logs of PBXs and takes their calls to the recorder.

No call depends on it: a serial port, or what a stranger sends to an open one, can hurt nothing but this process.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.smdr.reader import SmdrReader
from firmware.adapters.smdr.row_courier import RowCourier
from firmware.adapters.smdr.serial_source import SerialSource
from firmware.adapters.smdr.source import LogSource
from firmware.adapters.smdr.tcp_source import TcpCaller, TcpListener
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.lines.control import KEEPER, PANEL, WEB
from firmware.cli.lines.policy import recording_policy
from firmware.cli.settings.newer_settings import NewerSettings
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.config.smdr_settings import SerialSettings, SmdrSettings
from firmware.core.call_log import LogRow
from firmware.core.call_log_policy import LogPolicy
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.core.lines_instance import process_name

_LOG = logging.getLogger(__name__)
_HEARTBEAT_S = 1.0
_MITEL_PORT = 1752
_PARITY_LETTERS = {"none": "N", "even": "E", "odd": "O"}


class RecorderRowDesk:
    """``RowDesk`` over the recorder's control socket."""

    def __init__(self, home: Home) -> None:
        self._client = ControlClient(home.recorder_socket, timeout_s=10.0)

    def bring(self, rows: Sequence[LogRow]) -> None:
        self._client.post("/call-log", {"rows": [row.to_json() for row in rows]})


class SmdrProcess:
    """Every object of the process, built here and nowhere else.

    Raises:
        LineError: the settings name no call log.
    """

    def __init__(self, home: Home, settings: Settings) -> None:
        if not settings.smdr:
            raise LineError("The settings name no call log of a PBX.", "Add one: earmark settings export, then import.")
        self._courier = RowCourier(RecorderRowDesk(home))
        self._readers = [_reader(each, settings, self._courier.hand_on) for each in settings.smdr]
        self._newer = NewerSettings(SettingsFile(home.settings_file), process_name("smdr"), settings)
        self._feed = EventFeed()
        self._server = ControlServer(
            home.lines_socket_of("smdr"),
            {"GET /health": self._health_asked, "GET /calls": lambda _: {"calls": []}},
            feed=self._feed,
            allow=these_users(WEB, PANEL, KEEPER),
        )

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop."""
        self._courier.start()
        for reader in self._readers:
            reader.start()
        try:
            with self._server:
                _LOG.info("ready: %s", ", ".join(each.health()["name"] for each in self._readers))
                notify.ready()
                while not stop.wait(_HEARTBEAT_S):
                    self._beat()
                notify.stopping()
        finally:
            for reader in self._readers:
                reader.stop()
            self._courier.stop()

    def health(self) -> dict[str, Any]:
        """How the logs come. Numbers of calls, never of telephones."""
        lines = [reader.health() for reader in self._readers]
        return {
            "state": "degraded" if any(each["state"] == "degraded" for each in lines) else "working",
            "lines": lines,
            "rows_waiting": self._courier.waiting,
            "calls": 0,
        }

    def _health_asked(self, _: Request) -> Mapping[str, Any]:
        return {**self.health(), "attention": [*self._courier.attention(), *self._newer.worries()]}

    def _beat(self) -> None:
        if not all(reader.is_alive for reader in self._readers):
            raise RuntimeError("a reader of a call log ended")  # the supervisor starts the process again
        self._feed.publish("heartbeat", self.health())
        notify.watchdog()


def compose_smdr(home: Home, settings: Settings) -> Callable[[threading.Event], None]:
    """The process, to be run until an event is set. Raises LineError."""
    return SmdrProcess(home, settings).run


def log_policy(log: SmdrSettings, settings: Settings) -> LogPolicy:
    """What the office's recording policy says of the calls that a PBX logs."""
    numbering = PhoneNumbers(settings.office.country)
    policies = {line.name: recording_policy(line, settings, numbering) for line in settings.lines}
    only = next(iter(policies)) if len(policies) == 1 else ""
    zone = ZoneInfo(settings.office.timezone)
    return LogPolicy(log.name, policies, numbering.normalise, zone, log.line or only, log.trunks, log.outside_prefix)


def _reader(log: SmdrSettings, settings: Settings, hand_on: Callable[[LogRow], None]) -> SmdrReader:
    zone = ZoneInfo(log.timezone or settings.office.timezone)
    described = _port_words(log.serial) if log.serial else ""
    policy = log_policy(log, settings)
    return SmdrReader(_source(log), log.log_format, policy, zone, SystemClock(), hand_on, described)


def _source(log: SmdrSettings) -> LogSource:
    if log.serial is not None:
        return SerialSource(log.serial)
    if log.listen is not None:
        host, port = split_host_port(log.listen.bind)
        peers = [ipaddress.ip_network(split_host_port(each)[0], strict=False) for each in log.listen.addresses]
        return TcpListener(host, port, peers)
    if log.connect is not None:
        return TcpCaller(*split_host_port(log.connect.host, _MITEL_PORT))
    raise AssertionError("the settings' own check lets none through that comes by nothing")


def _port_words(port: SerialSettings) -> str:
    return f"{port.baud} {port.data_bits}{_PARITY_LETTERS[port.parity]}{port.stop_bits}"
