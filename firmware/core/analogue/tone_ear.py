"""Tells a network's tones from everything else, by their frequencies and by how long they are on and off."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from firmware.core.analogue.line_tones import LineTone, ToneMeaning, ToneProfile

# quiet: nothing to speak of; tone: only the network's tones, or a telephone key; sound: anything else.
SoundKind = Literal["quiet", "tone", "sound"]
Frequencies = frozenset[int]

#: How often the ear is asked, and how long what it judges lasts.
BLOCK_MS = 20
# Tones reach the subscriber between 0 and -27 dBm (SIN 350); a tap takes a little off that.
_QUIET_DBM0 = -45.0
# Of all power, what a tone's frequencies must hold together. A tone 2% beside its frequency still has 0.85 of it.
_TONE_SHARE = 0.7
# And each of them, of the strongest. A frequency that does not belong has less.
_PRESENT = 0.15
# Shorter than this is no part of a cadence but the edge of one.
_EDGE_MS = 40
# Where a tone begins or ends, the window shows for so long what is neither.
_SMEAR_MS = 60
# A steady tone is one when it has lasted for so long: one that ends calls longer than anybody holds a note.
_STEADY_MS: Mapping[ToneMeaning, int] = {"dial": 800, "unobtainable": 4000}
# How far on and off times may be from their own: the network's 10%, and what blocks of 20 ms make of it.
_TOLERANCE = 0.15
_TOLERANCE_MS = 50
# How many ons and offs must have been as the cadence has them. Ringing comes but every three seconds.
_PARTS: Mapping[ToneMeaning, int] = {"ringing": 2}
_PARTS_OTHERWISE = 5


@dataclass(frozen=True, slots=True)
class LineSound:
    """What a line sounds like now. ``tone`` is one that is recognised and still goes on; None while there is none."""

    kind: SoundKind
    tone: ToneMeaning | None = None


class ToneEar:
    """Listens to one line, 20 ms at a time."""

    def __init__(self, profile: ToneProfile) -> None:
        self._tones: Final = tuple(
            (frozenset(profile.place(hertz) for hertz in tone.frequencies_hz), tone) for tone in profile.tones
        )
        self._known: Final = frozenset(frequencies for frequencies, _ in self._tones)
        self._steady: Final = self._steady_tones()
        self._now: Frequencies | None = None  # what sounds: a tone's frequencies, none of them for quiet; None: others
        self._lasts_ms = 0
        self._newcomer: Frequencies | None = None
        self._newcomer_ms = 0
        self._past: deque[tuple[Frequencies, int]] = deque(maxlen=8)  # what sounded before, and for how long

    def hear(self, level_dbm0: float, shares: Sequence[float], touch_tone: bool = False) -> LineSound:
        """The next 20 ms: level, the part of all power at each of the profile's frequencies, and whether a key is
        heard in it."""
        if level_dbm0 <= _QUIET_DBM0:
            heard: Frequencies | None = frozenset()
        else:
            heard = self._frequencies_in(shares)
        self._follow(heard)
        kind: SoundKind = "tone" if heard or touch_tone else "sound" if heard is None else "quiet"
        return LineSound(kind, self._recognised())

    def _steady_tones(self) -> tuple[tuple[ToneMeaning, frozenset[Frequencies], float], ...]:
        """Each steady tone's meaning, frequencies, and how long it must last to be no part of a cadence."""
        meanings = dict.fromkeys(tone.meaning for _, tone in self._tones if not tone.cadence_ms)
        found = []
        for meaning in meanings:
            chosen = frozenset(
                frequencies for frequencies, tone in self._tones if tone.meaning == meaning and not tone.cadence_ms
            )
            bursts = [
                max(tone.cadence_ms[::2])
                for frequencies, tone in self._tones
                if tone.cadence_ms and frequencies in chosen
            ]
            found.append((meaning, chosen, max([_STEADY_MS.get(meaning, 0), *map(_longest_ms, bursts)])))
        return tuple(found)

    def _frequencies_in(self, shares: Sequence[float]) -> Frequencies | None:
        """Which tone's frequencies sound alone; None: something else sounds."""
        strongest = max(shares)
        present = frozenset(place for place, share in enumerate(shares) if share >= _PRESENT * strongest)
        if present not in self._known or sum(shares[place] for place in present) < _TONE_SHARE:
            return None
        return present

    def _follow(self, heard: Frequencies | None) -> None:
        """Keep account of ons and offs. What lasts no longer than an edge belongs to what it interrupts."""
        if heard == self._now:
            self._lasts_ms += BLOCK_MS + self._newcomer_ms
            self._newcomer_ms = 0
            return
        if heard != self._newcomer:
            edge_of_this = self._newcomer is None and heard is not None
            self._newcomer, self._newcomer_ms = heard, self._newcomer_ms if edge_of_this else 0
        self._newcomer_ms += BLOCK_MS
        if self._newcomer_ms < (_SMEAR_MS if heard is None else _EDGE_MS):
            return
        if self._now is None or heard is None:
            self._past.clear()
        else:
            self._past.append((self._now, self._lasts_ms))
        self._now, self._lasts_ms, self._newcomer_ms = heard, self._newcomer_ms, 0

    def _recognised(self) -> ToneMeaning | None:
        if self._now is None:
            return None
        for meaning, chosen, least_ms in self._steady:
            if self._now in chosen and self._lasted_ms(chosen) >= least_ms:
                return meaning
        return next((tone.meaning for frequencies, tone in self._tones if self._in_cadence(frequencies, tone)), None)

    def _lasted_ms(self, chosen: frozenset[Frequencies]) -> int:
        """For how long nothing but these has sounded without a break."""
        lasted_ms = self._lasts_ms
        for what, ms in reversed(self._past):
            if what not in chosen:
                break
            lasted_ms += ms
        return lasted_ms

    def _in_cadence(self, frequencies: Frequencies, tone: LineTone) -> bool:
        parts = _PARTS.get(tone.meaning, _PARTS_OTHERWISE)
        if not tone.cadence_ms or len(self._past) < parts:
            return False
        places = range(len(tone.cadence_ms))
        return any(self._in_step(frequencies, tone.cadence_ms, place, parts) for place in places)

    def _in_step(self, frequencies: Frequencies, cadence_ms: Sequence[int], place: int, parts: int) -> bool:
        """Whether what sounds now can be that part of the cadence, and what came before it the parts before."""
        if self._now != _part(frequencies, place) or self._lasts_ms > _longest_ms(cadence_ms[place]):
            return False
        for back in range(1, parts + 1):
            before = (place - back) % len(cadence_ms)
            what, lasted_ms = self._past[-back]
            if what != _part(frequencies, before) or not _as_long_as(lasted_ms, cadence_ms[before]):
                return False
        return True


def _part(frequencies: Frequencies, place: int) -> Frequencies:
    return frozenset() if place % 2 else frequencies


def _longest_ms(nominal_ms: int) -> float:
    return nominal_ms * (1 + _TOLERANCE) + _TOLERANCE_MS


def _as_long_as(lasted_ms: int, nominal_ms: int) -> bool:
    return abs(lasted_ms - nominal_ms) <= _longest_ms(nominal_ms) - nominal_ms
