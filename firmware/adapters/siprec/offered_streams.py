"""The streams of sound in a recording client's offer, and the answer to it (RFC 7866 sections 7 and 8, RFC 4574).

Nothing here raises for what a client writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# pjsua takes no more streams in a call (PJSUA_MAX_CALL_MEDIA).
MOST_STREAMS = 16
_LABEL = re.compile(r"^a=label:[ \t]*(\S+)", re.MULTILINE)
_DIRECTION = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)[ \t]*\r?$", re.MULTILINE)
_RECORD = re.compile(r"^a=record:[ \t]*(on|off|paused)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_MEDIA = re.compile(r"m=(\w+)[ \t]+(\d+)")
_SENDS = ("sendrecv", "sendonly")


@dataclass(frozen=True)
class OfferedStream:
    """One line of media: its place among all of the offer, its label, whether anything is sent on it."""

    place: int
    label: str
    sends: bool


@dataclass(frozen=True)
class Offer:
    """``streams`` are those of sound. ``paused``: the client says in so many words that it records nothing now.

    ``places``: how many lines of media there are, of whatever kind.
    """

    streams: tuple[OfferedStream, ...] = ()
    paused: bool = False
    places: int = 0

    @property
    def sends(self) -> bool:
        """Whether anything is sent at all."""
        return any(stream.sends for stream in self.streams)


def read_offer(sdp: str) -> Offer:
    """Read an offer. A stream without a label, or with another's, is given one by its place."""
    session, *media = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    streams: list[OfferedStream] = []
    labels: set[str] = set()
    for place, block in enumerate(media[:MOST_STREAMS]):
        kind = _MEDIA.match(block)
        if kind is None or kind[1] != "audio":
            continue
        found = _LABEL.search(block)
        label = found[1] if found and found[1] not in labels else f"place {place}"
        labels.add(label)
        direction = _DIRECTION.search(block) or _DIRECTION.search(session)
        # Without a direction both send (RFC 3264 section 5.1); port 0 is a stream that was given up.
        sends = bool(kind[2].strip("0")) and (direction is None or direction[1] in _SENDS)
        streams.append(OfferedStream(place, label, sends))
    said = [found[1].lower() for found in _RECORD.finditer(sdp)]
    return Offer(tuple(streams), bool(said) and all(word in ("paused", "off") for word in said), len(media))


def with_labels(answer: str, offered: str, preference: str = "") -> str:
    """The answer with the offer's labels, which some clients look for, and only receiving.

    Args:
        answer: as the library made it, or an offer of our own in the same order.
        offered: what the client last offered.
        preference: what a ``recordpref`` is to say for every stream (RFC 7866 section 8.3); empty for none.
    """
    theirs = [_LABEL.search(block) for block in re.split(r"^(?=m=)", offered, flags=re.MULTILINE)[1:]]
    session, *media = re.split(r"^(?=m=)", answer, flags=re.MULTILINE)
    return session + "".join(_labelled(block, theirs, place, preference) for place, block in enumerate(media))


def _labelled(block: str, theirs: Sequence[re.Match[str] | None], place: int, preference: str) -> str:
    block = re.sub(r"^a=label:.*\n?", "", block, flags=re.MULTILINE)
    block = re.sub(r"^a=(sendrecv|sendonly)(?=[ \t]*\r?$)", _only_receiving, block, flags=re.MULTILINE)
    if block and not block.endswith("\n"):
        block += "\r\n"
    found = theirs[place] if place < len(theirs) else None
    if found is not None:
        block += f"a=label:{found[1]}\r\n"
    return block + (f"a=recordpref:{preference}\r\n" if preference and block.startswith("m=audio") else "")


def _only_receiving(direction: re.Match[str]) -> str:
    return "a=recvonly" if direction[1] == "sendrecv" else "a=inactive"
