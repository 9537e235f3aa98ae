"""Addresses as settings give them: hosts, ports and networks."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator

_HOST = re.compile(
    r"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$"
)


def split_host_port(text: str, default_port: int = 0) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address → (host, port), else with ``default_port``.

    Raises:
        ValueError: it is none of these.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is not an address; write [2001:db8::1]:5060")
        port_text = rest[1:] if rest else None
    elif text.count(":") == 1:
        host, port_text = text.split(":")
    else:
        host, port_text = text, None
    if port_text is None:
        return host, default_port
    if not (port_text.isascii() and port_text.isdigit()) or not 0 <= int(port_text) <= 65535:
        raise ValueError(f"{port_text!r} is not a port number from 0 to 65535")
    return host, int(port_text)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bind_address(text: str) -> str:
    host, port = split_host_port(text)
    if not _is_ip(host) or port == 0:
        raise ValueError(f"{text!r} is not an address and port of this box, such as 0.0.0.0:5060")
    return text


def _host(text: str) -> str:
    host, _ = split_host_port(text)
    if not (_is_ip(host) or _HOST.match(host)):
        raise ValueError(f"{text!r} is not a host name or address, with or without :port")
    return text


def _optional_host(text: str) -> str:
    return _host(text) if text else text


def _peer_address(text: str) -> str:
    host, _ = split_host_port(text)
    try:
        ipaddress.ip_network(host, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address or network, with or without :port") from None
    return text


def _port_range(text: str) -> str:
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text, re.ASCII)
    if match is None or not 1024 <= int(match[1]) < int(match[2]) <= 65535:
        raise ValueError(f"{text!r} is not a range of ports from 1024 to 65535, such as 20000-23999")
    return text


BindAddress = Annotated[str, AfterValidator(_bind_address)]
Host = Annotated[str, AfterValidator(_host)]
OptionalHost = Annotated[str, AfterValidator(_optional_host)]
PeerAddress = Annotated[str, AfterValidator(_peer_address)]
PortRange = Annotated[str, AfterValidator(_port_range)]
