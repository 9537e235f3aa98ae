"""The settings about room on the data disk: ``[space]``. What happens when it is nearly full is a person's choice, made
on the page: settings that anybody with the file may change must not cost a recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from firmware.config.section import Section

#: Of versions in which the choice stood in the settings, with what they had where nobody had chosen.
_NO_LONGER: Mapping[str, Any] = {"when_full": "stop", "shorten": []}


class SpaceSettings(Section):
    reserve_mb: int = Field(
        default=300, ge=10, le=1_000_000, description="with less room no new recording begins; calls go on"
    )

    @model_validator(mode="before")
    @classmethod
    def _the_choice_is_not_set_here(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if any(given.get(name, usual) != usual for name, usual in _NO_LONGER.items()):
            raise ValueError(
                "what goes when the disk is nearly full is chosen on the page, under Keeping, by a director or the "
                "Support Services Manager: leave when_full and shorten out"
            )
        return without_the_choice(given)


def without_the_choice(space: Mapping[str, Any]) -> dict[str, Any]:
    """The section as an older version has stored it, in this one's form: nobody's choice is made of it."""
    return {name: value for name, value in space.items() if name not in _NO_LONGER}
