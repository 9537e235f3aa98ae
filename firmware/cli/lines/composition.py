"""Lines put together from the office's settings: what each decides, and what its SIP side needs to be told."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from firmware.adapters.sip.line_config import PeerAddress, RegistrarConfig, SipLineConfig, SipPeer
from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.system_resolver import system_nameservers
from firmware.cli.lines.policy import recording_policy
from firmware.cli.lines.reception import line_notices, line_reception, warning_tone
from firmware.config.line_settings import OfficePeer, SipLine, SipSettings, Trunk
from firmware.config.network_address import split_host_port
from firmware.config.phone_settings import PhoneSettings
from firmware.config.settings_model import Settings
from firmware.config.steering_settings import PauseSettings
from firmware.core.barring import Barring
from firmware.core.call.state import PauseRules
from firmware.core.home import Home
from firmware.core.line import Line
from firmware.core.office_phones import OfficePhones, RingGroup
from firmware.ports.numbering import Numbering

OFFICE = "office"


def line_rules(line: SipLine, settings: Settings, numbering: Numbering) -> Line:
    """What decides about the calls of a line."""
    return Line(
        name=line.name,
        policy=recording_policy(line, settings, numbering),
        notices=line_notices(line.notice, settings.retention_classes.regulated),
        office=OFFICE,
        trunks=tuple(trunk_name(trunk) for trunk in line.sip.trunks),
        outside_prefix=line.sip.outside_prefix,
        no_answer_ms=line.sip.no_answer_s * 1000,
        number_form=numbering.normalise,
        extensions=frozenset(extension.number for extension in settings.extensions),
        codes=settings.codes.feature_codes(),
        pause=pause_rules(settings.pause, settings.retention_classes.regulated),
        start_notice=line.notice.on_demand,
        reception=line_reception(line, settings.hours),
        warning_tone=warning_tone(line.warning_tone),
        phones=_office_phones(line.sip, numbering),
        barring=Barring(numbering.dear_kind, frozenset(line.sip.registrar.allowed)) if line.sip.phones else None,
        outside_number=partial(numbering.outside_number, outside_prefix=line.sip.outside_prefix),
    )


def line_config(settings: SipLine, home: Home) -> SipLineConfig:
    """How a line is tapped."""
    sip = settings.sip
    bind_host, bind_port = split_host_port(sip.bind)
    first, _, last = sip.rtp_ports.partition("-")
    return SipLineConfig(
        name=settings.name,
        bind_host=bind_host,
        bind_port=bind_port,
        transports=tuple(dict.fromkeys(sip.transports)),
        tls_port=sip.tls_port,
        tls_certificate=home.lines_certificate,
        tls_key=home.lines_key,
        rtp_first_port=int(first),
        rtp_last_port=int(last),
        office=_office_peer(sip.office) if sip.office is not None else None,
        trunks=tuple(_trunk_peer(trunk) for trunk in sip.trunks),
        phones=tuple(_phone(settings, phone) for phone in sip.phones),
        registrar=RegistrarConfig(
            sip.registrar.networks,
            sip.registrar.registered_at_least_s,
            sip.registrar.registered_at_most_s,
            sip.registrar.digests,
            sip.registrar.calls_at_once,
        ),
        outside_prefix=sip.outside_prefix,
        codecs=sip.codecs,
        nameservers=tuple(sip.nameservers) or system_nameservers(),
        session_timer_s=sip.session_timer_s,
        public_address=sip.public_address,
        called_number_from=sip.called_number_from,
    )


def trunk_name(trunk: Trunk) -> str:
    """A trunk's name inside the line; one called like the office's peer would hide it."""
    return f"trunk {trunk.name}" if trunk.name == OFFICE else trunk.name


def pause_rules(pause: PauseSettings, regulated: frozenset[str]) -> PauseRules:
    return PauseRules(pause.look_back_ms, pause.reminder_s * 1000, pause.resume_after_s * 1000, regulated)


def _office_phones(sip: SipSettings, numbering: Numbering) -> OfficePhones | None:
    if not sip.phones:
        return None
    groups = tuple(
        RingGroup(
            group.extensions,
            frozenset(numbering.normalise(number) for number in group.numbers),
            group.turn_s * 1000 if group.ring == "in_turn" else 0,
        )
        for group in sip.groups
    )
    extensions = tuple(dict.fromkeys(phone.extension for phone in sip.phones))
    return OfficePhones(extensions, groups, exchange=sip.office is not None)


def _phone(line: SipLine, phone: PhoneSettings) -> Phone:
    return Phone(
        line=line.name,
        extension=phone.extension,
        user=phone.signs_in_as,
        password=phone.password.get_secret_value(),
        name=phone.name,
        shows=phone.shows or line.sip.registrar.shows,
        allowed=frozenset(phone.allowed),
        outside_prefix=line.sip.outside_prefix,
        expected=phone.always_on,
    )


def _office_peer(office: OfficePeer) -> SipPeer:
    host, port = split_host_port(office.host)
    return SipPeer(
        name=OFFICE,
        role="office",
        host=host,
        port=port,
        transport=office.transport,
        addresses=_addresses(office.addresses, host),
        srtp=office.srtp,
        verify_certificate=office.verify_certificate,
        ca_file=_file(office.ca_file),
    )


def _trunk_peer(trunk: Trunk) -> SipPeer:
    host, port = split_host_port(trunk.host)
    return SipPeer(
        name=trunk_name(trunk),
        role="trunk",
        host=host,
        port=port,
        transport=trunk.transport,
        addresses=_addresses(trunk.addresses, host),
        user=trunk.user,
        password=trunk.password.get_secret_value(),
        registers=trunk.registers,
        outbound_proxy=trunk.outbound_proxy,
        realm=trunk.realm,
        srtp=trunk.srtp,
        verify_certificate=trunk.verify_certificate,
        ca_file=_file(trunk.ca_file),
    )


def _file(path: str) -> Path | None:
    return Path(path) if path else None


def _addresses(listed: Sequence[str], host: str) -> tuple[PeerAddress, ...]:
    """Where a peer sends from; where nothing is listed, the very address it is called at, if that is an address."""
    if listed:
        return tuple(PeerAddress(*split_host_port(text)) for text in listed)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ()
    return (PeerAddress(host),)
