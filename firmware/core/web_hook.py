"""A web hook: an address that is told when a call begins and ends, as https://www.standardwebhooks.com says.

Each message is signed with a secret that only the box and whoever takes it have: HMAC-SHA-256 (RFC 2104) over its id,
the moment it is sent and its bytes, so that nobody else can send one, nor the same again later.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import ipaddress
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from firmware.core.errors import SettingsError

KNOWN_BY = "whsec_"
#: Within the 24 to 64 bytes that the specification asks for.
SECRET_BYTES = 32
LONGEST_URL = 500
MOST_HOOKS = 5
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_WITH_IPV4_AT_THE_END = (ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_PLAIN_HTTP = (
    "Without TLS anybody on the way can read it: plain http:// goes to an address of the office's own network."
)
_EXAMPLE = "Such as https://crm.example.org/calls, or http://192.168.1.20/calls on the office's own network."


@dataclass(frozen=True)
class WebHook:
    """``secret`` as whoever checks signatures is given it. ``numbers``: whether it is told telephone numbers."""

    hook_id: str
    name: str
    url: str
    secret: str = field(repr=False)
    numbers: bool
    made_at_ms: int
    made_by: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read a web hook. Keys unknown to this version are ignored.

        Raises:
            KeyError, TypeError: a field is missing.
        """
        return cls(**{each.name: document[each.name] for each in fields(cls)})


@dataclass(frozen=True)
class Target:
    """Where a web hook's messages go."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """
    Raises:
        SettingsError: it is no address that a web hook may have.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError("That is no web address.", _EXAMPLE) from None
    host = parts.hostname or ""
    if len(url) > LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url:
        raise SettingsError("That is no web address.", _EXAMPLE)
    if parts.scheme not in ("http", "https") or not host:
        raise SettingsError("A web hook's address begins with https:// or http://.", _EXAMPLE)
    if parts.username is not None or parts.password is not None:
        raise SettingsError("A name and a password do not belong in the address.", "The signature says who sends it.")
    if parts.fragment:
        raise SettingsError("What follows # never reaches a server.", "Leave it out.")
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(scheme, host, port or (443 if scheme == "https" else 80), path)
    address = _address(host)
    if address is not None and (why := why_not_to(target, address)):
        raise SettingsError(why, _EXAMPLE)
    return target


def why_not_to(target: Target, address: Address) -> str:
    """Why nothing may be sent to what the host's name stands for at this moment; empty where it may.

    The box's own services are no target, nor is whatever answers on a link alone: who sets a web hook could have the
    box ask what nobody else can reach.
    """
    plain, *inside = _meant(address)
    if any(map(_is_no_machine_s, (plain, *inside))):
        return f"{plain} is no address of another machine that a web hook could go to."
    if target.scheme == "http" and not plain.is_private:
        return f"{_PLAIN_HTTP} {plain} is none."
    return ""


def _is_no_machine_s(address: Address) -> bool:
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )


def _meant(address: Address) -> list[Address]:
    """What an address stands for, and those of IPv4 that it leads on to (RFC 4291 2.5.5, 3056, 4380, 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inside = [address.sixtofour, address.teredo[1] if address.teredo else None]
    if any(address in network for network in _WITH_IPV4_AT_THE_END):
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(each for each in inside if each is not None)]


def new_secret(random: bytes) -> str:
    """As it is shown. Raises ValueError: not ``SECRET_BYTES`` of them."""
    if len(random) != SECRET_BYTES:
        raise ValueError(f"a secret is made of {SECRET_BYTES} bytes")
    return KNOWN_BY + b64encode(random).decode("ascii")


def signed_headers(secret: str, message_id: str, sent_at_s: int, body: bytes) -> Mapping[str, str]:
    """The headers by which a message proves where it comes from. ``sent_at_s`` is Unix time."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at_s),
        "webhook-signature": f"v1,{signature(secret, message_id, sent_at_s, body)}",
    }


def signature(secret: str, message_id: str, sent_at_s: int, body: bytes) -> str:
    """In Base64.

    Raises:
        ValueError: the secret is not what ``new_secret`` makes, or the id holds a full stop.
    """
    if "." in message_id:
        raise ValueError("a message's id has no full stop: it ends there in what is signed")
    try:
        key = b64decode(secret.removeprefix(KNOWN_BY), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is Base64 behind its prefix") from error
    signed = f"{message_id}.{sent_at_s}.".encode("ascii") + body
    return b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
