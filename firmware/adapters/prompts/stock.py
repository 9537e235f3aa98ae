"""The operator's own prompts: brought to the loudness of the shipped ones, and put in place at once or not at all."""

from __future__ import annotations

import re
import struct
import sys
from array import array
from collections.abc import Mapping
from pathlib import Path

from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.prompts.any_format import SAMPLE_RATE_HZ, loudness_lufs
from firmware.adapters.prompts.library import QUIETEST_DBM0
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.store.durable_files import sync_folder
from firmware.core.errors import PromptError, StorageError
from firmware.core.speech_level import active_speech_level_dbm0, audible_ms

# What speech at the nominal −20 dBm0 of telephone networks measures by ITU-R BS.1770; the shipped prompts do.
TARGET_LUFS = -28.0
# Speech below this is mostly noise by the time it is loud enough.
_FAINTEST_DBM0 = -60.0
_LOUDEST_SAMPLE = 32000
_LEAST_AUDIBLE_MS = 250
_PROMPT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class PromptStock:
    """The operator's prompts in ``state/prompts``, each as ``<id>.wav``, 8 kHz, mono, 16 bits.

    Args:
        named: prompt id → another file name in that folder, from the settings.
    """

    def __init__(self, folder: Path, named: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._named = dict(named or {})

    def path_of(self, prompt: str) -> Path:
        """Where the operator's prompt of that id is or would be.

        Raises:
            PromptError: it is no id.
        """
        if _PROMPT_ID.fullmatch(prompt) is None:
            raise PromptError(
                f"{prompt!r} cannot be a prompt's id.",
                "Use up to 32 small letters, digits, - and _, beginning with a letter or digit.",
            )
        return self._folder / self._named.get(prompt, f"{prompt}.wav")

    def keep(self, prompt: str, samples: array[int]) -> Path:
        """Bring sound to the level of the shipped prompts and put it in place; an older one is replaced.

        Args:
            samples: mono, 8 kHz, 16 bits.

        Raises:
            PromptError: it is no id, or the sound is silence, or too faint; nothing was changed.
            StorageError: it cannot be written; nothing was changed.
        """
        path = self.path_of(prompt)
        content = wav_of(levelled(samples))
        make_private_folder(self._folder)
        # The lines process reads it as well: where its group may enter the folder, it may read the file.
        replace_file(path, content, mode=0o600 | self._folder.stat().st_mode & 0o040)
        return path

    def remove(self, prompt: str) -> None:
        """Take a prompt's file away.

        Raises:
            StorageError: it cannot be removed.
        """
        path = self.path_of(prompt)
        try:
            path.unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            raise StorageError(
                f"Cannot remove {path}: {error.strerror}.", "Check that the folder belongs to this user."
            ) from error

    def own(self) -> tuple[str, ...]:
        """The ids of the operator's prompts."""
        files = {path.name: path.stem for path in self._folder.glob("*.wav")}
        unnamed = {
            stem for name, stem in files.items() if name not in self._named.values() and _PROMPT_ID.fullmatch(stem)
        }
        return tuple(sorted(unnamed | set(self._named)))


def levelled(samples: array[int]) -> array[int]:
    """The samples at the loudness of the shipped prompts, or as near to it as their loudest moment allows.

    Raises:
        PromptError: there is nothing to be heard.
    """
    level_dbm0, loudness = active_speech_level_dbm0(samples, SAMPLE_RATE_HZ), loudness_lufs(samples)
    if level_dbm0 is None or loudness is None or level_dbm0 < _FAINTEST_DBM0:
        raise PromptError("The sound is silent, or too faint to be heard.", "Record it louder, nearer the microphone.")
    gain = min(10 ** ((TARGET_LUFS - loudness) / 20), _LOUDEST_SAMPLE / max(map(abs, samples)))
    louder = array("h", (round(sample * gain) for sample in samples))
    if audible_ms(louder, SAMPLE_RATE_HZ, QUIETEST_DBM0) < _LEAST_AUDIBLE_MS:
        raise PromptError(
            "The sound is too faint beside its loudest moment.", "Record it again without the bang or click in it."
        )
    return louder


def wav_of(samples: array[int]) -> bytes:
    """RIFF/WAVE, plain PCM, as strict players want it."""
    data = samples.tobytes() if sys.byteorder == "little" else _swapped(samples)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * 2, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _swapped(samples: array[int]) -> bytes:
    other = array("h", samples)
    other.byteswap()
    return other.tobytes()
