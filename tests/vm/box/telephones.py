"""Telephones outside the box: an exchange and an inner phone, in the test's own network, by real SIP and RTP."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import tomlkit

from firmware.adapters.generator.conversation import converse
from firmware.adapters.generator.exchange import CallPlan, Exchange
from firmware.adapters.generator.softphone_endpoint import PeerAddress
from firmware.adapters.generator.softphones import Softphones
from firmware.adapters.generator.speech import speech_material
from tests.vm.box.installed import wait_until_ready
from tests.vm.box.machine import ADDRESS, OUTSIDE, Box

_TRUNK: Final = PeerAddress(OUTSIDE, 5070)
_PHONE: Final = PeerAddress(OUTSIDE, 5080)
#: Of SIP, between the two telephones.
LINE: Final = f"""
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
bind = "0.0.0.0:5060"
[[lines.sip.trunks]]
name = "trunk"
host = "{OUTSIDE}:5070"
addresses = ["{OUTSIDE}:5070"]
[lines.sip.office]
host = "{OUTSIDE}:5080"
addresses = ["{OUTSIDE}:5080"]
"""


def give_a_line(box: Box) -> None:
    """Add a line to the settings, as an installer does at the box, and have it started."""
    change_settings(box, LINE)
    box.out("systemctl restart earmark-lines.service")
    wait_until_ready(box, "lines")


def change_settings(box: Box, added: str) -> None:
    """Import the settings again with more in them: TOML, whose lists are added to those that are there."""
    settings = tomlkit.parse(box.out("cd /run && rm -f box.toml && earmark settings export box.toml && cat box.toml"))
    for key, more in tomlkit.parse(added).unwrap().items():
        there = settings[key].unwrap()
        settings[key] = there + more if isinstance(there, list) else there | more
    text = base64.b64encode(tomlkit.dumps(settings).encode()).decode()
    box.out(f"cd /run && echo {text} | base64 -d >box.toml && earmark settings import box.toml && rm box.toml")


def let_one_factor_do(box: Box) -> None:
    """A director without an authenticator may listen, as an office can choose that they may."""
    change_settings(box, '[sign_in]\nsecond_factor = "offered"\n')
    box.out("systemctl restart earmark-opener.service")
    wait_until_ready(box)


class Call:
    """One call from outside, while it lasts."""

    def __init__(self, phones: Softphones, exchange: Exchange) -> None:
        self._phones = phones
        self.exchange = exchange

    def talk_until_over(self) -> None:
        while not self.exchange.over:
            self._phones.poll()
        if self.exchange.failure is not None:
            raise self.exchange.failure

    def talk(self, seconds: float) -> None:
        """Let it go on so long, from when both talk."""
        until = None
        while not self.exchange.over and (until is None or time.monotonic() < until):
            self._phones.poll()
            if until is None and self.exchange.talking:
                until = time.monotonic() + seconds


@contextmanager
def call_meanwhile(seconds: float) -> Iterator[None]:
    """A call from outside while the block runs; at its end the caller hangs up."""
    done = threading.Event()

    def talk() -> None:
        phones, plan = inbound_call(seconds)  # telephones belong to one thread
        with phones:
            call = Call(phones, phones.place(plan))
            while not (done.is_set() or call.exchange.over):
                phones.poll()
            assert call.exchange.talking, "the call did not last"
            call.exchange.abandon(time.monotonic())
            while not call.exchange.over:
                phones.poll()

    with ThreadPoolExecutor(1, "call") as caller:
        talked = caller.submit(talk)
        try:
            yield
        finally:
            done.set()
        talked.result()


def inbound_call(seconds: float) -> tuple[Softphones, CallPlan]:
    """The telephones, to be used as a context manager, and a call for ``Softphones.place``."""
    plan = CallPlan("inbound", "07700900123", "01632960000", converse(speech_material(), seconds))
    return Softphones(_TRUNK, _PHONE, PeerAddress(ADDRESS, 5060)), plan


def recordings(box: Box) -> list[dict[str, Any]]:
    """Newest first."""
    listed: list[dict[str, Any]] = json.loads(box.out("earmark recordings list --json"))["recordings"]
    return listed
