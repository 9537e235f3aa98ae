"""What every section of the settings has in common."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from firmware.core.given_name import GIVEN_NAME

NAME = GIVEN_NAME


class Section(BaseModel):
    """Strict (a number in quotation marks is no number), frozen, and without keys that nobody knows."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True, allow_inf_nan=False
    )


def must_differ(what: str, names: Sequence[str]) -> None:
    """Raises ValueError when two have the same name."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two {what} are called {twice[0]!r}; each needs a name of its own")
