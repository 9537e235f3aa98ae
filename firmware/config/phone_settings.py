"""The settings of phones that register with the box, where there is no telephone system: whose they are, and how
they ring.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from firmware.config.secret import Secret
from firmware.config.section import NAME, Section, must_differ
from firmware.core.barring import DearKind
from firmware.core.emergency import EMERGENCY_NUMBERS
from firmware.core.number_pattern import as_dialled

Digest = Literal["SHA-256", "MD5"]

_EXTENSION = r"^[0-9]{2,8}$"
_USER = r"^[A-Za-z0-9._-]{1,32}$"
_SHORTEST_PASSWORD = 10
# What an office's own network has as addresses (RFC 1918, RFC 3927, RFC 4193, RFC 4291; and this machine).
OWN_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address or network, such as 192.168.1.0/24") from None
    return text


Network = Annotated[str, AfterValidator(_network)]
Extension = Annotated[str, Field(pattern=_EXTENSION)]


class PhoneSettings(Section):
    """One phone. Several may have the same extension; each has a password of its own."""

    extension: Extension
    password: Secret
    user: str = Field(default="", pattern=r"^$|" + _USER, description="what it signs in as; empty: its extension")
    name: str = Field(default="", max_length=40, description="whose it is; colleagues see it when it calls")
    shows: str = Field(default="", description="the number that people outside see; empty: the line's")
    allowed: tuple[DearKind, ...] = Field(default=(), description="what it may dial although it is dear")
    always_on: bool = Field(default=True, description="false for one that may be switched off without anybody's worry")

    @property
    def signs_in_as(self) -> str:
        return self.user or self.extension

    @model_validator(mode="after")
    def _its_password_is_one(self) -> Self:
        password = self.password.get_secret_value()
        if len(password) < _SHORTEST_PASSWORD:
            raise ValueError(
                f"the password of phone {self.signs_in_as!r} is too short: robots try all short ones; take"
                f" {_SHORTEST_PASSWORD} letters and digits or more"
            )
        if self.extension in EMERGENCY_NUMBERS:
            raise ValueError(f"{self.extension} is an emergency number and cannot be an extension")
        return self


class GroupSettings(Section):
    """Extensions that ring together, or one after the other, for some numbers."""

    name: str = Field(pattern=NAME)
    extensions: tuple[Extension, ...] = Field(min_length=1, max_length=50)
    numbers: tuple[str, ...] = Field(default=(), description="empty: every number that is called and is nobody's")
    ring: Literal["all", "in_turn"] = "all"
    turn_s: int = Field(default=20, ge=5, le=120, description="in_turn: how long each rings")


class PhonesSettings(Section):
    """What goes for all phones of a line."""

    networks: tuple[Network, ...] = Field(default=OWN_NETWORKS, description="from where phones may register")
    allowed: tuple[DearKind, ...] = Field(default=(), description="what all may dial although it is dear")
    shows: str = Field(default="", description="the number that people outside see; empty: the extension")
    calls_at_once: int = Field(
        default=4, ge=1, le=50, description="how many calls each may make at a time; emergency calls are not counted"
    )
    registered_at_least_s: int = Field(default=60, ge=30, le=3600)
    registered_at_most_s: int = Field(default=600, ge=60, le=7200)
    digests: tuple[Digest, ...] = Field(
        default=("MD5",), min_length=1, description="in the order offered; many phones give up at SHA-256"
    )


def phones_must_suit(phones: tuple[PhoneSettings, ...], groups: tuple[GroupSettings, ...]) -> None:
    """Raises ValueError where a group rings nobody, or cannot be told from another or from an extension."""
    extensions = {phone.extension for phone in phones}
    must_differ("groups", [group.name for group in groups])
    for group in groups:
        unknown = [extension for extension in group.extensions if extension not in extensions]
        if unknown:
            raise ValueError(f"group {group.name!r} rings {unknown[0]}, and no phone has that extension")
    numbers = [as_dialled(number) for group in groups for number in group.numbers]
    must_differ("groups' numbers", numbers)
    for number in numbers:
        if number in extensions or number in EMERGENCY_NUMBERS:
            what = "an emergency number" if number in EMERGENCY_NUMBERS else "a phone's extension"
            raise ValueError(f"{number} is a group's number and {what}")
    if sum(not group.numbers for group in groups) > 1:
        raise ValueError("two groups name no number; only one can ring for what is nobody's")


def users_must_differ(phones: Iterable[PhoneSettings]) -> None:
    """Raises ValueError where two phones, of whatever lines, sign in alike."""
    must_differ("phones", [phone.signs_in_as for phone in phones])
