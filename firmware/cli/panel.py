"""``earmark panel``: the process of the front panel's button and light."""

from __future__ import annotations

import logging
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import click

from firmware.adapters.control.client import ControlClient, Event
from firmware.adapters.control.event_follower import EventFollower
from firmware.adapters.panel.gpio_panel import GpioPanel
from firmware.adapters.panel.header_pins import header_pins
from firmware.adapters.panel.panel_drawing import PanelDrawing, said_below
from firmware.adapters.panel.pins import PanelPins, read_pins
from firmware.adapters.panel.simulated_panel import simulated_panel
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.panel_button import PanelButton
from firmware.cli.panel_power import BoxPower, DemonstrationPower
from firmware.config.loader import load_settings
from firmware.config.settings_model import PanelSettings
from firmware.core.button_press import RELEASED, found_down
from firmware.core.errors import SettingsError
from firmware.core.home import Home
from firmware.core.lines_instance import LINES_INSTANCES, LinesInstance, process_name
from firmware.core.panel_light import PanelState
from firmware.ports.front_panel import FrontPanel
from firmware.services.health import HealthWatch
from firmware.services.panel_view import PanelView

log = logging.getLogger(__name__)

# How soon a change shows; the light needs no more, and an idle box is woken no oftener.
_LOOK_AGAIN_S = 0.1
_FOLLOW_EVERY_S = 2.0
# Longer, and whoever pressed has seen that nothing happened.
_ANSWER_WITHIN_S = 2.5
# The box's processes start together, this one early. A panel that starts anew later takes silence for what it is.
_START_WITHIN_S = 20.0
_POWER_CAME_WITHIN_S = 180.0
_SEEN_SHUTTING_DOWN_S = 3.0

# What a process said, waiting for the panel's own thread to tell the view.
Heard = queue.SimpleQueue[Callable[[], None]]


@click.command()
@click.option("--simulated", is_flag=True, help="Draw the panel in the terminal; keys press its button.")
@click.option("--held", is_flag=True, help="With --simulated: the button is held down from the start.")
@click.option("--needed", is_flag=True, help="Only say whether the settings name a panel: exit status 0 or 1.")
@click.option("--pins", "pin_map", type=click.Path(path_type=Path, dir_okay=False), help="Another pin map (TOML).")
@click.pass_context
def panel(ctx: click.Context, simulated: bool, held: bool, needed: bool, pin_map: Path | None) -> None:
    """Show on the front panel how the box is, and do what its button asks."""
    home: Home = ctx.obj
    if needed:
        ctx.exit(0 if load_settings(SettingsFile(home.settings_file)).panel.kind != "none" else 1)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = _panel_settings(home, simulated)
    pins, clock = read_pins(pin_map), SystemClock()
    # Where the panel is simulated a computer stands for the box, and computers keep the time by themselves.
    in_clone = settings.kind == "simulated"
    with_power = in_clone or clock.monotonic_s() < _POWER_CAME_WITHIN_S
    watch = HealthWatch(
        clock,
        DiskSpace(home.data),
        own_clock=in_clone,
        start_within_s=_START_WITHIN_S if with_power else 0.0,
    )
    with _front_panel(in_clone, pins, held) as front_panel, ExitStack() as ending:
        view = PanelView(watch, clock, front_panel.lines)
        found = found_down(clock.monotonic_s(), with_power=with_power) if front_panel.button_is_down else RELEASED
        power = _simulated_power(home, stop) if in_clone else BoxPower(ControlClient(home.box_socket))
        button = PanelButton(view, _lines_clients(home), settings.button, power, found)
        ending.callback(button.close)
        followed = FollowedOffice(home, view)
        ending.callback(followed.stop)
        followed.look()
        notify.ready()
        show(front_panel, view, button, followed, stop)
        notify.stopping()


