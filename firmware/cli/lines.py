"""``earmark lines``: the process that holds the phone calls."""

from __future__ import annotations

import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from firmware import __version__
from firmware.adapters.control.event_feed import Event, EventFeed
from firmware.adapters.control.evidence_courier import EvidenceCourier
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.peer_policy import same_user, these_users
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.ring.recorder_events import RecorderConnected, RecorderEvent, RecorderFault, RecorderGone
from firmware.adapters.ring.sender import RingSender
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.sip.garbage_collector import GarbageCollector
from firmware.adapters.sip.greeting import Greetings
from firmware.adapters.sip.prompts_in_memory import PromptsInMemory
from firmware.adapters.sip.tap import SipTap
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.line_composition import line_config, line_rules
from firmware.cli.lines_control import PANEL, WEB, LinesControl
from firmware.cli.newer_settings import NewerSettings
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.prompt_check import prompts_named
from firmware.config.settings_model import Settings
from firmware.core.end_key import without_end_key
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.services.call_control import CallControl, CallView
from firmware.services.line_supervisor import LineSupervisor

_LOG = logging.getLogger(__name__)
_INSTANCE = "sip"
# Each time the dispatcher comes back from the library it may wait this long for a thread that is busy in Python. With
# Python's own 5 ms, a hundred calls would be slow to connect beside a page that is busy.
_SWITCH_S = 0.0005


@click.command()
@click.pass_obj
def lines(home: Home) -> None:
    """Run the process that holds the phone calls."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # callers' voices are in this memory
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    process = LinesProcess(home, load_settings(SettingsFile(home.settings_file)))
    process.run(stop)


class LinesProcess:
    """Every object of the process, built here and nowhere else.

    Raises:
        LineError: there is no SIP line in the settings.
    """

    def __init__(self, home: Home, settings: Settings) -> None:
        sip_lines = [line for line in settings.lines if isinstance(line, SipLine)]
        if not sip_lines:
            raise LineError("The settings name no SIP line.", "Add one: earmark settings export, then import.")
        self._home = home
        library = PromptLibrary(home.prompts, settings.prompts)
        named = (prompt for _, prompt in prompts_named(settings))
        self._prompts = PromptsInMemory(library, [*library.shipped(), *named])
        self._sender = RingSender(home.rings_socket, _INSTANCE, on_event=_log_recorder_event)
        clock = SystemClock()
        configs = [line_config(line, home) for line in sip_lines]
        self._greetings = Greetings(home.run / "greetings", self._keep_greeting)
        self._tap = SipTap(configs, self._prompts, self._sender, clock, self._greetings, f"Earmark/{__version__}")
        self._feed = EventFeed(self._greeting)
        numbering = PhoneNumbers(settings.office.country)
        rules = {line.name: line_rules(line, settings, numbering) for line in sip_lines}
        zone = ZoneInfo(settings.office.timezone)
        self._evidence = EvidenceCourier(RecorderEvidenceDesk(home.recorder_socket))
        self._control = CallControl(
            rules, self._tap, clock, zone, _new_recording_id, self._publish, self._evidence.enter_soon
        )
        self._supervisor = LineSupervisor(self._tap, self._control, clock, self._heartbeat)
        self._garbage_collector = GarbageCollector(clock)
        newer = NewerSettings(SettingsFile(home.settings_file), "lines", settings)
        self._server = ControlServer(
            home.lines_socket,
            {
                **LinesControl(self._control, self._supervisor, newer.worries).routes(),
                "POST /prompts/{prompt}/renew": self._renew_prompt,
            },
            feed=self._feed,
            allow=these_users(WEB, PANEL),
            # Its folder says who may knock, and the peer's user who is answered.
            mode=0o666,
        )

    def run(self, stop: threading.Event) -> None:
        """Hold the calls until told to stop. The main thread: pjsua2 stays in it."""
        sys.setswitchinterval(_SWITCH_S)
        self._garbage_collector.take_over()
        self._greetings.remove_unfinished()
        self._sender.start()
        self._evidence.start()
        try:
            self._tap.start()
            self._supervisor.attend()
            with self._server:
                _LOG.info("ready: %s", ", ".join(line["name"] for line in self._supervisor.health()["lines"]))
                notify.ready()
                self._supervisor.run(stop.is_set)
                notify.stopping()
        finally:
            self._tap.close()
            self._evidence.stop()
            self._sender.stop()
            self._prompts.close()

    def _renew_prompt(self, request: Request) -> dict[str, str]:
        """A command changed the office's own prompt: the next to hear it hears the new one."""
        if not same_user(request.peer):
            raise RequestRefused("This user may not ask that of the lines.", status=403)
        prompt = request.parameters["prompt"]
        self._prompts.renew(prompt)
        return {"prompt": prompt}

    def _keep_greeting(self, prompt: str, file: Path) -> None:
        """Make a greeting that was spoken into a phone a prompt. A thread of its own."""
        # Only now: the sound library takes more memory than all else here, and is hardly ever needed.
        from firmware.adapters.prompts.any_format import SAMPLE_RATE_HZ, read_any_format
        from firmware.adapters.prompts.stock import PromptStock

        with file.open("rb") as recorded:
            spoken = read_any_format(recorded)
        PromptStock(self._home.prompts).keep(prompt, without_end_key(spoken, SAMPLE_RATE_HZ))
        self._prompts.renew(prompt)

    def _greeting(self) -> Iterable[Event]:
        return [Event("call", view) for view in self._control.snapshot()]

    def _publish(self, view: CallView) -> None:
        self._feed.publish("call", view)

    def _heartbeat(self) -> None:
        self._feed.publish("heartbeat", self._supervisor.health())
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
