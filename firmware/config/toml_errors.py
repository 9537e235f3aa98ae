"""Says which line of a TOML file a mistake is on: what was typed there, not only what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import ParseError
from tomlkit.items import AoT, Item

from firmware.config.mistakes import first_told
from firmware.config.number_check import MOST_TOLD, Mistake, shortened
from firmware.core.errors import SettingsError

_MARK = "\x00"
_REMEDY = "Nothing was changed. Correct the file and try again."


def parse_toml(text: str, name: str) -> tomlkit.TOMLDocument:
    """The document.

    Raises:
        SettingsError: it is not TOML; names the line.
    """
    try:
        return tomlkit.parse(text)
    except ParseError as error:
        reason = str(error).partition(" at line ")[0].rstrip(".")
        if _MARK in reason or repr(_MARK) in reason:
            reason = "it ends in the middle of something"
        raise SettingsError(f"{name}, line {error.line}: this is not TOML: {reason}.", _REMEDY) from error
    except tomlkit.exceptions.TOMLKitError as error:
        raise SettingsError(f"{name} is not TOML: {error}.", _REMEDY) from error


def explain(error: ValidationError, document: tomlkit.TOMLDocument, name: str) -> SettingsError:
    """One sentence for each mistake, with its line and the key's full name."""
    all_of_them = list(first_told(error))
    told = all_of_them[:MOST_TOLD]
    found = [(line_of(document, path), shortened(_sentence(_dotted(path), mistake))) for path, mistake in told]
    return _refusal(found, name, len(all_of_them) - len(told))


def explain_mistakes(mistakes: Iterable[Mistake], document: tomlkit.TOMLDocument, name: str) -> SettingsError:
    """The same for mistakes that only somebody who knows numbers, or the stock of prompts, can see."""
    all_of_them = list(mistakes)
    told = all_of_them[:MOST_TOLD]
    found = [(line_of(document, each.path), f"{_dotted(each.path)}: {shortened(each.what)}.") for each in told]
    return _refusal(found, name, len(all_of_them) - len(told))


def _refusal(found: Iterable[tuple[int, str]], name: str, more: int) -> SettingsError:
    lines = [f"{name}, line {line}: {sentence}" for line, sentence in sorted(found)]
    return SettingsError("\n".join([*lines, f"and {more} more of what is wrong."] if more else lines), _REMEDY)


def line_of(document: tomlkit.TOMLDocument, path: Sequence[str | int]) -> int:
    """The line (from 1) of the key at ``path``, or of the nearest thing above it that the file has.

    tomlkit keeps the white space before each key. Putting a mark there and writing the document out again shows where
    the key stands; the document is left as it was.
    """
    for depth in range(len(path), 0, -1):
        item = _item_at(document, path[:depth])
        if item is None:
            continue
        line = _line_of_marked(document, item)
        if line is not None:
            return line
    return 1


def _line_of_marked(document: tomlkit.TOMLDocument, item: Item) -> int | None:
    indent = item.trivia.indent
    item.trivia.indent = _MARK + indent
    try:
        before, found, _ = document.as_string().partition(_MARK)
    finally:
        item.trivia.indent = indent
    return before.count("\n") + 1 if found else None


def _item_at(document: tomlkit.TOMLDocument, path: Sequence[str | int]) -> Item | None:
    here: Any = document
    for part in path:
        try:
            here = here.item(part) if isinstance(part, str) and hasattr(here, "item") else here[part]
        except (KeyError, IndexError, TypeError, tomlkit.exceptions.NonExistentKey):
            return None
    if isinstance(here, AoT):
        return here[0] if len(here) else None
    return here if isinstance(here, Item) else None


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _sentence(key: str, mistake: Any) -> str:
    kind, given = mistake["type"], "" if "password" in key else _shown(mistake["input"])
    if kind == "extra_forbidden":
        return f"there is no setting {key}."
    if kind == "missing":
        return f"{key} is missing."
    if kind == "union_tag_invalid":
        return f"{key}.kind is none of {mistake['ctx']['expected_tags']}."
    if kind == "union_tag_not_found":
        return f"{key}.kind is missing."
    if kind == "value_error":
        return f"{key}: {mistake['ctx']['error']}."
    if kind == "string_pattern_mismatch":
        return f"{key}: {given or 'it'} does not have the form {mistake['ctx']['pattern']}."
    message = mistake["msg"].replace("Tuple", "The list").replace(" after validation", "").replace("Input", "it", 1)
    message = message[0].lower() + message[1:]
    return f"{key}: {message}; it is {given}." if given else f"{key}: {message}."


def _shown(value: Any) -> str:
    """A plain value as it was typed; nothing for tables, which are long, and nothing that could be a secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str) and len(value) <= 40:
        return repr(value)
    return ""
