"""``earmark generator``: made-up calls through the running lines process, over loopback only."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import logging
import signal
import threading
from collections.abc import Mapping
from typing import Any

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.generator.conversation import converse
from firmware.adapters.generator.demonstration import OFFICE_NUMBER, Demonstration, Rhythm
from firmware.adapters.generator.exchange import CallPlan, Exchange
from firmware.adapters.generator.lines_calls import LinesCalls
from firmware.adapters.generator.softphone_endpoint import PeerAddress
from firmware.adapters.generator.softphones import Softphones
from firmware.adapters.generator.speech import speech_material
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision import notify
from firmware.config.line_settings import GeneratorLine, OfficePeer, SipLine, Trunk
from firmware.config.loader import load_settings
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.core.call_record import Direction
from firmware.core.errors import LineError
from firmware.core.home import Home

log = logging.getLogger(__name__)

_SIP_PORT = 5060


@click.group()
def generator() -> None:
    """Make calls with real speech through the lines process, by real SIP and RTP on this machine alone."""


@generator.command()
@click.option("--seconds", type=click.FloatRange(1, 7200), default=20.0, show_default=True, help="How long they talk.")
@click.option("--from", "caller", default=None, help="The caller's number (or extension, outbound).")
@click.option("--to", "called", default=None, help="The number called.")
@click.option("--direction", type=click.Choice(["inbound", "outbound"]), default="inbound", show_default=True)
@click.option("--withheld", is_flag=True, help="The caller withholds the number.")
@click.option("--line", "line_name", default=None, help="Which SIP line to call; default: the first that can be.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def call(
    home: Home,
    seconds: float,
    caller: str | None,
    called: str | None,
    direction: Direction,
    withheld: bool,
    line_name: str | None,
    as_json: bool,
) -> None:
    """Make one call, have the parties talk, hang up, and say how it went."""
    settings = load_settings(SettingsFile(home.settings_file))
    default_caller, default_called = (
        ("07700900123", OFFICE_NUMBER) if direction == "inbound" else ("201", "01632960123")
    )
    plan = CallPlan(
        direction=direction,
        caller=caller or default_caller,
        called=called or default_called,
        conversation=converse(speech_material(), seconds),
        withheld=withheld,
    )
    lines = _running_lines(home)
    with _softphones(settings, lines, line_name) as phones:
        exchange = phones.place(plan)
        names = _watch(phones, exchange, lines)
    if exchange.failure is not None:
        raise exchange.failure
    assert exchange.report is not None
    report = dataclasses.asdict(exchange.report) | names
    click.echo(json.dumps(report) if as_json else _in_words(report))


@generator.command()
@click.option("--calls", "most_calls", type=click.IntRange(min=1), default=None, help="Stop after so many calls.")
@click.pass_obj
def run(home: Home, most_calls: int | None) -> None:
    """Keep making calls in the rhythm that the settings give the generator line, until stopped."""
    settings = load_settings(SettingsFile(home.settings_file))
    timing = next((line.generator for line in settings.lines if isinstance(line, GeneratorLine)), None)
    if timing is None:
        raise LineError("The settings have no generator line.", 'Add one: [[lines]] with kind = "generator".')
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rhythm = Rhythm(timing.call_s, timing.pause_s, timing.simultaneous)
    with _softphones(settings, _running_lines(home), None, rhythm.simultaneous) as phones:
        notify.ready()
        ended = Demonstration(phones, speech_material(), rhythm, _tell).run(stop, most_calls)
    log.info("the generator made %d calls", ended)


def _watch(phones: Softphones, exchange: Exchange, lines: LinesCalls) -> dict[str, str | None]:
    """Let the call run to its end; meanwhile learn what the lines process calls this call and its recording."""
    names: dict[str, str | None] = {"call_id": None, "recording_id": None}
    while not exchange.over:
        phones.poll()
        if exchange.talking and names["recording_id"] is None:
            call = lines.find(exchange.plan) or {}
            names = {key: call.get(key) for key in names}
    return names


def _running_lines(home: Home) -> LinesCalls:
    """Raises ServiceAway when the lines process does not run: better now than after a minute without an answer."""
    client = ControlClient(home.lines_socket, timeout_s=2.0)
    client.get("/calls")
    return LinesCalls(client)


def _softphones(settings: Settings, lines: LinesCalls, line_name: str | None, most_calls: int = 1) -> Softphones:
    line, office = _line_to_call(settings, line_name)
    sip = line.sip
    host, port = split_host_port(sip.bind, _SIP_PORT)
    return Softphones(
        trunk=_peer(sip.trunks[0]),
        office=_peer(office),
        lines=PeerAddress("127.0.0.1" if ipaddress.ip_address(host).is_unspecified else host, port),
        most_calls=most_calls,
        must_wait=lines.not_bridged_yet,
    )


def _line_to_call(settings: Settings, name: str | None) -> tuple[SipLine, OfficePeer]:
    """The SIP line whose trunk and office are this machine itself: made-up calls never leave it."""
    named = [line for line in settings.lines if isinstance(line, SipLine) and name in (None, line.name)]
    if not named:
        raise LineError(f"There is no SIP line{f' called {name}' if name else ''} to call.", "See: earmark config show")
    for line in named:
        if line.sip.office is not None and all(_is_here(peer) for peer in (line.sip.trunks[0], line.sip.office)):
            return line, line.sip.office
    raise LineError(
        f"The line {named[0].name} is set up for real telephones; made-up calls only go to this machine itself.",
        "Give a demonstration line a trunk and an office at 127.0.0.1.",
    )


def _is_here(peer: Trunk | OfficePeer) -> bool:
    host, _ = split_host_port(peer.host)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name: whatever it means today


def _peer(peer: Trunk | OfficePeer) -> PeerAddress:
    if peer.transport == "tls":
        raise LineError("The generator speaks SIP over UDP and TCP, not TLS.", "Set the demonstration line to udp.")
    host, port = split_host_port(peer.host, _SIP_PORT)
    return PeerAddress(host, port, peer.transport, peer.srtp)


def _tell(exchange: Exchange) -> None:
    if exchange.failure is not None:
        log.warning("%s", exchange.failure)
    elif exchange.report is not None:
        log.info("%s call of %.0f s ended", exchange.report.direction, exchange.report.talked_s)


def _in_words(report: Mapping[str, Any]) -> str:
    return (
        f"{report['direction']} call from {report['caller']} to {report['called']}: connected after "
        f"{report['connected_after_s']:.1f} s, talked for {report['talked_s']:.1f} s\n"
        f"call {report['call_id'] or 'unknown'}, recording {report['recording_id'] or 'none'}"
    )
