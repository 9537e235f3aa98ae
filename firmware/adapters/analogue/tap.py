"""The analogue line tap: sound cards, loop detectors and modems, turned into the events of calls.

Threads: one for each sound card and each modem, which only listen and put what happened into a queue; the dispatcher
makes calls of it. What is recorded takes no part in that: it goes from the card's thread straight into the rings.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware.adapters.analogue.capture import Capture
from firmware.adapters.analogue.happenings import Happenings
from firmware.adapters.analogue.left_paused import LeftPaused
from firmware.adapters.analogue.line_at_work import LineAtWork
from firmware.adapters.analogue.line_config import AnalogueLineConfig
from firmware.adapters.analogue.loop_detector import LoopDetector
from firmware.adapters.analogue.modem import Modem
from firmware.adapters.analogue.recording import LineAudio
from firmware.adapters.ring.handover import RingHandover
from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.core.analogue.line_calls import LONGEST_SEIZED_MS
from firmware.core.analogue.line_listener import LineListener
from firmware.core.call.effects import CallOver, Effect, PauseRecording
from firmware.core.call_record import Asker, CallRecord
from firmware.core.errors import AudioPathError, LineError, MissingComponent
from firmware.core.events import ActionRequested
from firmware.core.line import LineHealth, LineState
from firmware.native.compiling import NativeBuildError
from firmware.native.tapped_line import TappedLine
from firmware.ports.clock import Clock, Moment
from firmware.ports.line_tap import CallHappening, CallOffered, Stamped

_LOG = logging.getLogger(__name__)
_BY_ITSELF = Asker("automatic")


class ListenerDied(RuntimeError):
    """A thread that listens has come to an unforeseen end. Ends the process; its supervisor starts it again."""


class AnalogueTap:
    """Every analogue line of this process.

    Args:
        lines: the lines.
        handover: gets rings to the recorder.
        clock: stamps events.
        pin_factory: gpiozero's; None takes the machine's real pins.
        paused: where it is kept which lines are paused; None: nowhere.
    """

    def __init__(
        self,
        lines: Sequence[AnalogueLineConfig],
        handover: RingHandover,
        clock: Clock,
        pin_factory: Any = None,
        paused: Path | None = None,
    ) -> None:
        self._configs = tuple(lines)
        self._handover = handover
        self._clock = clock
        self._pin_factory = pin_factory
        self._paused = LeftPaused(paused)
        self._memory_lock = MemoryLock()
        self._happenings = Happenings()
        self._told: deque[Stamped] = deque()
        self._captures: list[Capture] = []
        self._lines: dict[str, LineAtWork] = {}
        self._loops: dict[str, LoopDetector] = {}
        self._modems: dict[str, Modem] = {}
        self._troubles: dict[str, str] = {}

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open every line. Hardware that is missing is looked for as long as it takes; the other lines work.

        Raises:
            LineError: the settings cannot work: one card at two sample rates, or the C cannot be compiled here.
        """
        try:
            ears = {config.name: self._ear(config) for config in self._configs}
        except (NativeBuildError, AudioPathError) as error:
            raise LineError(f"No analogue line can be listened to. {error.what}", error.remedy) from error
        for device, sharing in _by_device(self._configs).items():
            named = {config.name: ears[config.name] for config in sharing}
            channels = 1 + max(channel for config in sharing for channel in config.channels)
            capture = Capture(device, sharing[0].sample_rate_hz, channels, named, self._happenings.tell)
            self._captures.append(capture)
            for config in sharing:
                self._open(config, ears[config.name], capture)
        for capture in self._captures:
            capture.start()
        for modem in self._modems.values():
            modem.start()

    def _ear(self, config: AnalogueLineConfig) -> TappedLine:
        kept_ms = LONGEST_SEIZED_MS + config.rules.pre_roll
        return TappedLine(config.sample_rate_hz, config.channels, kept_ms, config.profile.frequencies_hz)

    def _open(self, config: AnalogueLineConfig, ear: TappedLine, capture: Capture) -> None:
        rules = config.rules
        if config.loop is not None:
            try:
                self._loops[config.name] = LoopDetector(
                    config.name, config.loop, self._happenings.tell, self._pin_factory
                )
            except MissingComponent as error:
                _LOG.error("%s: %s", config.name, error)
                self._troubles[config.name] = str(error)
                rules = replace(rules, hook="voice")
        listener = LineListener(config.profile, rules, config.least_dbm0)
        self._lines[config.name] = LineAtWork(config, ear, capture, listener, self._tell)
        if config.modem is not None:
            self._modems[config.name] = Modem(config.name, config.modem, self._happenings.tell)

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        for name, line in self._lines.items():
            loop = self._loops.get(name)
            line.attend(loop.closed if loop is not None else None)
        if not self._told:
            self._take_what_happened(max_wait_ms / 1000)
        told = list(self._told)
        self._told.clear()
        return told

    def _take_what_happened(self, max_wait_s: float) -> None:
        for happening in self._happenings.turn(max_wait_s):
            self._lines[happening.line].happened(happening)
            if self._told:
                return

    def close(self) -> None:
        for modem in self._modems.values():
            modem.stop()
        for loop in self._loops.values():
            loop.close()
        for line in self._lines.values():
            if line.audio is not None:
                line.audio.stop(line.audio.record)
        stopped = [capture.stop() for capture in self._captures]
        for line in self._lines.values():
            if stopped[self._captures.index(line.capture)]:
                line.ear.close()
        for held in (self._modems, self._loops, self._lines, self._captures):
            held.clear()

    # -- events and effects -------------------------------------------------------------------------------------------

    def _tell(self, what: CallOffered | CallHappening, at_ms: int) -> None:
        now_s = self._clock.monotonic_s()
        ago_ms = max(0, round(time.monotonic() * 1000) - at_ms)
        self._told.append(Stamped(what, Moment(self._clock.wall_ms() - ago_ms, now_s - ago_ms / 1000)))

    def _goes_on_paused(self, line: str) -> bool:
        """Whether a call that begins may be one that was paused: nothing has shown that that one is over."""
        return self._lines[line].listener.edges.unproven and self._paused.lasts(line)

    def perform(self, call_id: str, effect: Effect) -> None:
        line = self._line_of(call_id)
        match effect:
            case PauseRecording(look_back_ms) if line is not None and line.audio is not None:
                line.audio.pause(look_back_ms)
                self._note_pause(line, True)
            case CallOver() if line is not None:
                line.over()
            case _:
                pass  # a line that only listens is asked for nothing else

    def _line_of(self, call_id: str) -> LineAtWork | None:
        return next((line for line in self._lines.values() if line.call_id == call_id), None)

    # -- recording ----------------------------------------------------------------------------------------------------

    def start_recording(self, record: CallRecord) -> None:
        line = self._line_of(record.call_id)
        if line is None:
            raise AudioPathError("The call was gone before it could be recorded.")
        goes_on = not record.paused and self._goes_on_paused(line.config.name)
        audio = LineAudio(
            record,
            line.ear,
            line.config.sample_rate_hz,
            line.first_sample(),
            line.capture.number_now,
            self._handover,
            self._memory_lock,
            record.paused or goes_on,
        )
        line.recorded_by(audio)
        self._note_pause(line, record.paused or goes_on)
        if goes_on:
            pause = ActionRequested("pause", _BY_ITSELF)
            self._tell(CallHappening(record.call_id, pause), round(time.monotonic() * 1000))

    def resume_recording(self, call_id: str) -> int:
        line = self._line_of(call_id)
        if line is None or line.audio is None:
            return 0
        self._note_pause(line, False)
        return line.audio.resume()

    def _note_pause(self, line: LineAtWork, paused: bool) -> None:
        line.listener.edges.paused = paused
        self._paused.note(line.config.name, paused)

    def stop_recording(self, record: CallRecord) -> CallRecord:
        line = self._line_of(record.call_id)
        if line is None or line.audio is None:
            return record
        audio = line.audio
        line.recorded_by(None)
        line.listener.edges.paused = False
        return audio.stop(record)

    def update_recording(self, record: CallRecord) -> None:
        self._handover.update(record)

    def not_recorded(self, record: CallRecord) -> None:
        self._handover.not_recorded(record)

    def recorder_connected(self) -> bool:
        return self._handover.connected

    # -- how things are -----------------------------------------------------------------------------------------------

    def working_trunks(self, line: str) -> frozenset[str]:
        """There are none: calls are made elsewhere."""
        return frozenset()

    def servers(self, line: str) -> Mapping[str, Sequence[str]]:
        return {}

    def attend(self) -> None:
        listeners: list[Capture | Modem] = [*self._captures, *self._modems.values()]
        for listener in listeners:
            if not listener.alive:
                raise ListenerDied(f"{listener} has died; what it died of stands above")
        for name, line in self._lines.items():
            modem = self._modems.get(name)
            line.listener.edges.rings_are_told = modem is not None and modem.works
            if line.listener.edges.paused:
                self._paused.note(name, True)  # a pause that lasts does not grow old

    def health(self) -> Sequence[LineHealth]:
        return [self._line_health(name, line) for name, line in self._lines.items()]

    def line(self, name: str) -> LineAtWork | None:
        """One line, to look at. For the dispatcher's thread; others may read single values."""
        return self._lines.get(name)

    def modem(self, name: str) -> Modem | None:
        return self._modems.get(name)

    def loop_closed(self, name: str) -> bool | None:
        """How the line's loop is; None where no detector works."""
        loop = self._loops.get(name)
        return loop.closed if loop is not None else None

    def _line_health(self, name: str, line: LineAtWork) -> LineHealth:
        modem = self._modems.get(name)
        troubles = [line.capture.trouble(), self._troubles.get(name, ""), modem.trouble() if modem is not None else ""]
        if line.dead:
            troubles.append(
                f"Line {name} hears nothing at all, not even noise. Check the tap's wiring, and that channels names its"
                " channel."
            )
        if line.endless:
            troubles.append(
                f"Line {name} has been in one call for over four hours. Is its noise taken for voice? Try it with"
                f" earmark line test {name}, and raise voice_least_dbm0."
            )
        told = tuple(trouble for trouble in troubles if trouble)
        return LineHealth(name, "analogue", _state(line, troubled=bool(told)), attention=told)


def _state(line: LineAtWork, *, troubled: bool) -> LineState:
    """``stopped`` where nothing can be heard, and so no call recorded."""
    if line.capture.starting:
        return "starting"
    if line.dead or not line.capture.listening:
        return "stopped"
    return "degraded" if troubled else "working"


def _by_device(configs: Sequence[AnalogueLineConfig]) -> dict[str, list[AnalogueLineConfig]]:
    """The lines of each card.

    Raises:
        LineError: two of one card differ in their sample rate.
    """
    found: dict[str, list[AnalogueLineConfig]] = {}
    for config in configs:
        sharing = found.setdefault(config.device, [])
        sharing.append(config)
        if config.sample_rate_hz != sharing[0].sample_rate_hz:
            raise LineError(
                f"Lines {sharing[0].name} and {config.name} share {config.device} at different sample rates.",
                "Give them the same sample_rate_hz.",
            )
    return found
