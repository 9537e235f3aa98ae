"""What the settings of every kind of line have in common, and of every kind that only listens."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from firmware.config.section import NAME, Section
from firmware.core.recording_decision import RecordingMode
from firmware.core.tap_capabilities import TapCapabilities


class LineSection(Section):
    """One of ``[[lines]]``. Its ``kind`` says which."""

    name: str = Field(pattern=NAME)
    mode: RecordingMode = Field(default="pausable", description="where neither a rule nor the extension says otherwise")
    emergency_mode: Literal["follow", "always", "pausable", "on_demand", "never"] = Field(
        default="follow", description="of emergency calls; follow: as the extension or the line, whatever rules say"
    )


class TappedLine(LineSection):
    """A line that hears calls made elsewhere, and can tell nobody that they are recorded."""

    notice_given_by: str = Field(
        default="",
        max_length=80,
        description='who tells callers that they are recorded, as this line cannot: "the PBX", "staff, at the start"',
    )
    outside_prefix: str = Field(default="9", pattern=r"^[0-9]{0,4}$", description="what is dialled for an outside line")

    @property
    def capabilities(self) -> TapCapabilities:
        """What such a line can do, by its kind and settings."""
        raise NotImplementedError
