"""What an analogue line hears at this moment, for whoever fits or tests it: levels and tones, never sound or keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.analogue.line_at_work import LineAtWork
from firmware.adapters.analogue.tap import AnalogueTap
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.lines.control import WEB
from firmware.core.call_record import Party
from firmware.core.party_number import shortened

# What a peak of a 16-bit sample is, in dB below the loudest.
_FULL_SCALE = 32768.0


class LineViews:
    """Answers ``GET /lines/{line}/ear`` on the control socket: to the user that the process runs as, to root, and
    to the page, which shows it to those who fit lines.
    """

    def __init__(self, tap: AnalogueTap) -> None:
        self._tap = tap
        self._may_ask = these_users(WEB)

    def routes(self) -> Mapping[str, Handler]:
        return {"GET /lines/{line}/ear": self._ear}

    def _ear(self, request: Request) -> dict[str, Any]:
        """How the line sounds, as JSON values. A control thread: reads single values only. The peak is that since the
        last time somebody asked."""
        if not self._may_ask(request.peer):
            raise RequestRefused("This user may not ask that of the lines.", status=403)
        name = request.parameters["line"]
        line = self._tap.line(name)
        if line is None:
            raise RequestRefused(f"There is no analogue line {name}.", status=404)
        peak, line.peak = line.peak, 0.0
        return self._view(name, line, peak)

    def _view(self, name: str, line: LineAtWork, peak: float) -> dict[str, Any]:
        listener, modem = line.listener, self._tap.modem(name)
        return {
            "device": line.config.device,
            "channels": [channel + 1 for channel in line.config.channels],
            "listening": line.capture.listening,
            "trouble": line.capture.trouble(),
            "level_dbm0": round(listener.level_dbm0, 1),
            "threshold_dbm0": round(listener.threshold_dbm0, 1),
            "peak": round(peak / _FULL_SCALE, 3),
            "voice": listener.voice,
            "tone": listener.sound.tone,
            "tones_heard": list(line.tones_heard),
            "state": listener.edges.state,
            "call": bool(line.call_id),
            "loop": self._tap.loop_closed(name),
            "loop_wanted": line.config.loop is not None,
            "modem": None if modem is None else modem.trouble(),
            "rings": line.rings,
            "caller": _shown(line.last_caller),
            "dead": line.dead,
            "overruns": line.capture.overruns,
            "lost_ms": line.capture.lost_ms,
        }


def _shown(party: Party | None) -> str | None:
    """A caller as an installer may see it: the last three digits."""
    if party is None:
        return None
    return shortened(party.number) if party.number else party.presentation
