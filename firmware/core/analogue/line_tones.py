"""The tones with which a telephone network speaks to people: dial tone, ringing, engaged … by country.

Sources: ITU-T E.180 Supplement 2 (various tones used in national networks); for the United Kingdom also BT SIN 350;
for the common European ones ETSI TR 101 041-2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# unobtainable: the network cannot reach that number, or a phone has been off its hook for too long.
ToneMeaning = Literal["dial", "ringing", "busy", "congestion", "unobtainable"]

#: A call that these are heard in is over, or never was one.
ENDING_TONES: frozenset[ToneMeaning] = frozenset({"busy", "congestion", "unobtainable"})


# Less than two thirds of what a window of 40 ms resolves.
_ALIKE_HZ = 30


@dataclass(frozen=True)
class LineTone:
    """One tone: its frequencies sound together; ``cadence_ms`` is on, off, on, off …, empty for a steady tone."""

    meaning: ToneMeaning
    frequencies_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()


@dataclass(frozen=True)
class ToneProfile:
    """The tones of one country's lines."""

    name: str
    tones: tuple[LineTone, ...]

    @property
    def frequencies_hz(self) -> tuple[int, ...]:
        """Every frequency to look for, in order; those that an ear does not tell apart count as one."""
        groups: list[list[int]] = []
        for hertz in sorted({hertz for tone in self.tones for hertz in tone.frequencies_hz}):
            if groups and hertz - groups[-1][0] < _ALIKE_HZ:
                groups[-1].append(hertz)
            else:
                groups.append([hertz])
        return tuple(sum(group) // len(group) for group in groups)

    def place(self, hertz: int) -> int:
        """Which of ``frequencies_hz`` stands for a frequency."""
        found = self.frequencies_hz
        return min(range(len(found)), key=lambda place: abs(found[place] - hertz))


UNITED_KINGDOM = ToneProfile(
    "uk",
    (
        LineTone("dial", (350, 440)),
        # The special one, of a line with diversion or messages: 440 Hz goes on in the pauses of 350 Hz.
        LineTone("dial", (440,)),
        LineTone("ringing", (400, 450), (400, 200, 400, 2000)),
        LineTone("busy", (400,), (375, 375)),
        LineTone("congestion", (400,), (400, 350, 225, 525)),
        LineTone("unobtainable", (400,)),
    ),
)
EUROPE = ToneProfile(
    "europe",
    (
        LineTone("dial", (425,)),
        LineTone("ringing", (425,), (1000, 4000)),
        LineTone("busy", (425,), (500, 500)),
        LineTone("congestion", (425,), (250, 250)),
    ),
)
NORTH_AMERICA = ToneProfile(
    "north-america",
    (
        LineTone("dial", (350, 440)),
        LineTone("ringing", (440, 480), (2000, 4000)),
        LineTone("busy", (480, 620), (500, 500)),
        LineTone("congestion", (480, 620), (250, 250)),
    ),
)
PROFILES: Mapping[str, ToneProfile] = {each.name: each for each in (UNITED_KINGDOM, EUROPE, NORTH_AMERICA)}
