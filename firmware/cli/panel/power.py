"""What a long hold of the button asks for: of the box's own process, or of a demonstration in a clone."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from typing import Protocol

from firmware.adapters.control.client import ControlClient
from firmware.cli.demo.lock import running_demonstration
from firmware.core.home import Home

log = logging.getLogger(__name__)


class PanelPower(Protocol):
    """Acts on the whole box. They may take as long as they take."""

    def shut_down(self) -> None:
        """Begin it.

        Raises:
            EarmarkError: it was refused, or nobody answers.
        """
        ...

    def reset_network(self) -> None:
        """Do it. Raises like ``shut_down``."""
        ...


class BoxPower:
    """Asks ``earmark box``, which alone may do such things."""

    def __init__(self, box: ControlClient) -> None:
        self._box = box

    def shut_down(self) -> None:
        self._box.post("/power-off")

    def reset_network(self) -> None:
        self._box.post("/network-reset")


class DemonstrationPower:
    """Where the panel is simulated there is no box to switch off: says what one would do, and ends the demonstration.

    Args:
        home: the office's folder, in which a demonstration may be running.
        end: ends the panel itself, whose light goes out as on a box.
    """

    def __init__(self, home: Home, end: Callable[[], None]) -> None:
        self._home = home
        self._end = end

    def shut_down(self) -> None:
        demonstration = running_demonstration(self._home)
        log.info(
            "A box would shut down now: calls are ended, what was recorded is put away, the light goes out. Here %s.",
            "the demonstration is stopped" if demonstration else "no demonstration is running, and only the panel ends",
        )
        if demonstration:
            os.kill(demonstration, signal.SIGTERM)
        self._end()

    def reset_network(self) -> None:
        log.info("A box would ask the network for its address again now; nothing is changed here.")
