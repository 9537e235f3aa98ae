"""What an analogue line needs to be told, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.core.analogue.automatic_gain import GainLimits
from firmware.core.analogue.line_calls import EdgeRules
from firmware.core.analogue.line_tones import UNITED_KINGDOM, ToneProfile
from firmware.core.analogue.voice_activity import LEAST_DBM0


@dataclass(frozen=True)
class LoopPin:
    """The input of a loop detector, by BCM number. ``closed_is_high``: high while the phone is off its hook."""

    pin: int
    closed_is_high: bool = False


@dataclass(frozen=True)
class ModemPort:
    """A serial modem that tells of rings and callers; ``setup`` is what it is told when it is opened."""

    port: str
    speed: int = 115_200
    setup: tuple[str, ...] = ("ATZ", "AT+VCID=1")


@dataclass(frozen=True)
class AnalogueLineConfig:
    """One line. ``channels`` are those of the sound card, counted from 0: one, or the far party's and the office's.

    ``number`` is the line's own, as rules and pages know it; empty where nobody said.
    """

    name: str
    device: str
    channels: tuple[int, ...] = (0,)
    sample_rate_hz: int = 8000
    rules: EdgeRules = field(default_factory=EdgeRules)
    profile: ToneProfile = UNITED_KINGDOM
    least_dbm0: float = LEAST_DBM0
    gain: GainLimits = field(default_factory=GainLimits)
    loop: LoopPin | None = None
    modem: ModemPort | None = None
    number: str = ""
