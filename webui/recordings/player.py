"""What the player on a call's page is told: the recording's shape, what to draw over it, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webui.recordings.listening_room import Audio
from webui.recordings.peaks import bin_ms
from webui.recordings.timeline import bands
from webui.security_headers import style_nonce
from webui.translation import gettext as _


@dataclass(frozen=True)
class Player:
    """``told`` is for the script, as JSON."""

    duration_s: float
    channels: int
    told: dict[str, Any]


def player_of(heard: Audio) -> Player:
    """Of a recording that is open to who looks at the page."""
    told = {
        "duration_s": heard.duration_ms / 1000,
        "channels": heard.channels,
        "bin_ms": bin_ms(heard.duration_ms),
        "bands": [band.to_json() for band in bands(heard)],
        "nonce": style_nonce(),
        "words": _words(),
    }
    return Player(heard.duration_ms / 1000, heard.channels, told)


def _words() -> dict[str, str]:
    """In braces stands what the script puts there."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "position": _("{at} of {whole}"),
        "loop_from": _("Loop from here"),
        "loop_to": _("Loop to here"),
        "loop_off": _("Stop looping"),
        "loop_began": _("Loop from {from}: go to its end and press again."),
        "looping": _("Looping {from} to {to}."),
        "loop_empty": _("A loop ends after it begins: go further first."),
        "loop_over": _("Not looping."),
        "speed": _("Speed {rate}."),
        "no_time": _("“{typed}” is not a time in this call. Write minutes and seconds, such as 1:05."),
        "no_drawing": _("The picture of the voices cannot be drawn; the sound is not touched by that."),
        "no_sound": _(
            "The recording cannot be played here. Load the page again; if that does not help, download it as MP3."
        ),
        "not_started": _("The browser did not start playing. Press play once more."),
        "note_lost": _("The note was not kept: the box cannot be reached. Try again."),
    }
