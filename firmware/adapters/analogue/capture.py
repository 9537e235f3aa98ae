"""Listens to one sound card, whose channels are lines, in a thread of its own.

The thread does nothing but read and hand on: 20 ms at a time to the C that measures and records, and what that heard to
the dispatcher. A card that is gone is looked for until it is back; what was lost meanwhile is a gap in a recording,
of its true length.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from firmware.adapters.analogue.happenings import BlockHeard, Happening
from firmware.adapters.analogue.sound_card import SoundCard
from firmware.core.analogue.capture_clock import CaptureClock
from firmware.core.errors import LineError
from firmware.native.tapped_line import TappedLine

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN_S = 1.0
_FAREWELL_S = 2.0
# A card that is there and gives nothing for so long has stopped.
_SILENT_NS = 3_000_000_000
# Loss that is no older is still a trouble.
_LATELY_NS = 60_000_000_000


class Capture:
    """One sound card.

    Args:
        device, sample_rate_hz, channels: as for ``SoundCard``.
        lines: the ears that it feeds, by the line's name.
        tell: takes what was heard, in the card's thread. Must not block.
    """

    def __init__(
        self,
        device: str,
        sample_rate_hz: int,
        channels: int,
        lines: Mapping[str, TappedLine],
        tell: Callable[[Happening], None],
    ) -> None:
        self._device: Final = device
        self._rate: Final = sample_rate_hz
        self._channels: Final = channels
        self._lines: Final = dict(lines)
        self._tell: Final = tell
        self._clock = CaptureClock(sample_rate_hz)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"card {device}"[:15], daemon=True)
        self._absence: LineError | None = None
        self._lost_ns: int | None = None
        self._read_ns = time.monotonic_ns()
        self.overruns = 0

    def start(self) -> None:
        """Begin to listen, or to look for the card."""
        self._thread.start()

    def stop(self) -> bool:
        """Listen no more. False: a card that gives nothing keeps its thread waiting; the lines must be left to it."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_FAREWELL_S)
        return not self._thread.is_alive()

    # -- any thread ---------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return f"the listener to {self._device}"

    @property
    def alive(self) -> bool:
        """Whether its thread runs, or has been told to stop."""
        return self._thread.is_alive() or self._stopping.is_set()

    @property
    def starting(self) -> bool:
        """Whether it is not known yet how the card is."""
        return self._absence is None and not self._clock.started and not self.trouble()

    @property
    def listening(self) -> bool:
        return self._absence is None and time.monotonic_ns() - self._read_ns < _SILENT_NS

    def away_ms(self, now_ns: int) -> int:
        """For how long nothing has been heard; 0 while it listens."""
        return 0 if self.listening else max(1, (now_ns - self._read_ns) // 1_000_000)

    @property
    def lost_ms(self) -> int:
        """How much was lost so far."""
        return self._clock.lost * 1000 // self._rate

    def trouble(self) -> str:
        """What a person should know and do; empty when all is well."""
        absence, now_ns = self._absence, time.monotonic_ns()
        if absence is not None:
            return str(absence)
        if now_ns - self._read_ns >= _SILENT_NS:
            return f"The sound device {self._device} gives no sound. Unplug it and plug it in again."
        if self._lost_ns is not None and now_ns - self._lost_ns < _LATELY_NS:
            return f"Sound of {self._device} was lost within the last minute: see whether the box is overloaded."
        return ""

    def number_at(self, at_ms: int) -> int:
        """The sample that is taken at that time of the monotonic clock."""
        return max(0, self._clock.number_at(at_ms * 1_000_000))

    def number_now(self) -> int:
        return max(0, self._clock.number_at(time.monotonic_ns()))

    # -- the card's thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        said = ""
        with contextlib.suppress(OSError):  # without the right to it, the card's own buffer must do
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        while not self._stopping.is_set():
            try:
                card = SoundCard(self._device, self._rate, self._channels)
                self._absence, said = None, ""
                _LOG.info("listening to the sound device %s", self._device)
                try:
                    self._listen(card)
                finally:
                    card.close()
            except LineError as error:
                self._absence = error
                self._clock.interrupted()
                if str(error) != said:
                    said = str(error)
                    _LOG.warning("%s", said)
            self._stopping.wait(_LOOK_AGAIN_S)

    def _listen(self, card: SoundCard) -> None:
        """Hand on what the card gives until it gives no more (LineError), or nobody wants it."""
        waiting = bytearray()
        while not self._stopping.is_set():
            sound = card.read()
            if sound is None:
                self.overruns += 1
                self._lost_ns = time.monotonic_ns()
                self._clock.interrupted()
                waiting.clear()
                continue
            if not sound:
                continue
            if waiting or len(sound) != card.block_bytes:
                waiting += sound
                while len(waiting) >= card.block_bytes:
                    self._hand_on(bytes(waiting[: card.block_bytes]), card)
                    del waiting[: card.block_bytes]
            else:
                self._hand_on(sound, card)

    def _hand_on(self, sound: bytes, card: SoundCard) -> None:
        samples, self._read_ns = card.block_samples, time.monotonic_ns()
        number = self._clock.block(samples, self._read_ns)
        at_ms = self._clock.taken_ns(number + samples) // 1_000_000
        address = ctypes.cast(ctypes.c_char_p(sound), ctypes.c_void_p).value or 0
        for name, line in self._lines.items():
            self._tell(BlockHeard(name, at_ms, line.put(number, address, card.channels)))
        # Nobody else has it: what a pause leaves out is not to lie about in memory that is free.
        ctypes.memset(address, 0, len(sound))
