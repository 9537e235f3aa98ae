"""Ports for the demonstration: found out before anything is started, so that what is wrong can be said plainly."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from firmware.config.line_settings import SipLine
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.core.errors import AddressInUse

PORTS_TRIED = 20


def refuse_if_taken(settings: Settings) -> None:
    """See that every address the lines and the demonstration's telephones need is free.

    Raises:
        AddressInUse: names the first that is not, and what it is for.
    """
    for what, address in _sip_addresses(settings):
        host, port = split_host_port(address)
        for kind, name in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
            if not _is_free(host, port, kind):
                raise AddressInUse(
                    f"{name} port {port} on {host} is taken, which {what} needs.",
                    f"Find what holds it (as root: ss --listening --udp --tcp --processes 'sport = :{port}') and stop "
                    "it; or change the port: earmark settings export, edit the file, earmark settings import.",
                )


def choose_web_port(wanted: int | None, usual: int) -> int:
    """The port for the page: the one asked for, or else the usual one or the next that is free.

    Raises:
        AddressInUse: the port asked for is taken, or all that were tried.
    """
    if wanted is not None:
        if not _is_free("127.0.0.1", wanted, socket.SOCK_STREAM):
            raise AddressInUse(f"Port {wanted} is taken.", "Name another with --port, or leave --port out.")
        return wanted
    for port in range(usual, min(usual + PORTS_TRIED, 65536)):
        if _is_free("127.0.0.1", port, socket.SOCK_STREAM):
            return port
    raise AddressInUse(
        f"The ports {usual} to {usual + PORTS_TRIED - 1} are all taken.", "Name a free one with --port for the page."
    )


def _sip_addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    for line in settings.lines:
        if isinstance(line, SipLine):
            yield f"the line {line.name}", line.sip.bind
            if line.sip.office is not None:
                yield f"the made-up office telephone of the line {line.name}", line.sip.office.host
            for trunk in line.sip.trunks:
                yield f"the made-up trunk {trunk.name}", trunk.host


def _is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as trial:
        if kind == socket.SOCK_STREAM:  # or a port is "taken" for a minute after its last connection ended
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True
