"""Whether a peer that is reached over TLS is who it says it is (RFC 5922): what pjsip is told, and what people are.

pjsip checks the chain and the name itself, in the handshake's end: a connection that fails is closed before the request
that wanted it is written to it, so neither an INVITE nor a password's proof reaches a stranger.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import pjsua2 as pj

from firmware.adapters.sip.line_config import SipLineConfig, SipPeer, TlsTrust
from firmware.core.errors import LineError

#: pjsip's status where a peer's certificate was refused, and its name (pjsip/sip_errno.h).
REFUSED = 171173
REFUSED_NAME = "PJSIP_TLS_ECERTVERIF"
_DEBIAN_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def authorities(trust: TlsTrust) -> Path:
    """The PEM file of those who may vouch for a peer."""
    return trust.ca_file or Path(ssl.get_default_verify_paths().cafile or _DEBIAN_BUNDLE)


def trouble_with(trust: TlsTrust) -> str:
    """What is wrong with the file of authorities; empty when it can be used."""
    if not trust.verified:
        return ""
    file = authorities(trust)
    try:
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        found.load_verify_locations(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        remedy = "set ca_file to a PEM file" if trust.ca_file else "install ca-certificates"
        return f"the certificate authorities in {file} cannot be read ({reason}); {remedy}"
    return ""


def secure(config: pj.TransportConfig, line: SipLineConfig, trust: TlsTrust) -> None:
    """Give a TLS transport the box's own certificate, and what it asks of the servers that it connects to.

    Raises:
        LineError: the box has no certificate.
    """
    if line.tls_certificate is None or line.tls_key is None:
        raise LineError(f"Line {line.name} has TLS but no certificate.", "Set the office up first: earmark init.")
    config.tlsConfig.certFile = str(line.tls_certificate)
    config.tlsConfig.privKeyFile = str(line.tls_key)
    config.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
    config.tlsConfig.verifyServer = trust.verified
    if trust.verified:
        config.tlsConfig.CaListFile = str(authorities(trust))


def unreadable(peer: SipPeer) -> str:
    """Why a peer cannot be asked for its name at all, with what to do; empty when it can."""
    trouble = trouble_with(peer.trust) if peer.trust else ""
    return f"{_named(peer)} is not used: {trouble}" if trouble else ""


def refusal(peer: SipPeer, doubts: Sequence[str]) -> str:
    """Say that a peer's certificate was refused, why, and what to do."""
    why = "; ".join(doubt.rstrip(".") for doubt in doubts) or "it proves nothing"
    name = peer.outbound_proxy.rpartition(":")[0] or peer.outbound_proxy or peer.host
    file = authorities(peer.trust or TlsTrust())
    return (
        f"{_named(peer)} is not used: its TLS certificate is refused ({why}). It must be for {name} and come from an "
        f"authority in {file}: ask who runs it, or set its host or ca_file"
    )


def _named(peer: SipPeer) -> str:
    return "the office's telephone system" if peer.role == "office" else f"the trunk {peer.name}"
