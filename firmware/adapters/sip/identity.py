"""How the second leg of a call names the parties: the original caller's number passes through, or stays withheld."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from firmware.adapters.sip.line_config import SipLineConfig, SipPeer
from firmware.core.call_record import Party

# RFC 3261 §25.1, user: what may stand unescaped. "#" must not, "+" and "*" may.
_USER_SAFE = "-_.!~*'()&=+$,;?/"
_UNFIT_FOR_A_NAME = re.compile(r"[^\w .,'()&+-]")


@dataclass(frozen=True)
class Identity:
    """The From address of a leg and the headers that go with it."""

    from_uri: str
    headers: tuple[tuple[str, str], ...] = ()


def request_uri(peer: SipPeer, number: str, server: str = "") -> str:
    """The URI that asks ``peer``, or one ``server`` of it, for ``number``."""
    user = quote(number, safe=_USER_SAFE)
    return f"sip:{user}@{server or peer.host_port};transport={peer.transport}"


def identity_of(calling: Party, line: SipLineConfig, peer: SipPeer) -> Identity:
    """Name the caller towards a peer.

    A withheld caller is anonymous with ``Privacy: id`` (RFC 3323 §4.1, RFC 3325 §9.3); a trunk that knows us by an
    account is told that account in P-Asserted-Identity, so that it can still tell who pays.
    """
    host = peer.host_port if peer.role == "trunk" else _own_host(line)
    if calling.presentation == "withheld":
        headers = [("Privacy", "id")]
        if peer.role == "trunk" and peer.user:
            headers.append(("P-Asserted-Identity", f"<sip:{peer.user}@{host}>"))
        return Identity('"Anonymous" <sip:anonymous@anonymous.invalid>', tuple(headers))
    if calling.presentation == "unavailable" or not calling.number:
        if peer.role == "trunk" and peer.user:
            return Identity(f"<sip:{quote(peer.user, safe=_USER_SAFE)}@{host}>")
        return Identity("<sip:unavailable@unknown.invalid>")
    uri = f"<sip:{quote(calling.number, safe=_USER_SAFE)}@{host}>"
    asserted = f"<sip:{quote(calling.network_number or calling.number, safe=_USER_SAFE)}@{host}>"
    return Identity(_named(calling.display_name, uri), (("P-Asserted-Identity", asserted),))


def _named(name: str | None, uri: str) -> str:
    clean = _UNFIT_FOR_A_NAME.sub("", name or "").strip()
    return f'"{clean}" {uri}' if clean else uri


def _own_host(line: SipLineConfig) -> str:
    host = line.public_address or line.bind_host
    if host in ("0.0.0.0", "::"):  # noqa: S104  recognised, not bound
        return "earmark.invalid"
    return f"[{host}]" if ":" in host else host
