"""A small reading of udev rules: what the rules in a file would do to one device."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_TOKEN = re.compile(r'([A-Z]+)(?:\{([^}]+)\})?\s*(==|!=|\+=|=)\s*"([^"]*)"')
_RULE = re.compile(rf"{_TOKEN.pattern}(?:,\s*{_TOKEN.pattern})*")
_ENV = re.compile(r"\$env\{([^}]+)\}")


@dataclass(frozen=True)
class Token:
    key: str
    argument: str
    operator: str
    value: str


@dataclass
class Device:
    """What rules ask of a device (``asked``: by key, or by ``KEY{argument}``), and what they have done to it."""

    asked: Mapping[str, str]
    env: dict[str, str]
    done: dict[str, str] = field(default_factory=dict)


def read_rules(file: Path) -> list[list[Token]]:
    """Raises ``AssertionError`` at a line that is no rule."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        assert _RULE.fullmatch(line), line
    return [[Token(*found) for found in _TOKEN.findall(line)] for line in lines]


def apply(rules: list[list[Token]], device: Device) -> None:
    """Lets ``device`` pass through ``rules`` in order, jumps included."""
    until: str | None = None
    for rule in rules:
        if until is not None:
            until = None if Token("LABEL", "", "=", until) in rule else until
            continue
        if all(_matches(token, device) for token in rule if token.operator in ("==", "!=")):
            until = _do(rule, device)
    assert until is None, f"no LABEL {until}"


def _matches(token: Token, device: Device) -> bool:
    name = f"{token.key}{{{token.argument}}}" if token.argument else token.key
    held = device.env.get(token.argument, "") if token.key == "ENV" else device.asked.get(name, "")
    return any(fnmatchcase(held, wanted) for wanted in token.value.split("|")) is (token.operator == "==")


def _do(rule: list[Token], device: Device) -> str | None:
    goto = None
    for token in rule:
        value = _ENV.sub(lambda found: device.env.get(found[1], ""), token.value)
        if token.operator in ("==", "!=") or token.key in ("LABEL", "IMPORT"):
            continue
        if token.key == "GOTO":
            goto = value
        elif token.key == "ENV":
            device.env[token.argument] = value
        else:
            device.done[f"{token.key}{{{token.argument}}}" if token.argument else token.key] = value
    return goto
