"""How many calls there is room for: no phone may take all of it, and an emergency call finds some whatever goes on.

The library has a fixed number of places for legs and answers 486 by itself where none is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from firmware.adapters.sip.phones.phone import Phone
from firmware.core.leg import LegNumber
from firmware.core.once_a_minute import OnceAMinute

_LOG = logging.getLogger(__name__)
#: Legs of all calls together: as many as the library is built for (PJSUA_MAX_CALLS).
MOST_LEGS = 512
# A call has two legs: six emergency calls go on beside a box full of others, which are 250.
_LEGS_OF_A_CALL = 2
_KEPT_LEGS = 6 * _LEGS_OF_A_CALL
# A code pauses another call of the phone: it has one leg and is over in a moment, and must not wait for room.
_LEGS_FOR_CODES = _KEPT_LEGS // 2
_CALLS_FOR_CODES = 2
_BUSY_HERE = 486
_SERVICE_UNAVAILABLE = 503


class LegInPlace(Protocol):
    """A leg, as far as room goes."""

    @property
    def gone(self) -> bool: ...


class CallInPlace(Protocol):
    """A call, as far as room goes."""

    @property
    def made_by(self) -> Phone | None: ...

    @property
    def legs(self) -> Mapping[LegNumber, LegInPlace]: ...


class Room:
    """Says who may take some. One thread.

    Args:
        calls: every call by its id.
        monotonic_s: the time, for the log.
        most_legs: how many legs there are places for.
    """

    def __init__(
        self, calls: Mapping[str, CallInPlace], monotonic_s: Callable[[], float], most_legs: int = MOST_LEGS
    ) -> None:
        self._calls = calls
        self._monotonic_s = monotonic_s
        self._most_legs = most_legs
        self._refusals = OnceAMinute(_say, "other phones: they make as many calls as they may")

    def why_not(self, phone: Phone | None, calls_at_once: int, is_code: bool = False) -> int | None:
        """The status for a new call that is no emergency call; None where it may be made.

        Args:
            phone: the registered phone that makes it. A call counts as its until it is over, also where the phone has
                left it: whoever knows a password could else transfer one call after the other.
            calls_at_once: how many it may make.
            is_code: what was dialled looks like a feature code.
        """
        may_make = calls_at_once + (_CALLS_FOR_CODES if is_code else 0)
        if self._left < (1 - _LEGS_FOR_CODES if is_code else _LEGS_OF_A_CALL):
            self._note("the box has as many calls as it can take beside emergency calls")
            return _SERVICE_UNAVAILABLE
        if phone is not None and sum(call.made_by == phone for call in self._calls.values()) >= may_make:
            self._note(f"the phone of {phone.shown} makes as many calls as it may ({calls_at_once})")
            return _BUSY_HERE
        return None

    @property
    def for_a_leg(self) -> bool:
        """Whether a call that is no emergency call may dial once more."""
        return self._left > 0

    def attend(self) -> None:
        """Say what was counted since. Call now and then."""
        self._refusals.flush(self._monotonic_s())

    @property
    def _left(self) -> int:
        """The places that are neither taken nor kept for emergency calls."""
        taken = sum(not leg.gone for call in self._calls.values() for leg in call.legs.values())
        return self._most_legs - _KEPT_LEGS - taken

    def _note(self, why: str) -> None:
        self._refusals.note(why, self._monotonic_s())


def _say(why: str, count: int) -> None:
    _LOG.warning("refused %s: %s", "1 call" if count == 1 else f"{count} calls", why)
