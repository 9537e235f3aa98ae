"""The settings of what people key to steer a recording, and of how a pause behaves."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from firmware.config.section import Section
from firmware.core.feature_code import FeatureCodes


class CodesSettings(Section):
    """Feature codes, keyed in the call or dialled as a call of their own; an empty one is switched off."""

    pause: str = Field(default="*48", description="nothing is recorded from half a second before")
    resume: str = "*49"
    start: str = Field(default="*44", description="start recording, where that is on demand")
    remind: str = Field(default="*46", description="play the reminder that calls are recorded to the other party")
    told: str = Field(default="*47", description="note that the other party was told by word of mouth")
    greeting: str = Field(default="*90", description="dialled: record a greeting by telephone")

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        self.feature_codes()
        return self

    def feature_codes(self) -> FeatureCodes:
        """The codes as calls know them."""
        return FeatureCodes(**self.model_dump())


class PauseSettings(Section):
    look_back_ms: int = Field(
        default=500,
        ge=0,
        le=900,
        description="how much before the request is not kept either",
    )
    reminder_s: int = Field(default=30, ge=0, le=600, description="between tones to staff while paused; 0: none")
    resume_after_s: int = Field(default=180, ge=0, le=3600, description="recording goes on by itself; 0: never")
