"""From a TOML file to checked settings, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import tomlkit
from pydantic import ValidationError

from firmware.config.kept_secrets import with_kept_secrets
from firmware.config.number_check import NumberingOf
from firmware.config.prompt_check import WhyNoPrompt
from firmware.config.settings_check import further_mistakes
from firmware.config.settings_model import Settings
from firmware.config.toml_errors import explain, explain_mistakes, parse_toml
from firmware.core.errors import SettingsError, StorageError

_LARGEST_FILE = 1 << 20


def settings_from_toml(
    text: str,
    name: str,
    numbering_of: NumberingOf | None = None,
    why_no_prompt: WhyNoPrompt | None = None,
    kept: Mapping[str, Any] | None = None,
) -> Settings:
    """Check a TOML file's text.

    Args:
        name: the file's name, for messages.
        numbering_of: gives a country's numbering, to check telephone numbers by; None leaves them unchecked.
        why_no_prompt: says why a prompt cannot be played, to check that those named are there; None likewise.
        kept: the document in effect, for a file in which secrets are stars; None takes stars as they are.

    Raises:
        SettingsError: names the line and the key of every mistake.
    """
    document = parse_toml(text, name)
    given = document.unwrap()
    if kept is not None:
        given, unknown = with_kept_secrets(given, kept)
        if unknown:
            raise explain_mistakes(unknown, document, name)
    try:
        settings = Settings.model_validate_json(orjson.dumps(given))
    except ValidationError as error:
        raise explain(error, document, name) from error
    except TypeError as error:  # a number that JSON does not have, such as an integer beyond 64 bits
        raise SettingsError(f"{name} holds a value that is none of ours: {error}.", "Nothing was changed.") from error
    if mistakes := list(further_mistakes(settings, numbering_of, why_no_prompt)):
        raise explain_mistakes(mistakes, document, name)
    return settings


def read_toml_file(path: Path, numbering_of: NumberingOf, why_no_prompt: WhyNoPrompt) -> Settings:
    """Raises SettingsError as ``settings_from_toml``, StorageError when the file cannot be read."""
    try:
        with path.open("rb") as file:
            return read_toml_stream(file, path.name, numbering_of, why_no_prompt)
    except OSError as error:
        raise StorageError(f"Cannot read {path}: {error.strerror}.", "Check the file's name and its rights.") from error


def read_toml_stream(stream: BinaryIO, name: str, numbering_of: NumberingOf, why_no_prompt: WhyNoPrompt) -> Settings:
    """Raises SettingsError as ``settings_from_toml``."""
    raw = stream.read(_LARGEST_FILE + 1)
    if len(raw) > _LARGEST_FILE:
        raise SettingsError(f"{name} is larger than any settings file.", "Give the file that was exported.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name} is not UTF-8 text.", "Save it as UTF-8 and try again.") from error
    return settings_from_toml(text, name, numbering_of, why_no_prompt)


def settings_to_toml(settings: Settings, *, reveal: bool) -> str:
    """The settings as one TOML file. ``reveal`` writes passwords out (export); else they are stars (showing)."""
    return document_to_toml(settings.to_document() if reveal else settings.to_shown())


def document_to_toml(document: Mapping[str, Any]) -> str:
    """A stored document as it is, whether or not it makes settings."""
    return tomlkit.dumps(_ordered(document))


def _ordered(document: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values before tables: TOML would read a value after a table as the table's own. It has no null either."""
    plain = {key: value for key, value in document.items() if value is not None and not _is_table(value)}
    tables = {key: _table(value) for key, value in document.items() if _is_table(value)}
    return plain | tables


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _table(value: Any) -> Any:
    return _ordered(value) if isinstance(value, dict) else [_ordered(each) for each in value]
