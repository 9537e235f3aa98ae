"""A setting that nobody is shown: it prints as stars, and is written out only where settings are kept or exported."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainSerializer, SecretStr, SerializationInfo


def _show_secret(value: SecretStr, info: SerializationInfo) -> str:
    if info.context == "reveal":
        return value.get_secret_value()
    return str(value)


Secret = Annotated[SecretStr, PlainSerializer(_show_secret)]
