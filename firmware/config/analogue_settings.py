"""The settings of a line that is heard on wires: through a sound card, with or without a loop detector and a modem."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from firmware.config.line_section import TappedLine
from firmware.config.section import Section
from firmware.core.analogue.caller_id_schemes import CallerIdScheme
from firmware.core.tap_capabilities import ANALOGUE, ANALOGUE_STEREO, TapCapabilities


class ModemSettings(Section):
    """A serial modem on the same wires, which tells who calls."""

    port: str = Field(pattern=r"^/dev/[A-Za-z0-9._/:+-]+$", description="such as /dev/serial/by-id/usb-…; not ttyUSB0")
    speed: Literal[1200, 2400, 9600, 19200, 38400, 57600, 115200] = 115200
    caller_id: CallerIdScheme = Field(
        default="v23-uk", description="how the network sends the number; dtmf needs the country's own setup"
    )
    setup: tuple[str, ...] = Field(
        default=(), max_length=10, description="what the modem is told instead of what goes with caller_id"
    )

    @model_validator(mode="after")
    def _commands_are_commands(self) -> Self:
        for command in self.setup:
            if not (command.isascii() and command.isprintable() and command.upper().startswith("AT")):
                raise ValueError(f"{command!r} is not a modem's command, such as AT+VCID=1")
        return self


class GainSettings(Section):
    """Automatic gain, by which soft voices are made louder. Both limits 0: none."""

    least_db: float = Field(default=-6.0, ge=-20, le=0)
    most_db: float = Field(default=12.0, ge=0, le=24)


class AnalogueSettings(Section):
    device: str = Field(min_length=1, max_length=80, description='the card by its ALSA name: "plughw:CARD=Device"')
    channels: tuple[int, ...] = Field(
        default=(1,),
        min_length=1,
        max_length=2,
        description="of the card, from 1: the one of two wires, or the far party's and the office's",
    )
    sample_rate_hz: Literal[8000, 16000] = 8000
    number: str = Field(default="", pattern=r"^\+?[0-9]{0,20}$", description="the line's own number or extension")
    tones: Literal["uk", "europe", "north-america"] = Field(default="uk", description="of the network or the adapter")
    loop_pin: int | None = Field(default=None, ge=0, le=27, description="BCM number of the loop detector's pin")
    loop_closed_is_high: bool = Field(default=False, description="its level while the phone is off its hook")
    modem: ModemSettings | None = None
    gain: GainSettings = GainSettings()
    voice_least_dbm0: float = Field(
        default=-46.0, ge=-60, le=-20, description="softer than this is noise, whatever the line"
    )
    silence_ends_s: int = Field(
        default=20, ge=5, le=300, description="so long without voice ends a call, where no loop detector tells"
    )
    pre_roll_ms: int = Field(default=500, ge=200, le=3000, description="kept from before the first voice of a call")
    hook_clear_ms: int = Field(
        default=700, ge=300, le=3000, description="the loop is open for so long when a call is over; less is a recall"
    )

    @model_validator(mode="after")
    def _channels_are_two_and_from_one(self) -> Self:
        if any(not 1 <= channel <= 64 for channel in self.channels) or len(set(self.channels)) != len(self.channels):
            raise ValueError("channels are counted from 1, and each is named once")
        return self


class AnalogueLine(TappedLine):
    """A line that is heard on wires."""

    kind: Literal["analogue"]
    analogue: AnalogueSettings
    outside_prefix: str = Field(default="", pattern=r"^[0-9]{0,4}$", description="what is dialled for an outside line")

    @property
    def capabilities(self) -> TapCapabilities:
        """One channel hears both parties; two tell them apart."""
        return ANALOGUE if len(self.analogue.channels) == 1 else ANALOGUE_STEREO
