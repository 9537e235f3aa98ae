"""The keys of one phone, however they come: an RFC 4733 event, a SIP INFO, a tone that is heard. Each press once.

Many phones and gateways send a press twice, as an event and as sound. A press that comes another way while one of the
same key is going on, or within 150 ms of it, is the same press.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.core.feature_code import KeyWay

# Events are repeated every 20 to 50 ms while the key is down (RFC 4733 section 2.5.1.2).
EVENT_LOST_S = 0.3
_SAME_PRESS_S = 0.15
_LEAST_MS = 40


@dataclass(frozen=True)
class Press:
    """One press of a key, over now. Never shown."""

    key: str = field(repr=False)
    duration_ms: int
    way: KeyWay


@dataclass
class _Known:
    """A press that was told, or is going on, and the other ways by which it came again.

    ``told_already`` is one that goes on as an event after it was told of another way.
    """

    key: str = field(repr=False)
    way: KeyWay
    began_s: float
    last_s: float
    duration_ms: int = 0
    going_on: bool = False
    told_already: bool = False
    came_again: set[KeyWay] = field(default_factory=set)

    def is_also(self, key: str, way: KeyWay, began_s: float, ended_s: float) -> bool:
        may_be = key == self.key and way != self.way and way not in self.came_again and not self.told_already
        overlap = began_s <= self.last_s and ended_s >= self.began_s
        return may_be and (overlap or abs(ended_s - self.last_s) <= _SAME_PRESS_S)


class Keypad:
    """Takes what is noticed of a phone's keys and gives each press once, when it is over. Times: monotonic."""

    def __init__(self) -> None:
        self._known: list[_Known] = []

    def event(self, key: str, duration_ms: int, over: bool, now_s: float) -> list[Press]:
        """An RFC 4733 event goes on, or is over. An end that was lost is made up for by the next key."""
        going_on = self._going_on()
        ended: list[Press] = []
        if going_on is not None and (key != going_on.key or duration_ms < going_on.duration_ms):
            ended, going_on = self._end(going_on), None
        if going_on is None:
            began_s = now_s - duration_ms / 1000
            told_already = self._came_already(key, "event", began_s, now_s)
            going_on = _Known(key, "event", began_s, now_s, going_on=True, told_already=told_already)
            self._known.append(going_on)
        going_on.last_s, going_on.duration_ms = now_s, duration_ms
        return [*ended, *self._end(going_on)] if over else ended

    def whole(self, key: str, duration_ms: int, way: KeyWay, now_s: float) -> list[Press]:
        """A press told of when it is over: by INFO, or heard."""
        self._forget_before(now_s)
        began_s = now_s - duration_ms / 1000
        if self._came_already(key, way, began_s, now_s):
            return []
        self._known.append(_Known(key, way, began_s, now_s, duration_ms))
        return [Press(key, max(_LEAST_MS, duration_ms), way)]

    def overdue(self, now_s: float) -> list[Press]:
        """Presses whose end was lost on the way. Call now and then."""
        going_on = self._going_on()
        if going_on is None or now_s - going_on.last_s < EVENT_LOST_S:
            return []
        return self._end(going_on)

    def _going_on(self) -> _Known | None:
        return next((press for press in self._known if press.going_on), None)

    def _end(self, press: _Known) -> list[Press]:
        press.going_on = False
        self._forget_before(press.last_s)
        return [] if press.told_already else [Press(press.key, max(_LEAST_MS, press.duration_ms), press.way)]

    def _came_already(self, key: str, way: KeyWay, began_s: float, ended_s: float) -> bool:
        known = next((press for press in self._known if press.is_also(key, way, began_s, ended_s)), None)
        if known is not None:
            known.came_again.add(way)
        return known is not None

    def _forget_before(self, now_s: float) -> None:
        """Keys are kept no longer than they are of use."""
        self._known = [press for press in self._known if press.going_on or now_s - press.last_s < 2 * _SAME_PRESS_S]
