"""What is drawn over a recording's picture, and told in words beside it: stretches that are not as they were spoken,
and moments at which something happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from firmware.core.call_story import Told, story
from firmware.core.spoken_length import spoken_length
from webui.recordings.listening_room import Audio, Stretch
from webui.translation import from_the_box
from webui.translation import gettext as _
from webui.wording import length, lost

BandKind = Literal["pause", "hold", "silenced", "missing", "network"]
_LEFT_OUT: Final[Mapping[str, BandKind]] = {"paused": "pause", "on hold": "hold", "redacted": "silenced"}
_SIDES: Final = {"outside party": "far", "office": "office"}
#: Told one by one; a bad network loses packets all through a call.
MOST_TOLD = 50


@dataclass(frozen=True)
class Band:
    """A stretch of the picture. ``side`` is empty for both parties; ``silent``: nothing of either is heard there."""

    start_s: float
    length_s: float
    kind: BandKind
    side: str
    silent: bool
    label: str
    words: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Happening:
    """Something that happened: when by the clock (Unix ms), and where in the recording (None: outside of it)."""

    at_ms: int
    at_s: float | None
    kind: str
    text: str


def bands(heard: Audio) -> list[Band]:
    """In order."""
    found = [
        *(_left_out(each) for each in heard.left_out),
        *(_missing(each) for each in heard.missing),
        *(_on_the_way(each) for each in heard.lost_on_the_way[:MOST_TOLD]),
    ]
    return sorted(found, key=lambda band: band.start_s)


def happenings(call: Told, began_ms: int, heard: Audio | None, going_on: bool = False) -> list[Happening]:
    """All that is known to have happened, in order; what only the unsealed recording knows, if it was unsealed.

    ``began_ms`` is the moment (Unix ms) of the recording's beginning.
    """
    ends_s = heard.duration_ms / 1000 if heard else 0.0
    told = [
        Happening(each.at_ms, _within((each.at_ms - began_ms) / 1000, ends_s), each.kind, from_the_box(each.text))
        for each in story(call, going_on)
    ]
    if heard is not None:
        told += [
            Happening(began_ms + round(band.start_s * 1000), band.start_s, band.kind, band.words)
            for band in _untold(heard)
        ]
    return sorted(told, key=lambda each: each.at_ms)


def _untold(heard: Audio) -> Iterator[Band]:
    """The bands that a call's story does not tell: pauses and holds are in it."""
    yield from [band for band in bands(heard) if band.kind not in ("pause", "hold")][:MOST_TOLD]


def _within(at_s: float, ends_s: float) -> float | None:
    return round(at_s, 2) if 0 <= at_s < ends_s else None


def _left_out(stretch: Stretch) -> Band:
    kind, side = _LEFT_OUT[stretch.cause], _SIDES.get(stretch.side, "")
    told = from_the_box(spoken_length(stretch.length_s))
    if kind == "silenced":
        words = _("Silenced afterwards, for %(length)s: nothing of it can be brought back.") % {"length": told}
        label = _("Silenced")
    elif kind == "pause":
        words = _("The recording was paused here, for %(length)s: nothing was kept.") % {"length": told}
        label = _("Paused %(length)s") % {"length": length(stretch.length_s)}
    else:
        words = _hold_words(side) % {"length": told}
        label = _("On hold %(length)s") % {"length": length(stretch.length_s)}
    return Band(stretch.start_s, stretch.length_s, kind, side, not side, label, words)


def _hold_words(side: str) -> str:
    if side == "far":
        return _("The outside party had put the call on hold here, for %(length)s; its music is not recorded.")
    return _("The office had put the call on hold here, for %(length)s; its music is not recorded.")


def _missing(stretch: Stretch) -> Band:
    side = _SIDES.get(stretch.side, "")
    words = {
        "": _("Sound is missing here, %(length)s of it: %(cause)s."),
        "far": _("Sound of the outside party is missing here, %(length)s of it: %(cause)s."),
        "office": _("Sound of the office is missing here, %(length)s of it: %(cause)s."),
    }[side] % {"length": lost(stretch.length_s), "cause": from_the_box(stretch.cause)}
    return Band(stretch.start_s, stretch.length_s, "missing", side, not side, _("Missing"), words)


def _on_the_way(stretch: Stretch) -> Band:
    side = _SIDES.get(stretch.side, "")
    if side == "far":
        words = _("The network lost some of the outside party’s sound here.")
    else:
        words = _("The network lost some of the office’s sound here.")
    return Band(stretch.start_s, stretch.length_s, "network", side, False, "", words)
