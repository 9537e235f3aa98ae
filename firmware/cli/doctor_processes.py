"""``earmark doctor``: whether the processes run and are content, and whether the addresses they need can be had."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.doctor_finding import Finding, Verdict
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.siprec_settings import SiprecLine
from firmware.core.errors import EarmarkError, ServiceAway
from firmware.core.home import Home
from firmware.core.lines_instance import process_name

_CONTENT = {"ok", "working", "recording"}
_FAILED = {"fault", "stopped"}


def processes(home: Home) -> Iterator[Finding]:
    """Each process answers on its control socket, and is content."""
    healths = {name: _health(path) for name, path in _sockets(home).items()}
    some_run = any(health is not None for health in healths.values())
    for name, health in healths.items():
        if health is not None:
            yield from _process(name, health)
        elif some_run:
            yield Finding("processes", "wrong", name, "does not answer", f"Look at its log; start it: {_command(name)}")
        else:
            yield Finding("processes", "attention", name, "does not run", "Start all: scripts/run, or the services.")


def _process(name: str, health: Mapping[str, Any]) -> Iterator[Finding]:
    state = str(health.get("state", "ok"))
    complaints = [
        *health.get("attention", ()),
        *(word for line in health.get("lines", ()) for word in line["attention"]),
    ]
    if health.get("recorder_connected") is False:
        yield Finding("processes", "wrong", name, "the recorder takes no audio", "Look at the recorder's log.")
    for complaint in complaints:
        yield Finding("processes", "attention", name, str(complaint), f"Look at the log of {name}.")
    if state in _CONTENT:
        yield Finding("processes", "ok", name, f"runs ({state})")
    elif not complaints:
        verdict: Verdict = "wrong" if state in _FAILED else "attention"
        yield Finding("processes", verdict, name, f"runs, and is {state}", f"Look at the log of {name}.")


def _command(process: str) -> str:
    kind = process.removeprefix("lines-")
    return f"earmark {process}" if kind == process else f"earmark lines --only {kind}"


def _sockets(home: Home) -> dict[str, Path]:
    named = NamedInstances(home.settings_file)()
    return {
        **{process_name(instance): home.lines_socket_of(instance) for instance in named},
        "recorder": home.recorder_socket,
        "opener": home.opener_socket,
        "keeper": home.keeper_socket,
    }


def _health(socket_path: Path) -> Mapping[str, Any] | None:
    try:
        return ControlClient(socket_path, timeout_s=2.0).get("/health")
    except ServiceAway:
        return None
    except EarmarkError as error:
        return {"state": "fault", "attention": [error.what]}


def ports(home: Home) -> Iterator[Finding]:
    """The addresses that lines and web need are free, or held by them."""
    settings = load_settings(SettingsFile(home.settings_file))
    for line in settings.lines:
        if isinstance(line, SipLine | SiprecLine):
            listens = line.sip if isinstance(line, SipLine) else line.siprec
            lines_run = _health(home.lines_socket_of(line.kind)) is not None
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
