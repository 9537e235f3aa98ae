"""Typed text, spoken by espeak-ng: robotic, but at hand on the box and without a network."""

from __future__ import annotations

import io
import subprocess
from array import array

from firmware.adapters.prompts.any_format import LONGEST_S, read_any_format
from firmware.adapters.prompts.wave_file import NotPlayable
from firmware.core.errors import MissingComponent, PromptError

VOICE = "en-gb"
WORDS_A_MINUTE = 150
LONGEST_TEXT = 2000  # characters: some two minutes
_PATIENCE_S = 30


def speak(text: str, voice: str = VOICE) -> array[int]:
    """The text as 8 kHz 16-bit samples, at no particular level.

    Args:
        voice: one of ``espeak-ng --voices``.

    Raises:
        MissingComponent: espeak-ng is not installed.
        PromptError: the text is empty or too long, or there is no such voice.
    """
    words = " ".join(text.split())
    if not 0 < len(words) <= LONGEST_TEXT:
        raise PromptError(
            f"The text has {len(words)} characters; a prompt needs 1 to {LONGEST_TEXT}.",
            f"Give words that take at most {LONGEST_S} seconds to say.",
        )
    try:
        with io.BytesIO(_run(words, voice)) as wav:
            return read_any_format(wav)
    except NotPlayable as reason:
        raise PromptError(f"What espeak-ng made of the text {reason}.", "Try other words.") from None


def _run(words: str, voice: str) -> bytes:
    # The text goes in by standard input: what begins with a hyphen is no option there, and no process list shows it.
    command = ["espeak-ng", "-v", voice, "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout"]
    try:
        done = subprocess.run(command, input=words.encode(), capture_output=True, check=False, timeout=_PATIENCE_S)
    except FileNotFoundError:
        raise MissingComponent(
            "Text cannot be spoken: espeak-ng is not installed.", "Install it: apt-get install espeak-ng"
        ) from None
    except subprocess.TimeoutExpired:
        raise PromptError("espeak-ng did not finish speaking the text.", "Try fewer words.") from None
    if done.returncode != 0 or not done.stdout:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0].rstrip(".") or "it gave no sound"
        raise PromptError(
            f"espeak-ng could not speak: {reason}.",
            "Choose a voice that espeak-ng --voices lists, such as en-gb.",
        )
    return done.stdout
