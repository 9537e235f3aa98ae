"""One line at work, as the dispatcher sees it: what its wires tell becomes calls, and calls' wishes reach its ear."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from firmware.adapters.analogue.capture import Capture
from firmware.adapters.analogue.happenings import BlockHeard, Happening, LoopChanged, ModemSaid
from firmware.adapters.analogue.line_config import AnalogueLineConfig
from firmware.adapters.analogue.recording import LineAudio
from firmware.core.analogue.automatic_gain import AutomaticGain
from firmware.core.analogue.caller_id_lines import Caller, Ring
from firmware.core.analogue.line_calls import CallBegan, CallEnded, CallerNamed, LineEvent
from firmware.core.analogue.line_listener import LineListener
from firmware.core.call_record import Party
from firmware.core.events import HangUpRequested, KeyPressed, PartyReplaced
from firmware.core.leg import CALLER, LegNumber
from firmware.core.line import CallRequest
from firmware.core.party_number import UNAVAILABLE
from firmware.core.ring_layout import FAR_PARTY
from firmware.core.speech_level import power_dbm0
from firmware.native.tapped_line import KeyWish, TappedLine
from firmware.ports.line_tap import CallHappening, CallOffered

#: What a line has to say: something of a call, and when by the monotonic clock, in ms.
Tell = Callable[[CallOffered | CallHappening, int], None]
# A card may be unplugged for so long without ending the calls on its lines.
_AWAY_MS = 5_000
# A line that has been digitally silent for so long hears nothing: real ones have noise.
_DEAD_BLOCKS = 3_000
# Where voice alone tells, a call that lasts so long may be noise.
_ENDLESS_MS = 4 * 3_600_000
_UNPLUGGED = "the sound device was unplugged"


class LineAtWork:
    """One line. For the dispatcher's thread.

    Attributes:
        call_id: the call on it that call control knows; empty for none.
        audio: its recording.
    """

    def __init__(
        self, config: AnalogueLineConfig, ear: TappedLine, capture: Capture, listener: LineListener, tell: Tell
    ) -> None:
        self.config: Final = config
        self.ear: Final = ear
        self.capture: Final = capture
        self.listener: Final = listener
        self.call_id = ""
        self.audio: LineAudio | None = None
        self.rings = 0
        self.last_caller: Party | None = None
        self.peak = 0.0
        self.tones_heard: deque[str] = deque(maxlen=8)
        self._tell: Final = tell
        self._gains: Final = [AutomaticGain(config.gain) for _ in config.channels]
        self._began_ms = 0
        self._inbound = self._keeps = False
        self._wish: KeyWish = "none"
        self._silent_blocks = 0
        self._away = False

    # -- what happens -------------------------------------------------------------------------------------------------

    def happened(self, what: Happening) -> None:
        edges = self.listener.edges
        match what:
            case BlockHeard():
                self._heard(what)
            case ModemSaid(_, at_ms, Ring()):
                self.rings += 1
                self._make_known(edges.rang(at_ms))
            case ModemSaid(_, at_ms, Caller(party)):
                self.last_caller = party
                self._make_known(edges.named(at_ms, party))
            case LoopChanged(_, at_ms, closed):
                self._make_known(edges.loop(at_ms, closed))
            case _:
                pass

    def attend(self, loop_closed: bool | None) -> None:
        """Before each turn: keys, the card, what is kept. ``loop_closed`` is how the loop is, None: nobody knows."""
        now_ms = round(time.monotonic() * 1000)
        edges = self.listener.edges
        for key in self.ear.heard_keys():
            if edges.wants_keys:
                self._make_known(edges.keyed(now_ms, key.key))
            elif self.call_id and self._tells_sides:
                pressed = KeyPressed(self._leg_of(key.channel), key.key, key.duration_ms, "audible")
                self._tell(CallHappening(self.call_id, pressed), now_ms)
        self._look_after_card(now_ms, loop_closed)
        self._steer_ear()

    def _heard(self, block: BlockHeard) -> None:
        levels = [power_dbm0(channel.power) for channel in block.channels]
        loudest = max(range(len(levels)), key=levels.__getitem__)
        channel = block.channels[loudest]
        self.peak = max(self.peak, channel.peak)
        self._silent_blocks = 0 if channel.peak else self._silent_blocks + 1
        before = self.listener.sound.tone
        self._make_known(self.listener.hear(block.at_ms, levels[loudest], channel.shares, channel.touch_tone))
        tone = self.listener.sound.tone
        if tone is not None and tone != before:
            self.tones_heard.append(tone)
        for number, gain in enumerate(self._gains):
            voice = self.listener.voice and levels[number] >= self.listener.threshold_dbm0
            if gain.hear(levels[number], voice, block.channels[number].clipped):
                self.ear.set_gain(number, gain.factor)

    def _look_after_card(self, now_ms: int, loop_closed: bool | None) -> None:
        """Calls do not outlive their card for long; a phone that is off its hook when it is back has a call."""
        away = self.capture.away_ms(now_ms * 1_000_000) > _AWAY_MS
        if away and not self._away:
            self._make_known(self.listener.edges.lost(now_ms, _UNPLUGGED))
        elif self._away and not away and loop_closed:
            self._make_known(self.listener.edges.loop(now_ms, closed=True))
        self._away = away

    def _steer_ear(self) -> None:
        edges = self.listener.edges
        keeps = edges.may_begin and self.audio is None
        if keeps != self._keeps:
            self._keeps = keeps
            self.ear.keep(keeps)
        wish: KeyWish = "all" if edges.wants_keys else "codes" if self.call_id else "none"
        if wish != self._wish:
            self._wish = wish
            self.ear.listen(wish)

    # -- calls --------------------------------------------------------------------------------------------------------

    def _make_known(self, events: tuple[LineEvent, ...]) -> None:
        for event in events:
            match event:
                case CallBegan():
                    self._offer(event)
                case CallerNamed(at_ms, party) if self.call_id:
                    self._tell(CallHappening(self.call_id, PartyReplaced(CALLER, party)), at_ms)
                case CallEnded(at_ms, cause) if self.call_id:
                    self._tell(CallHappening(self.call_id, HangUpRequested(cause)), at_ms)
                case _:
                    pass  # of a call that call control has ended before

    def _offer(self, began: CallBegan) -> None:
        self.call_id, self._began_ms = uuid4().hex, began.at_ms
        own = Party(number=self.config.number) if self.config.number else UNAVAILABLE
        inbound = self._inbound = began.direction == "inbound"
        request = CallRequest(
            call_id=self.call_id,
            direction=began.direction,
            calling=began.far if inbound else own,
            dialled=(self.config.number or None) if inbound else began.dialled,
            tapped=True,
            called=own if inbound else began.far,
        )
        self._tell(CallOffered(self.config.name, request), began.at_ms)

    @property
    def _tells_sides(self) -> bool:
        return len(self.config.channels) > 1

    def _leg_of(self, channel: int) -> LegNumber:
        """Whose channel it is; the caller's leg comes first."""
        return CALLER if (channel == FAR_PARTY) == self._inbound else CALLER + 1

    def first_sample(self) -> int:
        """The first sample that belongs to the call."""
        return self.capture.number_at(self._began_ms)

    def recorded_by(self, audio: LineAudio | None) -> None:
        self.audio = audio
        self._keeps = False  # whatever was kept is in the recording, or not wanted

    def over(self) -> None:
        """Call control has let go of the call."""
        self.call_id = ""

    # -- how it is ----------------------------------------------------------------------------------------------------

    @property
    def dead(self) -> bool:
        """Whether it has heard nothing at all for a minute, not even noise."""
        return self._silent_blocks >= _DEAD_BLOCKS

    @property
    def endless(self) -> bool:
        """Whether it has been in one call for so long that its noise may be what is taken for voice."""
        by_voice = bool(self.call_id) and self.config.rules.hook == "voice"
        return by_voice and round(time.monotonic() * 1000) - self._began_ms > _ENDLESS_MS
