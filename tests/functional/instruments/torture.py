"""The torture messages of RFC 4475, read from ``rfc4475.txt``, and damaged copies of any message.

48 of the 49 are the document's own. The 49th (3.1.1.11, mpart01) carries an S/MIME signature as its second body part,
which says nothing to a phone; here its form is kept (binary parts, a boundary that ends the message) with other octets.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("rfc4475.txt")
_SECTION = re.compile(r"^== (?P<section>\S+) (?P<name>\S+) (?P<title>.+)\n(?P<text>(?:(?!== ).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class TortureMessage:
    """One datagram: the RFC's section, its short name and title, and the octets."""

    section: str
    name: str
    title: str
    octets: bytes


def torture_messages() -> list[TortureMessage]:
    """All 49, in the order of the document."""
    found = [
        TortureMessage(one["section"], one["name"], one["title"], _octets(one["text"]))
        for one in _SECTION.finditer(_FILE.read_text(encoding="ascii"))
    ]
    return sorted([*found, _multipart()], key=lambda one: [int(number) for number in one.section.split(".")])


def _octets(text: str) -> bytes:
    head, _, body = text.rstrip("\n").partition("\n\n")
    body = re.sub(r"\{sdp (\S+)\}", lambda found: _session(found[1]), body)
    message = f"{head}\n\n{body}\n" if body else f"{head}\n\n"
    lines = re.sub(r"<repeat count=(\d+)>(.*?)</repeat>", lambda found: found[2] * int(found[1]), message)
    octets = lines.replace("\n", "\r\n").encode("ascii")
    return re.sub(rb"<hex>([0-9A-F]+)</hex>", lambda found: bytes.fromhex(found[1].decode()), octets)


def _session(address: str) -> str:
    return (
        f"v=0\no=mhandley 29739 7272939 IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\n"
        "m=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC"
    )


def _multipart() -> TortureMessage:
    boundary = b"7a9cbec02ceef655"
    binary = bytes(range(256)) * 4 + b"\r\n--7a9cbec02ceef65\r\n\x00\xff"
    parts = [
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nHello",
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + binary,
    ]
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--"
    head = (
        "MESSAGE sip:kumiko@example.org SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport\r\n"
        "Max-Forwards: 70\r\nRoute: <sip:127.0.0.1:5080>\r\nIdentity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2\r\n"
        "Contact: <sip:fluffy@127.0.0.1:5070>\r\nTo: <sip:kumiko@example.org>\r\n"
        "From: <sip:fluffy@example.com>;tag=2fb0dcc9\r\nCall-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..\r\n"
        "CSeq: 1 MESSAGE\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-Type: multipart/mixed;boundary={boundary.decode()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return TortureMessage("3.1.1.11", "mpart01", "Multipart MIME Message", head.encode("ascii") + body)


def mutations(octets: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Damaged copies: octets changed, removed, doubled, cut off, runs blown up; the same ones for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        damaged = bytearray(octets)
        for _ in range(chance.randrange(1, 9)):
            _damage(damaged, chance)
        yield bytes(damaged[:60_000])


def _damage(octets: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(octets) + 1)
    end = min(len(octets), at + chance.randrange(1, 40))
    kind = chance.randrange(6)
    if kind == 0:
        octets[at:at] = chance.randbytes(1)
    elif kind == 1:
        octets[at : at + 1] = chance.randbytes(1)
    elif kind == 2:
        del octets[at:end]
    elif kind == 3:
        octets[at:at] = octets[at:end] * chance.randrange(1, 50)
    elif kind == 4:
        octets[at:at] = chance.choice([b"\r\n", b"\x00", b'"', b"<", b">", b"%", b";", b",", b"\xff\xfe", b"=", b":"])
    elif len(octets) > 20:
        del octets[chance.randrange(20, len(octets)) :]
