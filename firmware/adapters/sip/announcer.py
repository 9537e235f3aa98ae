"""Announcements and beeps mixed over a call: each leg hears its own, and nobody else hears them.

Announcements to one leg come one after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from firmware.adapters.sip.later import Later
from firmware.adapters.sip.media import Burst, NoticePlayer, Patchbay
from firmware.core.call_tones import CallTone
from firmware.core.errors import PromptError
from firmware.core.events import AnnouncementEnded, Event
from firmware.core.leg import LegNumber
from firmware.ports.prompt_player import PromptPlayer

_LOG = logging.getLogger(__name__)
# The bridge mixes 20 ms at a time: a burst is over a little later than it lasts.
_AFTER_BURST_S = 0.1


@dataclass
class _Announcement:
    prompt: str
    legs: tuple[LegNumber, ...]
    listeners: set[LegNumber]
    player: NoticePlayer | None = None

    def ended(self, completed: bool) -> AnnouncementEnded:
        return AnnouncementEnded(self.prompt, self.legs, completed)


class Announcer:
    """The announcements of one call.

    Args:
        patchbay: the call's.
        prompts: what can be announced.
        tell: takes an ``AnnouncementEnded`` for each.
        later: has things done outside the library's callbacks.
        clock_rate_hz: the bridge's.
    """

    def __init__(
        self,
        patchbay: Patchbay,
        prompts: PromptPlayer,
        tell: Callable[[Event], None],
        later: Later,
        clock_rate_hz: int,
    ) -> None:
        self._patchbay = patchbay
        self._prompts = prompts
        self._tell = tell
        self._later = later
        self._clock_rate_hz = clock_rate_hz
        self._waiting: list[_Announcement] = []
        self._playing: list[_Announcement] = []

    def announce(self, legs: tuple[LegNumber, ...], prompt: str) -> None:
        self._waiting.append(_Announcement(prompt, legs, set(legs)))
        self._go_on()

    def beep(self, legs: tuple[LegNumber, ...], tone: CallTone) -> None:
        """Let legs hear one burst of a tone."""
        try:
            burst = Burst(tone, self._clock_rate_hz)
        except pj.Error as error:
            _LOG.error("a tone was not played: %s", error.reason)
            return
        for number in legs:
            self._patchbay.mix_over(number, burst)
        burst.start()
        self._later.after(burst.lasts_ms / 1000 + _AFTER_BURST_S, lambda: self._beep_over(legs, burst))

    def leg_ended(self, number: LegNumber) -> None:
        """The leg hears nothing more; what nobody hears any more is over."""
        for announcement in (*self._playing, *self._waiting):
            announcement.listeners.discard(number)
            if not announcement.listeners:
                self._end(announcement, completed=False)
        self._go_on()

    def stop(self) -> None:
        """The call is over: nothing is told any more."""
        for announcement in self._playing:
            self._lay_to_rest(announcement)
        self._playing.clear()
        self._waiting.clear()

    def _beep_over(self, legs: tuple[LegNumber, ...], burst: Burst) -> None:
        for number in legs:
            self._patchbay.unmix(number, burst)
        self._later.lay_to_rest(burst)

    def _go_on(self) -> None:
        """Begin each announcement all of whose listeners are free, and waited for by no earlier one."""
        taken = {number for announcement in self._playing for number in announcement.listeners}
        for announcement in list(self._waiting):
            if not announcement.listeners & taken:
                self._waiting.remove(announcement)
                self._begin(announcement)
            taken |= announcement.listeners

    def _begin(self, announcement: _Announcement) -> None:
        try:
            playable = self._prompts.prompt(announcement.prompt)
            player = NoticePlayer(playable, lambda: self._later.soon(lambda: self._played(announcement)))
        except (PromptError, pj.Error) as error:
            _LOG.error("an announcement was not played: %s", error.reason if isinstance(error, pj.Error) else error)
            self._tell(announcement.ended(completed=False))
            return
        announcement.player = player
        self._playing.append(announcement)
        for number in announcement.listeners:
            self._patchbay.mix_over(number, player)

    def _played(self, announcement: _Announcement) -> None:
        if announcement in self._playing:
            self._end(announcement, completed=True)
            self._go_on()

    def _end(self, announcement: _Announcement, completed: bool) -> None:
        for among in (self._playing, self._waiting):
            if announcement in among:
                among.remove(announcement)
        if announcement.player is not None:
            for number in announcement.listeners:
                self._patchbay.unmix(number, announcement.player)
        self._lay_to_rest(announcement)
        self._tell(announcement.ended(completed))

    def _lay_to_rest(self, announcement: _Announcement) -> None:
        """The player knows the announcement: it must not be known by it any more (see ``Leg``)."""
        if announcement.player is not None:
            self._later.lay_to_rest(announcement.player)
            announcement.player = None
