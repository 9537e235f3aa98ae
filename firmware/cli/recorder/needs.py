"""The settings that the recorder goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from firmware.adapters.encoding.speech_opus import OpusSettings

if TYPE_CHECKING:
    from firmware.config.settings_model import Settings


@dataclass(frozen=True)
class RecorderNeeds:
    """``reserve_bytes``: kept free on the data disk for what must end well; ``spool_bytes``: the spool's room."""

    encoding: OpusSettings
    workers: int
    reserve_bytes: int
    spool_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        recorder = settings.recorder
        return cls(
            encoding=OpusSettings(recorder.bitrate, recorder.complexity),
            workers=recorder.workers,
            reserve_bytes=settings.space.reserve_mb * 1_000_000,
            spool_bytes=recorder.spool_mb * 1_000_000,
        )