def show(
    front_panel: FrontPanel, view: PanelView, button: PanelButton, followed: FollowedOffice, stop: threading.Event
) -> None:
    """Keep the lights true, and do what the button asks for, until told to stop."""
    last: PanelState | None = None
    while not stop.is_set():
        followed.look()
        now_s = time.monotonic()
        button.attend(now_s)
        state = view.state()
        if state is PanelState.FAULT and state is not last:
            button.make_way()
        front_panel.show(button.answer(now_s) or state, view.line_states())
        if state is not last:
            last = state
            log.info("%s%s", state.value, "".join(f"; {problem.what}" for problem in view.problems()))
            notify.status(state.value)
        notify.watchdog()
        happened = front_panel.next_edge(button.wait_s(now_s, _LOOK_AGAIN_S))
        if happened is not None:
            button.take(happened)


class FollowedOffice:
    """The event streams that are followed, and what came on them. One thread.

    Args:
        home: whose processes; which there are goes by its settings, and is looked at anew now and then.
        view: told what they say.
    """

    def __init__(self, home: Home, view: PanelView) -> None:
        self._home = home
        self._view = view
        self._named = NamedInstances(home.settings_file)
        self._heard: Heard = queue.SimpleQueue()
        self._followers: dict[str, EventFollower] = {}
        self._look_at_s = 0.0

    def look(self) -> None:
        """Tell the view what was said since."""
        if time.monotonic() >= self._look_at_s:
            self._look_at_s = time.monotonic() + _FOLLOW_EVERY_S
            lines = _lines_sockets(self._home, self._named())
            self._view.follow(lines)
            self._become({**lines, "recorder": self._home.recorder_socket, "keeper": self._home.keeper_socket})
        while not self._heard.empty():
            self._heard.get()()

    def stop(self) -> None:
        self._become({})

    def _become(self, sockets: Mapping[str, Path]) -> None:
        """Follow these processes, by their names, and no others."""
        for gone in self._followers.keys() - sockets.keys():
            self._followers.pop(gone).stop()
        for name in sockets.keys() - self._followers.keys():
            self._followers[name] = self._follower(name, ControlClient(sockets[name]))
            self._followers[name].start()

    def _follower(self, process: str, client: ControlClient) -> EventFollower:
        def opened() -> None:
            self._heard.put(partial(self._view.stream_opened, process))

        def said(event: Event) -> None:
            self._heard.put(partial(self._view.tell, process, event.kind, event.data))

        def away() -> None:
            """The view notices the silence by itself."""

        return EventFollower(f"follow-{process}", client, opened, said, away)


def _lines_sockets(home: Home, instances: Sequence[LinesInstance]) -> dict[str, Path]:
    return {process_name(instance): home.lines_socket_of(instance) for instance in instances}


def _lines_clients(home: Home) -> Callable[[str], ControlClient]:
    sockets = _lines_sockets(home, LINES_INSTANCES)
    return lambda process: ControlClient(sockets[process], _ANSWER_WITHIN_S)


def _panel_settings(home: Home, simulated: bool) -> PanelSettings:
    if simulated and not home.settings_file.exists():
        return PanelSettings(kind="simulated")
    settings = load_settings(SettingsFile(home.settings_file)).panel
    if simulated:
        return settings.model_copy(update={"kind": "simulated"})
    if settings.kind == "none":
        raise SettingsError("The settings say that this box has no front panel.", "Set panel.kind, or use --simulated.")
    return settings


@contextmanager
def _front_panel(simulated: bool, pins: PanelPins, held: bool) -> Iterator[GpioPanel]:
    if simulated:
        drawing = PanelDrawing(sys.stdout)
        with said_below(drawing), simulated_panel(pins, drawing, held) as panel:
            yield panel
        return
    with GpioPanel(pins, header_pins()) as panel:
        yield panel


def _simulated_power(home: Home, stop: threading.Event) -> DemonstrationPower:
    def end() -> None:
        stop.wait(_SEEN_SHUTTING_DOWN_S)
        stop.set()

    return DemonstrationPower(home, end)
