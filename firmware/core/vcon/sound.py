"""What of an unsealed recording a vCon tells besides its sound."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, Protocol

from firmware.core.vcon.document import RecordedSound, Silence

_SIDES: dict[int | None, Literal["", "far_party", "office"]] = {None: "", 0: "far_party", 1: "office"}


class Stretch(Protocol):
    """Part of a recording that is not as it was spoken; see the unsealer's ``Interval``."""

    @property
    def start_sample(self) -> int: ...
    @property
    def samples(self) -> int: ...
    @property
    def cause(self) -> str: ...
    @property
    def channel(self) -> int | None: ...


class UnsealedSound(Protocol):
    """A recording in clear; see the unsealer's ``Unsealed``."""

    @property
    def ogg(self) -> bytes: ...
    @property
    def sample_rate_hz(self) -> int: ...
    @property
    def duration_ms(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def silences(self) -> Sequence[Stretch]: ...
    @property
    def pauses(self) -> Sequence[Stretch]: ...
    @property
    def holds(self) -> Sequence[Stretch]: ...
    @property
    def redactions(self) -> Sequence[Stretch]: ...
    @property
    def touch_tones(self) -> tuple[int, int]: ...


def recorded_sound(unsealed: UnsealedSound, filename: str, url: str = "") -> RecordedSound:
    """``url``: where the sound will lie, if it does not go into the vCon."""
    silent = (*unsealed.silences, *unsealed.pauses, *unsealed.holds, *unsealed.redactions)
    rate = unsealed.sample_rate_hz
    return RecordedSound(
        filename=filename,
        duration_s=unsealed.duration_ms / 1000,
        channels=unsealed.channels,
        sha512=hashlib.sha512(unsealed.ogg).digest(),
        state=unsealed.state,
        silences=tuple(
            Silence(each.start_sample / rate, each.samples / rate, each.cause, _SIDES[each.channel])
            for each in sorted(silent, key=lambda stretch: stretch.start_sample)
        ),
        touch_tones=unsealed.touch_tones[0],
        url=url,
    )
