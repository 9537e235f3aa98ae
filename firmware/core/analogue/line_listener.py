"""One line, from what is measured of each 20 ms of it to the calls on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware.core.analogue.call_edges import LineEdges
from firmware.core.analogue.line_calls import EdgeRules, LineEvent
from firmware.core.analogue.line_tones import ToneProfile
from firmware.core.analogue.tone_ear import LineSound, ToneEar
from firmware.core.analogue.voice_activity import LEAST_DBM0, VoiceActivity


class LineListener:
    """Puts the ears of one line together.

    Attributes:
        edges: the calls; told directly of rings, names, keys and the loop.
        sound: what the last block was.
        level_dbm0: how loud it was.
    """

    def __init__(self, profile: ToneProfile, rules: EdgeRules, least_dbm0: float = LEAST_DBM0) -> None:
        self._tones: Final = ToneEar(profile)
        self._voice: Final = VoiceActivity(least_dbm0)
        self.edges: Final = LineEdges(rules)
        self.sound = LineSound("quiet")
        self.level_dbm0 = -90.0

    def hear(self, at_ms: int, level_dbm0: float, shares: Sequence[float], touch_tone: bool) -> tuple[LineEvent, ...]:
        """The 20 ms that end at ``at_ms``; of a line with two channels the louder one's."""
        self.level_dbm0 = level_dbm0
        self.sound = self._tones.hear(level_dbm0, shares, touch_tone)
        self._voice.hear(level_dbm0, self.sound.kind)
        begins_ms_ago = self._voice.began_ms_ago if self._voice.begins else None
        # Somebody who keys a long number says nothing, and is there.
        goes_on = self._voice.goes_on or (touch_tone and level_dbm0 >= self._voice.threshold_dbm0)
        events = self.edges.heard(at_ms, self.sound, begins_ms_ago, goes_on)
        if events and self.edges.state != "talking":
            self._voice.forget()  # what was said in one call is not the beginning of the next
        return events

    @property
    def voice(self) -> bool:
        """Whether somebody speaks at this moment."""
        return self._voice.goes_on and self.sound.kind == "sound"

    @property
    def threshold_dbm0(self) -> float:
        """What is louder than this is held to be more than noise."""
        return self._voice.threshold_dbm0
