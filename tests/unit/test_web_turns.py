"""Signing in costs the box a second and much memory: some at once, and not all of them for one machine."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from flask import Flask

from firmware.core.errors import TooBusy
from webui.access.turns import Turns

APP = Flask("turns")


def take(turns: Turns, address: str, until: ExitStack) -> None:
    with APP.test_request_context("/sign-in", environ_base={"REMOTE_ADDR": address}):
        until.enter_context(turns.one())


def test_one_machine_cannot_take_every_turn() -> None:
    turns = Turns()
    with ExitStack() as held:
        take(turns, "192.0.2.66", held)
        take(turns, "192.0.2.66", held)
        with pytest.raises(TooBusy):
            take(turns, "192.0.2.66", held)
        take(turns, "192.0.2.7", held)
        take(turns, "192.0.2.8", held)
        with pytest.raises(TooBusy):
            take(turns, "192.0.2.9", held)
    with ExitStack() as held:
        take(turns, "192.0.2.66", held)


def test_the_box_itself_may_have_all_turns() -> None:
    turns = Turns()
    with ExitStack() as held:
        for _ in range(4):
            take(turns, "127.0.0.1", held)
        with pytest.raises(TooBusy):
            take(turns, "::1", held)
