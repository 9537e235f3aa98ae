"""What every recording is made with, and what a recorder that died left of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.core.sealed_format import NO_PREVIOUS
from firmware.ports.recording_store import RecordingStore
from firmware.ports.sealer import Sealer
from firmware.ports.speech_encoder import SpeechEncoder


@dataclass(frozen=True)
class RecordingParts:
    """What every recording is made with. ``new_encoder`` is asked with a sample rate in Hz and the channels."""

    store: RecordingStore
    sealer: Sealer
    new_encoder: Callable[[int, int], SpeechEncoder]


@dataclass(frozen=True)
class Earlier:
    """What a recorder before this one, or one in another place, left of the same call."""

    next_segment: int = 0
    sealed_until: int = 0
    chain: bytes = NO_PREVIOUS
    gap_samples: int = 0
    complete: bool = False
