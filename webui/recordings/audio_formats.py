"""The forms in which a recording can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from firmware.adapters.sealing.sound_file import SoundForm, sound_parts
from webui.recordings.listening_room import Audio

MEDIA_TYPES: dict[SoundForm, str] = {"wav": "audio/wav", "mp3": "audio/mpeg", "opus": "audio/ogg"}

__all__ = ["MEDIA_TYPES", "SoundFile", "SoundForm", "begun", "sound_file"]


@dataclass(frozen=True)
class SoundFile:
    """A file to send: its media type and its bytes, made while they are sent."""

    media_type: str
    parts: Iterator[bytes]


def sound_file(audio: Audio, form: SoundForm) -> SoundFile:
    """The recording in the form asked for.

    Raises:
        DamagedRecording: it cannot be decoded; told before the first byte is sent.
    """
    return SoundFile(MEDIA_TYPES[form], begun(sound_parts(audio.ogg, audio.duration_ms, form), 2))


def begun(parts: Iterator[bytes], count: int) -> Iterator[bytes]:
    """The same, of which so many are made now: enough to have decoded something.

    An answer once begun cannot become a page that says what is wrong.
    """
    first = list(islice(parts, count))
    return chain(first, parts)
