"""An update from a URL: the keeper fetches it, and says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.adapters.control.client import ControlClient
from firmware.adapters.update.handed_over import handed_over
from firmware.core.errors import UpdateRefused
from firmware.core.home import Home

_LOOK_EVERY_S = 1.0
_TELL_EVERY_BYTES = 50_000_000


@contextmanager
def fetched_update(home: Home, url: str, say: Callable[[str], None]) -> Iterator[Path]:
    """The file, for as long as the ``with`` lasts.

    Raises:
        UpdateRefused: it cannot be fetched; what came is kept for the next try, which goes on there.
        ServiceAway: the keeper does not answer.
    """
    keeper = ControlClient(home.keeper_socket)
    keeper.post("/updates/fetch", {"url": url})
    _wait(keeper, say)
    try:
        with handed_over(home.data, home.fetched_update) as file:
            yield file
    finally:
        keeper.post("/updates/forget")


def _wait(keeper: ControlClient, say: Callable[[str], None]) -> None:
    pause, told = threading.Event(), 0
    while True:
        shown = keeper.get("/updates/fetch")
        if shown["state"] == "here":
            return
        if shown["state"] != "fetching":
            raise UpdateRefused(f"The update could not be fetched: {shown['why']}", "Try it again: it goes on there.")
        if shown["bytes"] - told >= _TELL_EVERY_BYTES:
            told = shown["bytes"]
            say(f"{told // 1_000_000} of {shown['whole'] // 1_000_000} MB fetched")
        pause.wait(_LOOK_EVERY_S)
