"""The stock of notices: an id in the settings becomes a file that is there, can be played and can be heard."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import firmware.prompts
from firmware.adapters.prompts.wave_file import NotPlayable, read_wave
from firmware.core.errors import PromptError
from firmware.core.speech_level import active_speech_level_dbm0

QUIETEST_DBM0 = -40.0


@dataclass(frozen=True)
class Prompt:
    """One notice, checked: pjsua's player takes the file as it is."""

    id: str
    path: Path
    sample_rate_hz: int
    duration_ms: int
    level_dbm0: float


@dataclass(frozen=True)
class ShippedWords:
    """Who hears a shipped notice and when, and what it says."""

    use: str
    text: str


class PromptLibrary:
    """Finds notices: first the operator's, then the shipped.

    A file that the settings name under ``[prompts]`` must be there; without that, ``<id>.wav`` in the operator's folder
    is taken before the shipped file of that name. Reading and checking takes some tens of milliseconds a notice: look
    them up at start, not while a caller waits.

    Args:
        folder: the operator's prompts (``state/prompts``); it need not exist.
        named: prompt id → file name in that folder, from the settings.
    """

    def __init__(self, folder: Path, named: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._named = dict(named or {})
        self._shipped = Path(next(iter(firmware.prompts.__path__)))

    def find(self, prompt: str) -> Prompt:
        """The notice of that id.

        Raises:
            PromptError: no such notice, or its file cannot be played or heard; the message names the file and the cure.
        """
        path = self._path_of(prompt)
        try:
            audio = read_wave(path)
        except NotPlayable as reason:
            remedy = f"Bring it into the right form: earmark prompts add FILE --id {prompt} --replace."
            raise PromptError(f"The notice {prompt} cannot be played: {path} {reason}.", remedy) from None
        except OSError as error:
            remedy = "Make the file readable for the lines process."
            raise PromptError(f"The notice {prompt} cannot be read: {path}: {error.strerror}.", remedy) from error
        level_dbm0 = active_speech_level_dbm0(audio.samples, audio.sample_rate_hz)
        if level_dbm0 is None or level_dbm0 < QUIETEST_DBM0:
            heard = "is silent" if level_dbm0 is None else f"is too quiet to be heard ({level_dbm0:.0f} dBm0)"
            raise PromptError(f"The notice {prompt} would not be noticed: {path} {heard}.", "Record it louder.")
        return Prompt(prompt, path, audio.sample_rate_hz, audio.duration_ms, level_dbm0)

    def shipped(self) -> tuple[str, ...]:
        """The ids of the notices that come with the box."""
        return tuple(sorted(path.stem for path in self._shipped.glob("*.wav")))

    def shipped_words(self) -> Mapping[str, ShippedWords]:
        """What each notice that comes with the box says, by its id."""
        texts = tomllib.loads((self._shipped / "texts.toml").read_text(encoding="utf-8"))
        return {
            prompt: ShippedWords(entry["use"], " ".join(entry["text"].split()))
            for prompt, entry in texts["prompts"].items()
        }

    def _path_of(self, prompt: str) -> Path:
        named = self._named.get(prompt)
        if named is not None:
            path = self._folder / named
            if not path.is_file():
                remedy = (
                    f"Add it anew (earmark prompts add FILE --id {prompt} --replace),"
                    f" or take {prompt} out of [prompts] in the settings."
                )
                raise PromptError(f"The notice {prompt} has no file: {path} is missing.", remedy)
            return path
        candidates = (self._folder / f"{prompt}.wav", self._shipped / f"{prompt}.wav")
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            remedy = f"Add it (earmark prompts add FILE --id {prompt}), or choose one of: {', '.join(self.shipped())}."
            raise PromptError(f"There is no notice called {prompt}.", remedy)
        return found
