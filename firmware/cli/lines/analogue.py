"""The analogue lines put together: what is heard on wires."""

from __future__ import annotations

from firmware.adapters.analogue.line_config import AnalogueLineConfig, LoopPin, ModemPort
from firmware.adapters.analogue.tap import AnalogueTap
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.ring.sender import RingSender
from firmware.cli.lines.process import LinesParts
from firmware.cli.lines.tapped_rules import tapped_rules
from firmware.cli.lines.view import LineViews
from firmware.config.analogue_settings import AnalogueLine, AnalogueSettings
from firmware.config.settings_model import Settings
from firmware.core.analogue.automatic_gain import GainLimits
from firmware.core.analogue.caller_id_schemes import SETUP
from firmware.core.analogue.line_calls import EdgeRules
from firmware.core.analogue.line_tones import PROFILES
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.ports.clock import Clock


def compose_analogue(home: Home, settings: Settings, sender: RingSender, clock: Clock) -> LinesParts:
    """
    Raises:
        LineError: there is no analogue line in the settings.
    """
    lines = [line for line in settings.lines if isinstance(line, AnalogueLine)]
    if not lines:
        raise LineError("The settings name no analogue line.", "Add one: earmark settings export, then import.")
    numbering = PhoneNumbers(settings.office.country)
    tap = AnalogueTap(
        [line_config(line) for line in lines], sender, clock, paused=home.run_of("lines") / "paused-lines"
    )
    return LinesParts(
        tap=tap,
        rules={line.name: tapped_rules(line, settings, numbering) for line in lines},
        routes=LineViews(tap).routes(),
    )


def line_config(line: AnalogueLine) -> AnalogueLineConfig:
    """How a line is tapped."""
    settings = line.analogue
    return AnalogueLineConfig(
        name=line.name,
        device=settings.device,
        channels=tuple(channel - 1 for channel in settings.channels),
        sample_rate_hz=settings.sample_rate_hz,
        rules=_rules(settings),
        profile=PROFILES[settings.tones],
        least_dbm0=settings.voice_least_dbm0,
        gain=GainLimits(settings.gain.least_db, settings.gain.most_db),
        loop=None if settings.loop_pin is None else LoopPin(settings.loop_pin, settings.loop_closed_is_high),
        modem=_modem(settings),
        number=settings.number,
    )


def _rules(settings: AnalogueSettings) -> EdgeRules:
    return EdgeRules(
        hook="voice" if settings.loop_pin is None else "loop",
        rings_are_told=settings.modem is not None,
        silence_ends=settings.silence_ends_s * 1000,
        pre_roll=settings.pre_roll_ms,
        clear=settings.hook_clear_ms,
        plan=settings.tones,
    )


def _modem(settings: AnalogueSettings) -> ModemPort | None:
    modem = settings.modem
    return None if modem is None else ModemPort(modem.port, modem.speed, modem.setup or SETUP[modem.caller_id])
