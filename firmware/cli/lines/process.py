"""What every process that holds or hears calls is made of, whatever its lines are: here once.

Each kind of line brings its own parts (``LinesParts``), put together in a module of its own: ``lines_sip.py`` …
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from firmware.adapters.control.event_feed import Event, EventFeed
from firmware.adapters.control.evidence_courier import EvidenceCourier
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer, Handler
from firmware.adapters.ring.recorder_events import RecorderConnected, RecorderEvent, RecorderFault, RecorderGone
from firmware.adapters.ring.sender import RingSender
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.sip.garbage_collector import GarbageCollector
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.kernel_clock import KernelClock
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.lines.certificate import StartsAnew
from firmware.cli.lines.control import KEEPER, PANEL, WEB, LinesControl
from firmware.cli.settings.newer_settings import NewerSettings
from firmware.config.notice_doubts import notice_doubts
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.core.line import Line
from firmware.core.lines_instance import LinesInstance, process_name
from firmware.core.office_phones import Registered
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.ports.clock import Clock
from firmware.ports.line_tap import LineTap
from firmware.services.call_control import CallControl, CallView, PhonesOf
from firmware.services.line_supervisor import LineSupervisor

_LOG = logging.getLogger(__name__)
# Each time the dispatcher comes back from the library it may wait this long for a thread that is busy in Python. With
# Python's own 5 ms, a hundred calls would be slow to connect beside a page that is busy.
_SWITCH_S = 0.0005


def _nothing() -> None:
    """Most kinds of line have nothing to add."""


def _no_phones(line: str) -> Registered:
    """Nor do phones register with any but SIP lines."""
    return {}


def _never(calls: int) -> bool:
    """And most have nothing to start anew for."""
    return False


@dataclass(frozen=True)
class LinesParts:
    """What one kind of line brings.

    Attributes:
        tap: the lines.
        rules: what decides about each line's calls, by its name.
        routes: what its control socket answers beside what all do.
        prepare: called before the tap is started, in the dispatcher's thread.
        close: called when the tap is closed.
        phones: gives the registered phones of each extension of a line, where phones register.
        starts_anew: whether the process is to end now, to be started again: by how many calls there are.
    """

    tap: LineTap
    rules: Mapping[str, Line]
    routes: Mapping[str, Handler] = field(default_factory=dict)
    prepare: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing
    phones: PhonesOf = _no_phones
    starts_anew: StartsAnew = _never


#: Makes a kind's parts: of where things lie, the settings, who takes the rings to the recorder, and the clock.
#: Raises LineError where the settings name no such line.
Compose = Callable[[Home, Settings, RingSender, Clock], LinesParts]


class LinesProcess:
    """Every object of the process, built here and in ``compose``, and nowhere else.

    Raises:
        LineError: there is no such line in the settings.
    """

    def __init__(self, home: Home, settings: Settings, instance: LinesInstance, compose: Compose) -> None:
        clock = SystemClock()
        self._sender = RingSender(home.rings_socket, instance, on_event=_log_recorder_event)
        self._parts = compose(home, settings, self._sender, clock)
        self._feed = EventFeed(self._greeting)
        self._evidence = EvidenceCourier(RecorderEvidenceDesk(home.recorder_socket))
        zone = ZoneInfo(settings.office.timezone)
        self._control = CallControl(
            self._parts.rules,
            self._parts.tap,
            clock,
            zone,
            _new_recording_id,
            self._publish,
            self._evidence.enter_soon,
            self._parts.phones,
            KernelClock().quality,
        )
        self._supervisor = LineSupervisor(self._parts.tap, self._control, clock, self._heartbeat)
        self._garbage_collector = GarbageCollector(clock)
        self._starts_anew = False
        self._newer = NewerSettings(SettingsFile(home.settings_file), process_name(instance), settings)
        self._untold = [doubt for name, doubt in notice_doubts(settings) if name in self._parts.rules]
        self._server = ControlServer(
            home.lines_socket_of(instance),
            {**LinesControl(self._control, self._supervisor, self._worries).routes(), **self._parts.routes},
            feed=self._feed,
            allow=these_users(WEB, PANEL, KEEPER),
        )

    def run(self, stop: threading.Event) -> None:
        """Hold the calls until told to stop. The main thread: pjsua2 stays in it."""
        sys.setswitchinterval(_SWITCH_S)
        self._garbage_collector.take_over()
        self._parts.prepare()
        self._sender.start()
        self._evidence.start()
        try:
            self._parts.tap.start()
            self._supervisor.attend()
            with self._server:
                _LOG.info("ready: %s", ", ".join(line["name"] for line in self._supervisor.health()["lines"]))
                notify.ready()
                self._supervisor.run(lambda: stop.is_set() or self._starts_anew)
                notify.stopping()
        finally:
            self._parts.tap.close()
            self._evidence.stop()
            self._sender.stop()
            self._parts.close()

    def _worries(self) -> list[str]:
        """The control socket's threads."""
        return [*self._newer.worries(), *self._untold]

    def _greeting(self) -> Iterable[Event]:
        return [Event("call", view) for view in self._control.snapshot()]

    def _publish(self, view: CallView) -> None:
        self._feed.publish("call", view)

    def _heartbeat(self) -> None:
        self._feed.publish("heartbeat", self._supervisor.health())
        self._starts_anew = self._starts_anew or self._parts.starts_anew(len(self._control))
        self._garbage_collector.attend()
        notify.watchdog()


def _new_recording_id(at_ms: int) -> str:
    return recording_id(at_ms, os.urandom(RANDOM_BYTES))


def _log_recorder_event(event: RecorderEvent) -> None:
    match event:
        case RecorderConnected():
            _LOG.info("the recorder is there")
        case RecorderGone():
            _LOG.warning("the recorder is away; calls go on, and are kept for it for about 20 seconds")
        case RecorderFault(recording_id, text):
            _LOG.error("the recorder cannot make recording %s as it should: %s", recording_id, text)
        case _:
            pass
