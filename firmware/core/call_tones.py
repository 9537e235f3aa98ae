"""Supervisory tones of the United Kingdom, as data (BT SIN 350, *BT Public Switched Telephone Network: tones*).

Once the box has answered a call to speak its notice, the network no longer plays the caller anything: the box does.
Levels follow ITU-T E.180 §4 (nominal −10 dBm0 for the whole tone, within ±5 dB).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# A sine at digital full scale is +3.14 dBm0 in A-law (ITU-T G.711, table 5).
_FULL_SCALE_DBM0 = 3.14
_FULL_SCALE = 32767


@dataclass(frozen=True)
class CallTone:
    """One tone: its frequencies sound together; ``cadence_ms`` alternates on, off, on, off … and repeats.

    A cadence of one number is a tone without a pause. ``level_dbm0`` is that of the whole tone while it sounds.
    """

    name: str
    frequencies_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...]
    level_dbm0: float = -10.0

    @property
    def continuous(self) -> bool:
        return len(self.cadence_ms) == 1

    @property
    def bursts_ms(self) -> tuple[tuple[int, int], ...]:
        """The cadence as (on, off) pairs."""
        cadence = self.cadence_ms if not self.continuous else (*self.cadence_ms, 0)
        return tuple(zip(cadence[::2], cadence[1::2], strict=True))

    @property
    def amplitude(self) -> int:
        """Peak of each frequency as a 16-bit sample value, so that together they have the tone's level."""
        from_full_scale_db = self.level_dbm0 - _FULL_SCALE_DBM0
        together: float = _FULL_SCALE * math.pow(10, from_full_scale_db / 20)
        return round(together / math.sqrt(len(self.frequencies_hz)))


@dataclass(frozen=True)
class WarningTone:
    """A burst that both parties hear at the start and every so often, for as long as they are recorded."""

    tone: CallTone
    every_ms: int


def recorder_warning(pitch_hz: int, level_dbm0: float) -> CallTone:
    """The recorder warning tone: by custom 1400 Hz every 15 s (US Federal Standard 1037C, *recorder warning tone*)."""
    return CallTone("recorded", (pitch_hz,), (400, 0), level_dbm0)


RINGING = CallTone("ringing", (400, 450), (400, 200, 400, 2000))
BUSY = CallTone("busy", (400,), (375, 375))
CONGESTION = CallTone("congestion", (400,), (400, 350, 225, 525))
NUMBER_UNOBTAINABLE = CallTone("number unobtainable", (400,), (1000,))
# The box's own: staff hear it while a recording is paused. One burst of it is played at a time.
STILL_PAUSED_TONE = CallTone("still paused", (950,), (300, 0), level_dbm0=-20.0)

_UNOBTAINABLE_STATUS = frozenset({404, 410, 416, 484, 485, 604})
_BUSY_STATUS = frozenset({408, 480, 486, 487, 600, 603})


def tone_for_status(status_code: int) -> CallTone:
    """The tone a caller hears when the other leg ended with a SIP final status (RFC 3261 §21).

    A phone that rang unanswered or is switched off (408, 480) gives *busy*: it tells the caller to try again, where
    *number unobtainable* would say never to.
    """
    if status_code in _UNOBTAINABLE_STATUS:
        return NUMBER_UNOBTAINABLE
    return BUSY if status_code in _BUSY_STATUS else CONGESTION
