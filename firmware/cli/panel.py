"""``earmark panel``: the process of the front panel's button and light."""

from __future__ import annotations

import logging
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from firmware.adapters.control.client import ControlClient, Event
from firmware.adapters.control.event_follower import EventFollower
from firmware.adapters.panel.gpio_panel import GpioPanel
from firmware.adapters.panel.pins import PanelPins, read_pins
from firmware.adapters.panel.simulated_panel import simulated_panel
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.panel_button import PanelButton
from firmware.config.loader import load_settings
from firmware.config.settings_model import PanelSettings
from firmware.core.errors import SettingsError
from firmware.core.home import Home
from firmware.core.lines_instance import LINES_INSTANCES, LinesInstance, process_name
from firmware.core.panel_state import PanelState
from firmware.ports.front_panel import FrontPanel
from firmware.services.health import HealthWatch
from firmware.services.panel_view import PanelView

log = logging.getLogger(__name__)

# How soon a change shows; the light needs no more, and an idle box is woken no oftener.
_LOOK_AGAIN_S = 0.1
_FOLLOW_EVERY_S = 2.0

# What a process said, waiting for the panel's own thread to tell the view.
Heard = queue.SimpleQueue[Callable[[], None]]


@click.command()
@click.option("--simulated", is_flag=True, help="Draw the light in the terminal; Enter presses the button.")
@click.option("--pins", "pin_map", type=click.Path(path_type=Path, dir_okay=False), help="Another pin map (TOML).")
@click.pass_obj
def panel(home: Home, simulated: bool, pin_map: Path | None) -> None:
    """Show on the front panel what the box is doing: idle, recording, paused, needs attention, fault, updating."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = _panel_settings(home, simulated)
    pins = read_pins(pin_map)
    named = NamedInstances(home.settings_file)
    button = PanelButton(
        lambda process: ControlClient(_lines_sockets(home, LINES_INSTANCES)[process]),
        settings.button,
        pins.button.hold_s,
    )
    # Where the panel is simulated a computer stands for the box, and computers keep the time by themselves.
    view = PanelView(HealthWatch(SystemClock(), DiskSpace(home.data), own_clock=settings.kind == "simulated"))
    heard: Heard = queue.SimpleQueue()
    followers = FollowedProcesses(view, heard)
    others = {"recorder": home.recorder_socket, "keeper": home.keeper_socket}

    def follow() -> None:
        lines = _lines_sockets(home, named())
        view.follow(lines)
        followers.become({**lines, **others})

    with _front_panel(settings.kind, pins) as front_panel, ExitStack() as ending:
        ending.callback(followers.become, {})
        follow()
        notify.ready()
        show(front_panel, view, button, heard, stop, follow)
        notify.stopping()


def show(
    front_panel: FrontPanel,
    view: PanelView,
    button: PanelButton,
    heard: Heard,
    stop: threading.Event,
    follow: Callable[[], None] = lambda: None,
) -> None:
    """Keep the light true, and do what the button asks for, until told to stop.

    ``follow`` is called now and then: lines of another kind may have been set up meanwhile.
    """
    last: PanelState | None = None
    follow_at_s = 0.0
    while not stop.is_set():
        if time.monotonic() >= follow_at_s:
            follow_at_s = time.monotonic() + _FOLLOW_EVERY_S
            follow()
        while not heard.empty():
            heard.get()()
        state = view.state()
        front_panel.show(state)
        if state is not last:
            last = state
            log.info("%s%s", state.value, "".join(f"; {problem.what}" for problem in view.problems()))
            notify.status(state.value)
        notify.watchdog()
        press = front_panel.next_press(_LOOK_AGAIN_S)
        if press is not None:
            button.pressed(press, view)


class FollowedProcesses:
    """The event streams that are followed. One thread."""

    def __init__(self, view: PanelView, heard: Heard) -> None:
        self._view = view
        self._heard = heard
        self._followers: dict[str, EventFollower] = {}

    def become(self, sockets: Mapping[str, Path]) -> None:
        """Follow these processes, by their names, and no others."""
        for gone in self._followers.keys() - sockets.keys():
            self._followers.pop(gone).stop()
        for name in sockets.keys() - self._followers.keys():
            self._followers[name] = _follower(name, ControlClient(sockets[name]), self._view, self._heard)
            self._followers[name].start()


def _lines_sockets(home: Home, instances: Sequence[LinesInstance]) -> dict[str, Path]:
    return {process_name(instance): home.lines_socket_of(instance) for instance in instances}


def _follower(process: str, client: ControlClient, view: PanelView, heard: Heard) -> EventFollower:
    def opened() -> None:
        heard.put(partial(view.stream_opened, process))

    def said(event: Event) -> None:
        heard.put(partial(view.tell, process, event.kind, event.data))

    def away() -> None:
        """The view notices the silence by itself."""

    return EventFollower(f"follow-{process}", client, opened, said, away)


def _panel_settings(home: Home, simulated: bool) -> PanelSettings:
    if simulated and not home.settings_file.exists():
        return PanelSettings(kind="simulated")
    settings = load_settings(SettingsFile(home.settings_file)).panel
    if simulated:
        return settings.model_copy(update={"kind": "simulated"})
    if settings.kind == "none":
        raise SettingsError("The settings say that this box has no front panel.", "Set panel.kind, or use --simulated.")
    return settings


def _front_panel(kind: str, pins: PanelPins) -> GpioPanel:
    return simulated_panel(pins, sys.stdout, sys.stdin) if kind == "simulated" else GpioPanel(pins)
