"""The picture of a recording's two voices: how loud each is over its time, made once and kept beside the sound."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.adapters.sealing.sound_peaks import bin_ms, peak_parts

__all__ = ["Peaks", "bin_ms"]


class Peaks:
    """Of one unsealed recording; goes when that does. Any thread."""

    def __init__(self) -> None:
        self._whole: bytes | None = None

    def parts(self, ogg: bytes, duration_ms: int) -> Iterator[bytes]:
        """As ``peak_parts`` gives them; at once if somebody has had them to the end before.

        Whoever stops reading stops the decoding.

        Raises:
            DamagedRecording: it cannot be decoded.
        """
        if self._whole is None:
            made = bytearray()
            for part in peak_parts(ogg, bin_ms(duration_ms)):
                made += part
                yield part
            self._whole = bytes(made)
        else:
            yield self._whole
