"""``earmark panel``: the process of the front panel's button and light."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.panel.gpio_panel import GpioPanel
from firmware.adapters.panel.panel_drawing import PanelDrawing, said_below
from firmware.adapters.panel.panel_pins import PanelPins
from firmware.adapters.panel.simulated_panel import simulated_panel
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.panel.button import PanelButton
from firmware.cli.panel.followed import FollowedOffice, lines_clients
from firmware.cli.panel.needs import panel_needs
from firmware.cli.panel.power import BoxPower, DemonstrationPower
from firmware.core.button_press import RELEASED, found_down
from firmware.core.home import Home
from firmware.core.panel_light import PanelState
from firmware.ports.front_panel import FrontPanel
from firmware.services.health import HealthWatch
from firmware.services.panel_view import PanelView

log = logging.getLogger(__name__)

# How soon a change shows; the light needs no more, and an idle box is woken no oftener.
_LOOK_AGAIN_S = 0.1
# Longer, and whoever pressed has seen that nothing happened.
_ANSWER_WITHIN_S = 2.5
# The box's processes start together, this one early. A panel that starts anew later takes silence for what it is.
_START_WITHIN_S = 20.0
_POWER_CAME_WITHIN_S = 180.0
_SEEN_SHUTTING_DOWN_S = 3.0
# All are told to end at the same time: until the others have, the light says that the box is not down yet. systemd
# gives each process a little longer.
_LIT_WHILE_OTHERS_END_S = 12.0


@click.command()
@click.option("--simulated", is_flag=True, help="Draw the panel in the terminal; keys press its button.")
@click.option("--held", is_flag=True, help="With --simulated: the button is held down from the start.")
@click.option("--pins", "pin_map", type=click.Path(path_type=Path, dir_okay=False), help="Another pin map (TOML).")
@click.pass_obj
def panel(home: Home, simulated: bool, held: bool, pin_map: Path | None) -> None:
    """Show on the front panel how the box is, and do what its button asks."""
    if held and not simulated:
        raise click.UsageError("--held goes with --simulated: a real button is held by hand.")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    needs = panel_needs(home, simulated, pin_map)
    in_clone = needs.simulated
    with _front_panel(in_clone, needs.pins, held) as front_panel, ExitStack() as ending:
        clock = SystemClock()
        watch = HealthWatch(clock, start_within_s=_START_WITHIN_S if _with_power(in_clone) else 0.0)
        view = PanelView(watch, clock, front_panel.lines)
        power = _simulated_power(home, stop) if in_clone else BoxPower(ControlClient(home.box_socket))
        found = found_down(time.monotonic(), with_power=_with_power(in_clone))
        button = PanelButton(
            view,
            lines_clients(home, _ANSWER_WITHIN_S),
            needs.button,
            power,
            found if front_panel.button_is_down else RELEASED,
        )
        ending.callback(button.close)
        followed = FollowedOffice(home, view)
        ending.callback(followed.stop)
        followed.look()
        notify.ready()
        show(front_panel, view, button, followed, stop, 0.0 if in_clone else _LIT_WHILE_OTHERS_END_S)
        notify.stopping()


def show(
    front_panel: FrontPanel,
    view: PanelView,
    button: PanelButton,
    followed: FollowedOffice,
    stop: threading.Event,
    outlasts_s: float,
) -> None:
    """Keep the lights true, and do what the button asks for, until told to stop.

    Args:
        outlasts_s: for how long at most it goes on after that while the box shuts down, as the button asked, and the
            others have not come to their end.
    """
    last: PanelState | None = None
    while not stop.is_set():
        last = _turn(front_panel, view, button, followed, last)
    until_s = time.monotonic() + outlasts_s
    while button.shuts_down and not view.all_silent and time.monotonic() < until_s:
        last = _turn(front_panel, view, button, followed, last)


def _turn(
    front_panel: FrontPanel, view: PanelView, button: PanelButton, followed: FollowedOffice, last: PanelState | None
) -> PanelState:
    """Show how things are, and wait for the button a moment. ``last``: how the box was before; gives how it is."""
    followed.look()
    now_s = time.monotonic()
    button.attend(now_s)
    state = view.state()
    if state is PanelState.FAULT and state is not last:
        button.make_way()
    # While the box shuts down everybody falls silent, and no line is at fault for it.
    front_panel.show(button.answer(now_s) or state, {} if button.shuts_down else view.line_states())
    if state is not last:
        log.info("%s%s", state.value, "".join(f"; {problem.what}" for problem in view.problems()))
        notify.status(state.value)
    notify.watchdog()
    happened = front_panel.next_edge(button.wait_s(now_s, _LOOK_AGAIN_S))
    if happened is not None:
        button.take(happened)
    return state


def _with_power(in_clone: bool) -> bool:
    """Whether this is the start of the box and not just of the panel: the monotonic clock counts from the first."""
    return in_clone or time.monotonic() < _POWER_CAME_WITHIN_S


@contextmanager
def _front_panel(simulated: bool, pins: PanelPins, held: bool) -> Iterator[GpioPanel]:
    if simulated:
        drawing = PanelDrawing(sys.stdout)
        with said_below(drawing), simulated_panel(pins, drawing, held) as panel:
            yield panel
        return
    with GpioPanel(pins) as panel:
        yield panel


def _simulated_power(home: Home, stop: threading.Event) -> DemonstrationPower:
    def end() -> None:
        stop.wait(_SEEN_SHUTTING_DOWN_S)
        stop.set()

    return DemonstrationPower(home, end)
