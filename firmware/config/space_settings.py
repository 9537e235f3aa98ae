"""The settings that say what happens when the data disk is nearly full: ``[space]``."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from firmware.config.section import Section
from firmware.core.retention import RetentionClasses


class SpaceSettings(Section):
    when_full: Literal["stop", "shorten"] = Field(
        default="stop",
        description="stop recording new calls, or erase the oldest recordings of some classes before their time",
    )
    shorten: tuple[str, ...] = Field(default=(), description="those classes; never a regulated one")
    reserve_mb: int = Field(
        default=300, ge=10, le=1_000_000, description="with less room no new recording begins; calls go on"
    )

    @model_validator(mode="after")
    def _what_is_shortened_is_named(self) -> Self:
        if self.when_full == "shorten" and not self.shorten:
            raise ValueError('when_full = "shorten" names the retention classes in shorten, such as ["sampling"]')
        return self


def space_must_suit(classes: RetentionClasses, space: SpaceSettings) -> None:
    """Classes that are shortened exist, and none is regulated. Raises ValueError."""
    for name in space.shorten:
        found = classes.find(name)
        if found is None:
            raise ValueError(
                f"[space] shortens the retention class {name!r}, and there is no [[retention]] of that name"
            )
        if found.regulated:
            raise ValueError(f"[space] would shorten the retention class {name!r}, which is regulated and may not be")
