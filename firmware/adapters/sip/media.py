"""Who hears what: tones, notices and legs on pjsua's conference bridge."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

import pjsua2 as pj

from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.leg import Leg
from firmware.core.call_tones import BUSY, CONGESTION, NUMBER_UNOBTAINABLE, RINGING, CallTone
from firmware.core.leg import LegNumber
from firmware.ports.prompt_player import PlayablePrompt

_TONES = (RINGING, BUSY, CONGESTION, NUMBER_UNOBTAINABLE)


class Source(Protocol):
    """Something that can be heard."""

    def audio(self) -> pj.AudioMedia | None: ...


class _Tone:
    """One tone, playing all the time: whoever is connected hears it, as on an exchange."""

    def __init__(self, tone: CallTone, clock_rate_hz: int) -> None:
        self._generator = pj.ToneGenerator()
        self._generator.createToneGenerator(clock_rate_hz, 1)
        self._generator.play(_tone_sequence(tone), True)

    def audio(self) -> pj.AudioMedia | None:
        return self._generator


class Burst(pj.ToneGenerator):
    """One burst of a tone, once, for whoever is connected from the start."""

    def __init__(self, tone: CallTone, clock_rate_hz: int) -> None:
        super().__init__()
        self.createToneGenerator(clock_rate_hz, 1)
        self.lasts_ms = tone.bursts_ms[0][0]
        self._sequence = _tone_sequence(tone, most_bursts=1)

    def start(self) -> None:
        self.play(self._sequence, False)

    def audio(self) -> pj.AudioMedia | None:
        return self


class ToneBank:
    """The tones of the country, each generated once for all calls."""

    def __init__(self, clock_rate_hz: int) -> None:
        self._tones: dict[str, _Tone] = {tone.name: _Tone(tone, clock_rate_hz) for tone in _TONES}

    def source(self, tone: CallTone) -> Source:
        return self._tones[tone.name]

    def close(self) -> None:
        self._tones.clear()


class NoticePlayer(pj.AudioMediaPlayer):
    """Plays one notice once, to whoever is connected; ``at_end`` is called when it is over, inside a callback."""

    def __init__(self, prompt: PlayablePrompt, at_end: Callable[[], None]) -> None:
        super().__init__()
        self._at_end = at_end
        self.createPlayer(str(prompt.path), pj.PJMEDIA_FILE_NO_LOOP)

    @callback
    def onEof2(self) -> None:  # noqa: N802 - pjsua2's name
        self._at_end()

    def audio(self) -> pj.AudioMedia | None:
        return self


class Patchbay:
    """What each leg of one call hears. Connections are wishes: they are made whenever both ends are there.

    The bridge takes nothing from a leg that nobody listens to: its jitter buffer would fill up, and what is said later
    would come late and in pieces. So a leg that only listens, to a notice or a tone, speaks into the void.

    Beside its one source a leg may hear others mixed over it, such as an announcement or a beep.
    """

    def __init__(self, legs: Mapping[LegNumber, Leg]) -> None:
        self._legs = legs
        self._hears: dict[LegNumber, Source] = {}
        self._mixed_over: dict[LegNumber, list[Source]] = {}

    def listen(self, number: LegNumber, source: Source) -> None:
        """Let a leg hear ``source`` and nothing else."""
        self.silence(number)
        self._hears[number] = source
        self._connect(number)

    def silence(self, number: LegNumber) -> None:
        source = self._hears.pop(number, None)
        if source is not None:
            self._part(source, number)

    def mix_over(self, number: LegNumber, source: Source) -> None:
        """Let a leg hear ``source`` as well."""
        self._mixed_over.setdefault(number, []).append(source)
        self._join(source, number)

    def unmix(self, number: LegNumber, source: Source) -> None:
        self._mixed_over[number] = [other for other in self._mixed_over.get(number, []) if other is not source]
        self._part(source, number)

    def bridge(self, one: LegNumber, other: LegNumber) -> None:
        self.listen(one, self._legs[other])
        self.listen(other, self._legs[one])
        for number in (one, other):
            self._leave_the_void(number)

    def reconnect(self, number: LegNumber) -> None:
        """Connect a leg whose media was made anew: what it hears, and who hears it."""
        leg = self._legs.get(number)
        self._connect(number)
        for listener, source in self._hears.items():
            if source is leg:
                self._connect(listener)

    def heard_by(self, number: LegNumber) -> Source | None:
        return self._hears.get(number)

    def part_with(self, number: LegNumber) -> None:
        """The leg goes on in another call: nobody here hears it any more, nor does it hear anybody."""
        leg = self._legs.get(number)
        for listener in [listener for listener, source in self._hears.items() if source is leg]:
            self.silence(listener)
        self.silence(number)
        for source in self._mixed_over.pop(number, []):
            self._part(source, number)

    def clear(self) -> None:
        """The call is over, and its connections with it."""
        self._hears.clear()
        self._mixed_over.clear()

    def _connect(self, number: LegNumber) -> None:
        source = self._hears.get(number)
        if source is not None:
            self._join(source, number)
        for other in self._mixed_over.get(number, ()):
            self._join(other, number)

    def _join(self, source: Source, number: LegNumber) -> None:
        leg = self._legs.get(number)
        heard, ear = source.audio(), leg.audio() if leg is not None else None
        if heard is not None and ear is not None:
            # A leg that ends at this very moment is told of by its own event.
            with contextlib.suppress(pj.Error):
                heard.startTransmit(ear)
                if not isinstance(self._hears.get(number), Leg):
                    ear.startTransmit(_void())

    def _part(self, source: Source, number: LegNumber) -> None:
        leg = self._legs.get(number)
        heard, ear = source.audio(), leg.audio() if leg is not None else None
        if heard is not None and ear is not None:
            # Not connected any more is what is wanted.
            with contextlib.suppress(pj.Error):
                heard.stopTransmit(ear)

    def _leave_the_void(self, number: LegNumber) -> None:
        speaker = self._legs[number].audio()
        if speaker is not None:
            # It may never have been there.
            with contextlib.suppress(pj.Error):
                speaker.stopTransmit(_void())


def _tone_sequence(tone: CallTone, most_bursts: int | None = None) -> pj.ToneDescVector:
    sequence = pj.ToneDescVector()
    for on_ms, off_ms in tone.bursts_ms[:most_bursts]:
        burst = pj.ToneDesc()
        burst.freq1 = tone.frequencies_hz[0]
        burst.freq2 = tone.frequencies_hz[1] if len(tone.frequencies_hz) > 1 else 0
        burst.on_msec, burst.off_msec = on_ms, off_ms
        burst.volume = tone.amplitude * len(tone.frequencies_hz)  # pjmedia shares it out among them
        sequence.append(burst)
    return sequence


def _void() -> pj.AudioMedia:
    """The null device that gives the bridge its clock: it takes everything and keeps nothing."""
    return pj.Endpoint.instance().audDevManager().getPlaybackDevMedia()
