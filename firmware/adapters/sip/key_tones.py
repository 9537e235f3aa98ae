"""Keys for a leg whose peer takes no events (RFC 4733): sounded to it as touch-tones (ITU-T Q.23), never recorded."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field

import pjsua2 as pj

from firmware.adapters.sip.later import Later
from firmware.adapters.sip.media import Patchbay
from firmware.core.leg import LegNumber

_LOG = logging.getLogger(__name__)
# Twice what ITU-T Q.24 asks for, so that one that begins under the end of what was muted is heard all the same.
_LEAST_MS = 120
_PAUSE_MS = 80
_MOST_WAITING = 32


class _KeyTone(pj.ToneGenerator):
    """One key, sounded once."""

    def __init__(self, key: str, duration_ms: int, clock_rate_hz: int) -> None:
        super().__init__()
        self.createToneGenerator(clock_rate_hz, 1)
        digit = pj.ToneDigit()
        digit.digit, digit.on_msec, digit.off_msec = key, duration_ms, _PAUSE_MS
        self._digits = pj.ToneDigitVector()
        self._digits.append(digit)

    def start(self) -> None:
        self.playDigits(self._digits, False)

    def audio(self) -> pj.AudioMedia | None:
        return self


@dataclass(frozen=True)
class _Waiting:
    leg: LegNumber
    key: str = field(repr=False)
    duration_ms: int


class KeyTones:
    """The keys sounded in one call, one after the other. For the dispatcher's thread.

    Args:
        patchbay: the call's.
        later: has things done in the dispatcher's thread.
        clock_rate_hz: the bridge's.
    """

    def __init__(self, patchbay: Patchbay, later: Later, clock_rate_hz: int) -> None:
        self._patchbay = patchbay
        self._later = later
        self._clock_rate_hz = clock_rate_hz
        self._waiting: deque[_Waiting] = deque(maxlen=_MOST_WAITING)
        self._sounding: tuple[LegNumber, _KeyTone] | None = None

    def sound(self, number: LegNumber, key: str, duration_ms: int) -> None:
        """Let a leg hear a key, after those before it."""
        self._waiting.append(_Waiting(number, key, max(_LEAST_MS, duration_ms)))
        self._go_on()

    def stop(self) -> None:
        """The call is over."""
        self._waiting.clear()
        self._over()

    def _go_on(self) -> None:
        while self._waiting and self._sounding is None:
            self._begin(self._waiting.popleft())

    def _begin(self, key: _Waiting) -> None:
        try:
            tone = _KeyTone(key.key, key.duration_ms, self._clock_rate_hz)
            tone.start()
        except pj.Error as error:
            _LOG.warning("a key was not sounded to leg %d: %s", key.leg, error.reason)
            return
        self._sounding = key.leg, tone
        self._patchbay.mix_over(key.leg, tone)
        self._later.after((key.duration_ms + _PAUSE_MS) / 1000, lambda: self._ended(tone))

    def _ended(self, tone: _KeyTone) -> None:
        if self._sounding is not None and self._sounding[1] is tone:
            self._over()
            self._go_on()

    def _over(self) -> None:
        if self._sounding is not None:
            number, tone = self._sounding
            self._sounding = None
            self._patchbay.unmix(number, tone)
            self._later.lay_to_rest(tone)
