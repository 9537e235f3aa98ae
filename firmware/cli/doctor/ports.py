"""``earmark doctor``: whether the addresses that the processes need can be had."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.doctor.finding import Finding
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.siprec_settings import SiprecLine
from firmware.core.errors import EarmarkError, ServiceAway
from firmware.core.home import Home


def _runs(socket_path: Path) -> bool:
    try:
        ControlClient(socket_path, timeout_s=2.0).get("/health")
    except ServiceAway:
        return False
    except EarmarkError:
        return True
    return True


def ports(home: Home) -> Iterator[Finding]:
    """The addresses that lines and web need are free, or held by them."""
    settings = load_settings(SettingsFile(home.settings_file))
    for line in settings.lines:
        if isinstance(line, SipLine | SiprecLine):
            listens = line.sip if isinstance(line, SipLine) else line.siprec
            lines_run = _runs(home.lines_socket_of(line.kind))
            for transport in listens.transports:
                host, port = split_host_port(listens.bind)
                port = listens.tls_port if transport == "tls" else port
                kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
                yield _port(f"line {line.name}, {transport.upper()}", host, port, kind, held_by_us=lines_run)
    host, port = split_host_port(settings.web.bind)
    # The page has no control socket: that something answers there is taken for it.
    yield _port("page", host, port, socket.SOCK_STREAM, held_by_us=_answers(host, port))


def _port(name: str, host: str, port: int, kind: socket.SocketKind, *, held_by_us: bool) -> Finding:
    where = f"{host} port {port}"
    if held_by_us:
        return Finding("ports", "ok", where, f"is in use ({name})")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = "End the program that holds it (ss -lntup shows it), or change bind in the settings."
            return Finding("ports", "wrong", where, f"cannot be had for {name}: {error.strerror}", remedy)
    return Finding("ports", "ok", where, f"is free ({name})")


def _answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    with suppress(OSError):
        socket.create_connection((target, port), timeout=1.0).close()
        return True
    return False
