"""A SIP request as text, taken apart without believing anything (RFC 3261 §7, RFC 4475).

pjsip has parsed the message already and would not have delivered one it cannot make sense of; but what it hands on is
text from the network, so nothing here raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware.core.party_number import CallerHeaders

_COMPACT = {
    "f": "from",
    "t": "to",
    "m": "contact",
    "i": "call-id",
    "v": "via",
    "s": "subject",
    "c": "content-type",
    "l": "content-length",
    "k": "supported",
    "e": "content-encoding",
    "r": "refer-to",
    "b": "referred-by",
}
_FOLD = re.compile(r"\r?\n[ \t]+")
_LINE_END = re.compile(r"\r?\n")
_SENT_BY = re.compile(r"SIP\s*/\s*2\.0\s*/\s*\S+\s+(\[[^\]]*\]|[^:;,\s]+)\s*(?::\s*(\d{1,5}))?", re.IGNORECASE)
_MEDIA = re.compile(r"^m=(\w+) (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class SipRequest:
    """A request: its Request-URI, its headers in order with their names in lower case and in full, its body."""

    method: str
    request_uri: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @classmethod
    def parse(cls, message: str) -> SipRequest:
        """Read a whole message; what makes no sense is left out."""
        head, _, body = message.replace("\r\n\r\n", "\n\n", 1).partition("\n\n")
        lines = _LINE_END.split(_FOLD.sub(" ", head))
        words = lines[0].split()
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            key = name.strip().lower()
            if colon and key:
                headers.append((_COMPACT.get(key, key), value.strip()))
        return cls(words[0] if words else "", words[1] if len(words) > 1 else "", tuple(headers), body)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key == name)

    def first(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def caller_headers(self) -> CallerHeaders:
        """What says who calls."""
        return CallerHeaders(
            self.first("from"),
            p_asserted_identity=self.all("p-asserted-identity") or self.all("p-preferred-identity"),
            remote_party_id=self.all("remote-party-id"),
            privacy=self.all("privacy"),
        )

    @property
    def sent_by_port(self) -> int:
        """The port in the topmost Via, 5060 where none is given (RFC 3261 §18.1.1); 0 without a Via."""
        match = _SENT_BY.match(self.first("via"))
        return 0 if match is None else int(match.group(2) or 5060)


def offered_media(sdp: str) -> frozenset[str]:
    """The kinds of media offered with a port: ``audio``, ``image`` … (RFC 4566 §5.14)."""
    return frozenset(kind for kind, port in _MEDIA.findall(sdp) if port.strip("0"))


def only_fax(sdp: str) -> bool:
    """Whether T.38 is offered in place of speech (ITU-T T.38 annex D): the box carries fax as sound only."""
    media = offered_media(sdp)
    return "image" in media and "audio" not in media


def offers_encryption(sdp: str) -> bool:
    """Whether keys for SRTP are offered (RFC 4568)."""
    return "a=crypto:" in sdp or "RTP/SAVP" in sdp
