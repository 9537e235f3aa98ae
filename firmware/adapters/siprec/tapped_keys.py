"""Which party of a tapped call presses which keys, however they come; each press once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

from firmware.adapters.sip.keypad import Keypad, Press
from firmware.adapters.siprec.session import RecordingSession
from firmware.core.call_record import Side
from firmware.native.stream_keys import StreamKey, StreamKeys

TellPress = Callable[[Side, Press], None]


class TappedKeys:
    """The keys of one call's two sides. A stream that carries both tells of neither."""

    def __init__(self, tell: TellPress) -> None:
        self._tell = tell
        self._keypads: dict[Side, Keypad] = {"far_party": Keypad(), "office": Keypad()}

    def event(self, side: Side, key: StreamKey) -> None:
        """A key came as an event (RFC 4733)."""
        self._tell_all(side, self._keypads[side].event(key.key, key.duration_ms, key.over, time.monotonic()))

    def heard(self, side: Side, key: str, duration_ms: int) -> None:
        """A key was heard in the sound."""
        self._tell_all(side, self._keypads[side].whole(key, duration_ms, "audible", time.monotonic()))

    def attend(self) -> None:
        """Tell keys whose end was lost on the way. Call often."""
        for side, keypad in self._keypads.items():
            self._tell_all(side, keypad.overdue(time.monotonic()))

    def _tell_all(self, side: Side, presses: Iterable[Press]) -> None:
        for press in presses:
            self._tell(side, press)


class KeyStreams:
    """Whose every stream is that keys come on. For the thread that polls the library."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._streams: dict[int, tuple[RecordingSession, int]] = {}
        self._keys: StreamKeys | None = None

    def open(self) -> None:
        """Begin.

        Raises:
            NativeBuildError: the C cannot be compiled or loaded here.
        """
        self._keys = StreamKeys()

    def listen(self, session: RecordingSession, place: int, stream: Any) -> None:
        """A stream was made: its keys are told with it."""
        if self._keys is not None:
            number = next(self._numbers)
            self._streams[number] = (session, place)
            self._keys.listen(stream, number)

    def forget(self, session: RecordingSession) -> None:
        self._streams = {number: where for number, where in self._streams.items() if where[0] is not session}

    def take(self) -> Iterable[tuple[RecordingSession, int, StreamKey]]:
        """The keys since the last time, each with the place of its stream."""
        for key in self._keys.take() if self._keys is not None else ():
            where = self._streams.get(key.stream)
            if where is not None:
                yield (*where, key)
