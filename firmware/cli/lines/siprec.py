"""The SIPREC lines put together: a PBX or SBC sends a copy of each call."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware import __version__
from firmware.adapters.network.block_requests import BlockRequests
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.ring.sender import RingSender
from firmware.adapters.sip.line_config import PeerAddress
from firmware.adapters.siprec.line_config import SiprecLineConfig
from firmware.adapters.siprec.tap import SiprecTap
from firmware.cli.lines.certificate import taken_up
from firmware.cli.lines.process import LinesParts
from firmware.cli.lines.scanners import scanner_routes
from firmware.cli.lines.tapped_rules import tapped_rules
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.config.siprec_settings import SiprecLine
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.ports.numbering import Numbering, number_pattern


def compose_siprec(home: Home, settings: Settings, sender: RingSender, clock: Clock) -> LinesParts:
    """
    Raises:
        LineError: there is no SIPREC line in the settings.
    """
    lines = [line for line in settings.lines if isinstance(line, SiprecLine)]
    if not lines:
        raise LineError("The settings name no SIPREC line.", "Add one: earmark settings export, then import.")
    starts_anew = taken_up(home, settings, lines, clock)
    numbering = PhoneNumbers(settings.office.country)
    extensions = [extension.number for extension in settings.extensions]
    configs = [siprec_config(line, home, extensions, numbering) for line in lines]
    ask_filter = BlockRequests(home.block_requests).ask
    tap = SiprecTap(configs, sender, clock, f"Earmark/{__version__}", home.run_of("lines") / "paused-calls", ask_filter)
    return LinesParts(
        tap=tap,
        rules={line.name: tapped_rules(line, settings, numbering) for line in lines},
        routes=scanner_routes(tap.scanners),
        starts_anew=starts_anew,
    )


def siprec_config(line: SiprecLine, home: Home, extensions: Sequence[str], numbering: Numbering) -> SiprecLineConfig:
    """How a line is heard."""
    siprec = line.siprec
    bind_host, bind_port = split_host_port(siprec.bind)
    first, _, last = siprec.rtp_ports.partition("-")
    return SiprecLineConfig(
        name=line.name,
        bind_host=bind_host,
        bind_port=bind_port,
        transports=siprec.transports,
        clients=tuple(PeerAddress(*split_host_port(text)) for text in siprec.clients),
        is_office=_office_numbers((*extensions, *siprec.office_numbers), siprec.office_pattern, numbering),
        direction_unless_known=siprec.direction_unless_known,
        tls_port=siprec.tls_port,
        tls_certificate=home.lines_certificate,
        tls_key=home.lines_key,
        client_ca_file=Path(siprec.client_ca_file) if siprec.client_ca_file else None,
        srtp=siprec.srtp,
        rtp_first_port=int(first),
        rtp_last_port=int(last),
        codecs=siprec.codecs,
        session_timer_s=siprec.session_timer_s,
        public_address=siprec.public_address,
        asks_to_pause=siprec.ask_to_pause,
    )


def _office_numbers(numbers: Sequence[str], pattern: str, numbering: Numbering) -> Callable[[str], bool]:
    """Whether a number is the office's, in whatever form it comes."""
    patterns = [number_pattern(number, numbering) for number in numbers]
    expression = re.compile(pattern) if pattern else None

    def is_office(number: str) -> bool:
        form = numbering.normalise(number)
        if expression is not None and (expression.fullmatch(number) or expression.fullmatch(form)):
            return True
        return any(each.matches(form) for each in patterns)

    return is_office
