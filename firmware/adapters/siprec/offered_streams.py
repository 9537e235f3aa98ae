"""The streams of sound in a recording client's offer (RFC 7866 sections 7 and 8, RFC 4574).

Nothing here raises for what a client writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# pjsua takes no more streams in a call (PJSUA_MAX_CALL_MEDIA).
MOST_STREAMS = 16
_LABEL = re.compile(r"^a=label:[ \t]*(\S+)", re.MULTILINE)
_DIRECTION = re.compile(r"^a=(sendrecv|sendonly|recvonly|inactive)[ \t]*\r?$", re.MULTILINE)
_RECORD = re.compile(r"^a=record:[ \t]*(on|off|paused)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_NOWHERE = re.compile(r"^c=IN[ \t]+IP4[ \t]+0\.0\.0\.0[ \t]*\r?$", re.MULTILINE)
_ADDRESS = re.compile(r"^c=", re.MULTILINE)
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
        streams.append(OfferedStream(place, label, bool(kind[2].strip("0")) and _sends(block, session)))
    said = [found[1].lower() for found in _RECORD.finditer(sdp)]
    return Offer(tuple(streams), bool(said) and all(word in ("paused", "off") for word in said), len(media))


def _sends(block: str, session: str) -> bool:
    """Whether anything is sent on a stream whose port is not 0: that is one that was given up.

    Without a direction both sides send (RFC 3264 section 5.1), but for the hold of RFC 2543, an address of zeros, by
    which BroadWorks and Metaswitch say that they pause.
    """
    direction = _DIRECTION.search(block) or _DIRECTION.search(session)
    if direction is not None:
        return direction[1] in _SENDS
    return not _NOWHERE.search(block if _ADDRESS.search(block) else session)
