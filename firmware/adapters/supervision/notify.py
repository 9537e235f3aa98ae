"""Tell the supervisor how this process is doing: the datagrams of sd_notify(3).

Without ``NOTIFY_SOCKET`` in the environment (a process started by hand) every function does nothing. They may be called
from any thread. The supervisor being gone or slow is its own affair: a message that cannot be delivered is dropped.
"""

from __future__ import annotations

import contextlib
import os
import socket


def ready() -> None:
    """Start-up is over: the control socket is open and work is being done."""
    _send("READY=1")


def stopping() -> None:
    """The process was asked to end and is putting its things away."""
    _send("STOPPING=1")


def watchdog() -> None:
    """Still alive. Call it every :func:`watchdog_interval_s`, and only while every worker's own heartbeat is fresh."""
    _send("WATCHDOG=1")


def status(text: str) -> None:
    """One line for a person, shown by ``systemctl status``."""
    _send("STATUS=" + text.replace("\n", " "))


def watchdog_interval_s() -> float | None:
    """How often to call :func:`watchdog`, in seconds: half of what the supervisor allows. ``None``: it does not ask."""
    allowed_us = os.environ.get("WATCHDOG_USEC", "")
    meant_for = os.environ.get("WATCHDOG_PID", "")
    if not allowed_us.isdigit() or int(allowed_us) == 0 or (meant_for and meant_for != str(os.getpid())):
        return None
    return int(allowed_us) / 2_000_000


def _send(message: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # Linux's abstract name space, sd_notify(3)
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        sender.sendto(message.encode(), address)
