"""What new things in the settings begin as: everything that has a usual value, and nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from firmware.config.alert_settings import DestinationSettings
from firmware.config.analogue_settings import AnalogueLine, AnalogueSettings, ModemSettings
from firmware.config.line_settings import GeneratorLine, OfficePeer, SipLine, SipSettings, Trunk
from firmware.config.phone_settings import GroupSettings, PhoneSettings
from firmware.config.policy_settings import ExtensionSettings, RuleSettings
from firmware.config.reception_settings import HolidaySettings
from firmware.config.retention_settings import RetentionSettings
from firmware.config.siprec_settings import SiprecLine, SiprecSettings
from firmware.config.smdr_settings import ConnectSettings, ListenSettings, SerialSettings, SmdrSettings

_SIMPLE: Mapping[str, type[BaseModel]] = {
    "trunk": Trunk,
    "office_peer": OfficePeer,
    "phone": PhoneSettings,
    "group": GroupSettings,
    "modem": ModemSettings,
    "rule": RuleSettings,
    "extension": ExtensionSettings,
    "retention": RetentionSettings,
    "call_log": SmdrSettings,
    "serial": SerialSettings,
    "listen": ListenSettings,
    "connect": ConnectSettings,
    "holiday": HolidaySettings,
    "destination": DestinationSettings,
}


def blanks() -> dict[str, dict[str, Any]]:
    """Plain JSON values by what a page calls a new thing; a new line by its kind."""
    lines = {
        "sip": _usual(SipLine) | {"kind": "sip", "sip": _usual(SipSettings)},
        "siprec": _usual(SiprecLine) | {"kind": "siprec", "siprec": _usual(SiprecSettings)},
        "analogue": _usual(AnalogueLine) | {"kind": "analogue", "analogue": _usual(AnalogueSettings)},
        "generator": _usual(GeneratorLine) | {"kind": "generator"},
    }
    return {name: _usual(model) for name, model in _SIMPLE.items()} | lines


def _usual(model: type[BaseModel]) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is needed and has no usual value is left out
        return model.model_construct().model_dump(mode="json", by_alias=True)
