"""The parts of a SIP message's body (RFC 2046 section 5.1, RFC 5621): SDP here, metadata there.

Text from the network: nothing here raises, and what makes no sense is not there. Nesting is not followed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_COMPACT = {"c": "content-type"}
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_MOST_PARTS = 16


@dataclass(frozen=True)
class BodyPart:
    """``media_type`` in small letters, without parameters."""

    media_type: str
    content: bytes


def body_parts(message: bytes) -> tuple[BodyPart, ...]:
    """The parts of a whole message's body, in order; a plain body is one part."""
    head, body = _split(message)
    content_type = _content_type(head)
    if not body.strip():
        return ()
    if not content_type.lower().startswith("multipart/"):
        return (BodyPart(_media_type(content_type), body),)
    found = _BOUNDARY.search(content_type)
    if found is None:
        return ()
    boundary = (found[1] or found[2]).encode(errors="replace")
    # Before the first boundary and after the last stands what is for nobody; a part whose end was forgotten is one.
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|$)", body)
    parts = [_part(piece) for piece in _enclosed(pieces)]
    return tuple(part for part in parts if part.content.strip())[:_MOST_PARTS]


def sdp_of(parts: tuple[BodyPart, ...]) -> str:
    """The first SDP, which is the one that counts; empty for none."""
    content = next((part.content for part in parts if part.media_type == "application/sdp"), b"")
    return content.decode(errors="replace")


def metadata_of(parts: tuple[BodyPart, ...]) -> tuple[bytes, ...]:
    """Every document of recording metadata (RFC 7866 section 10.3), by whatever name clients give it."""
    return tuple(part.content.strip() for part in parts if part.media_type.startswith("application/rs-metadata"))


def others_of(parts: tuple[BodyPart, ...]) -> tuple[BodyPart, ...]:
    """What is neither."""
    return tuple(
        part
        for part in parts
        if part.media_type != "application/sdp" and not part.media_type.startswith("application/rs-metadata")
    )


def _enclosed(pieces: list[bytes]) -> list[bytes]:
    """What stands between boundaries, out of what ``re.split`` gives: text, None or ``--``, text …"""
    enclosed: list[bytes] = []
    for end, piece in zip(pieces[1::2], pieces[2::2], strict=False):
        if end is not None:
            break
        enclosed.append(piece)
    return enclosed


def _part(piece: bytes) -> BodyPart:
    piece = piece.removeprefix(b"\r").removeprefix(b"\n")
    if piece.startswith((b"\r\n", b"\n")):  # no headers at all: text, by RFC 2046
        return BodyPart("text/plain", piece.lstrip(b"\r\n"))
    head, content = _split(piece)
    return BodyPart(_media_type(_content_type(head)), content)


def _split(message: bytes) -> tuple[str, bytes]:
    found = _BLANK_LINE.search(message)
    if found is None:
        return message.decode(errors="replace"), b""
    return message[: found.start()].decode(errors="replace"), message[found.end() :]


def _content_type(head: str) -> str:
    for line in _FOLD.sub(" ", head).splitlines():
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon and _COMPACT.get(key, key) == "content-type":
            return value.strip()
    return ""


def _media_type(content_type: str) -> str:
    return "".join(content_type.partition(";")[0].split()).lower()
