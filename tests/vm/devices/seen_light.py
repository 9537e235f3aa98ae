"""What an eye sees of a light on a GPIO chip: for how long it was lit and dark, and in which colours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from firmware.core.panel_light import LightPattern
from tests.vm.devices.gpio_chip import GpioChip

_LOOK_EVERY_S = 0.01
_OFF_BY_S = 0.12
_OFF_BY_SHARE = 0.35


@dataclass(frozen=True)
class Run:
    """A time for which it was lit, or dark; ``colours`` are the pins that were high in it."""

    lit: bool
    seconds: float
    colours: frozenset[str] = frozenset()

    def fits(self, lit: bool, wanted_s: float) -> bool:
        off_by_s = max(_OFF_BY_S, _OFF_BY_SHARE * wanted_s)
        return self.lit is lit and abs(self.seconds - wanted_s) <= off_by_s


@dataclass
class SeenLight:
    """A light, looked at for a while of the machine's own time. One of one colour has one pin."""

    chip: GpioChip
    pins: Mapping[str, int]
    runs: list[Run] = field(default_factory=list)

    def look(self, seconds: float) -> SeenLight:
        began_s = changed_s = now_s = time.monotonic()
        was, colours = self._lit(), set[str]()
        while now_s - began_s < seconds:
            lit = self._lit()
            now_s = time.monotonic()
            if bool(lit) is not bool(was):
                self.runs.append(Run(bool(was), now_s - changed_s, frozenset(colours)))
                changed_s, colours = now_s, set()
            was = lit
            colours |= lit
            threading.Event().wait(_LOOK_EVERY_S)
        self.runs.append(Run(bool(was), now_s - changed_s, frozenset(colours)))
        return self

    def following(self, pattern: LightPattern) -> Sequence[Run]:
        """Those times, one after the other, that are a whole round of the rhythm, in its order; none when it was
        another. A machine that stands still for a moment lets a rhythm stumble: one round is enough.
        """
        if not pattern.rhythm_s:
            return self.runs if all(run.lit for run in self.runs) else ()
        whole, rhythm_s = self.runs[1:-1], pattern.rhythm_s
        length = max(3, len(rhythm_s))
        for first in range(len(whole) - length + 1):
            stretch = whole[first : first + length]
            for begin in range(len(rhythm_s)):
                phases = [(begin + at) % len(rhythm_s) for at in range(length)]
                if all(run.fits(phase % 2 == 0, rhythm_s[phase]) for run, phase in zip(stretch, phases, strict=True)):
                    return stretch
        return ()

    def _lit(self) -> set[str]:
        return {name for name, pin in self.pins.items() if self.chip.is_high(pin)}


def colours_of(runs: Sequence[Run]) -> set[str]:
    return {colour for run in runs for colour in run.colours}


def until_it_follows(
    look: Callable[[], SeenLight], pattern: LightPattern, what: str, seconds: float, within_s: float = 180.0
) -> set[str]:
    """Look again and again; gives the colours that it had then."""
    until_s = time.monotonic() + within_s
    while True:
        seen = look().look(seconds)
        if following := seen.following(pattern):
            return colours_of(following)
        assert time.monotonic() < until_s, f"{what} was not shown; last seen {seen.runs}"
