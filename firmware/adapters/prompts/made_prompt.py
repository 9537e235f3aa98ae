"""A prompt made of what somebody sends: a sound file of any common format, or words to be spoken by the machine."""

from __future__ import annotations

from array import array
from typing import IO

from firmware.adapters.prompts.read_apart import read_apart
from firmware.adapters.prompts.spoken_text import speak
from firmware.adapters.prompts.stock import levelled, wav_of
from firmware.adapters.prompts.wave_file import NotPlayable
from firmware.core.errors import PromptError


def prompt_from_file(file: IO[bytes]) -> bytes:
    """A WAV file at the level of the shipped prompts.

    Raises:
        PromptError: it is no sound, silent, too short or too long.
    """
    try:
        samples = read_apart(file)
    except NotPlayable as reason:
        raise PromptError(f"The file {reason}.", "Send a recording in WAV, MP3, M4A, Ogg, FLAC or the like.") from None
    return _made(samples)


def prompt_from_text(text: str) -> bytes:
    """The same of words. Raises PromptError, MissingComponent."""
    return _made(speak(text))


def _made(samples: array[int]) -> bytes:
    return wav_of(levelled(samples))
