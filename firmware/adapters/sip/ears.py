"""Touch-tones heard in a call's sound: by the recorder's port while it records, else by one that keeps nothing.

A code may begin before the recording does, as while it rings with the other exchange to be heard, and end after it.

Nothing is listened to before somebody may key something. Of the office's phone only what may be a feature code is told,
of the far party's only asterisks, whose echo must not be taken for the beginning of one, unless a menu listens.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence

import pjsua2 as pj

from firmware.adapters.sip.later import Later
from firmware.adapters.sip.leg import Leg
from firmware.adapters.sip.recording import CHANNEL_OF
from firmware.core.call_record import Side
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import FAR_PARTY, OFFICE
from firmware.native.heard_keys import HeardKey
from firmware.native.recorder_port import RecorderPort

_LOG = logging.getLogger(__name__)

# A code that is under way is over when nothing more was keyed for so long (EAR_CODE_PAUSE_MS in native/ear.h).
_CODE_PAUSE_S = 3.0


class Ears:
    """The ears of one call.

    Args:
        leg_of: the leg of a side, None where nobody is there (yet).
        later: does things in a while.
    """

    def __init__(self, leg_of: Callable[[Side], Leg | None], later: Later) -> None:
        self._leg_of = leg_of
        self._later = later
        self._recorders: RecorderPort | None = None
        self._own: RecorderPort | None = None
        self._keyer: Leg | None = None
        self._to_codes = False
        self._swallowing = False
        self._told_lately = False

    def listen_to_every_key(self, leg: Leg | None) -> None:
        """Hear every key of one leg, for a menu or an opt-out: the far party's while there is a recording."""
        self._keyer = leg
        self._apply()

    def listen_for_codes(self, swallow: bool) -> None:
        """Hear the office's codes from now on; ``swallow``: keep a code that sounds from the far party."""
        self._to_codes = True
        self._swallowing = swallow
        self._apply()

    def use(self, port: RecorderPort | None) -> None:
        """Listen by the recorder's port, which hears the legs anyhow; None: it closes, mostly with the call.

        Whoever listened before goes on until no code can be under way that the recorder's port knows only the end of.
        """
        self._recorders = port
        if port is None:
            return
        if self._own is not None:
            self._later.after(_CODE_PAUSE_S, self._hand_over)
        self._apply()

    def reconnect(self) -> None:
        """Hear the legs again after their media was made anew, or others have come."""
        port = self._port
        if port is None:
            return
        port.swallow_slot(_slot(self._leg_of("far_party")))
        if port is self._own:
            _hear(port, FAR_PARTY, self._keyer or self._leg_of("far_party"))
            _hear(port, OFFICE, self._leg_of("office"))

    def mask(self, side: Side, look_back_ms: int, hold_ms: int) -> None:
        """A key is down at that side, known from its signalling: its sound must not be recorded."""
        if self._recorders is not None:
            self._recorders.mask(CHANNEL_OF[side], look_back_ms, hold_ms)

    def heard(self) -> Iterator[tuple[Leg, str, int]]:
        """Keys heard since the last time: whose, which, and how long in ms."""
        for key in self._keys():
            leg = (self._keyer or self._leg_of("far_party")) if key.channel == FAR_PARTY else self._leg_of("office")
            if leg is not None:
                yield leg, key.key, key.duration_ms

    def close(self) -> None:
        self._keyer, self._to_codes, self._swallowing = None, False, False
        self._recorders = None
        self._apply()

    @property
    def _port(self) -> RecorderPort | None:
        """The one that is listened to."""
        return self._own or self._recorders

    def _keys(self) -> Sequence[HeardKey]:
        recorded = self._recorders.keys() if self._recorders is not None else ()
        if self._own is None:
            return recorded
        told = self._own.keys()
        self._told_lately = self._told_lately or bool(told)
        return told

    def _hand_over(self) -> None:
        """From now on the recorder's port alone is listened to."""
        if self._recorders is None or self._own is None:
            return
        if self._told_lately:
            self._told_lately = False
            self._later.after(_CODE_PAUSE_S, self._hand_over)
            return
        self._close_own()
        self._apply()

    def _close_own(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None

    def _apply(self) -> None:
        wanted = self._keyer is not None or self._to_codes
        if not wanted:
            self._close_own()
        elif self._own is None and self._recorders is None:
            self._own = _port_that_keeps_nothing()
        if self._port is not None:
            self._port.listen_far(self._keyer is not None)
            self.reconnect()
            self._port.swallow(self._swallowing)


def _port_that_keeps_nothing() -> RecorderPort | None:
    try:
        return RecorderPort.create(None)
    except AudioPathError as error:
        _LOG.error("codes that are keyed as tones are not heard in a call: %s", error)
        return None


def _slot(leg: Leg | None) -> int | None:
    audio = leg.audio() if leg is not None else None
    return None if audio is None else int(audio.getPortId())


def _hear(port: RecorderPort, channel: int, leg: Leg | None) -> None:
    slot = _slot(leg)
    if slot is None:
        return
    # A leg that ends at this very moment is told of by its own event.
    with contextlib.suppress(AudioPathError, pj.Error):
        port.connect(channel, slot)
