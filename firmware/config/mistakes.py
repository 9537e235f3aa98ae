"""What is wrong with settings, in words for whoever typed them, each with the way to the setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from firmware.config.number_check import Mistake
from firmware.config.section import NAME

_WORDS: Mapping[str, str] = {
    "extra_forbidden": "there is no such setting",
    "missing": "is needed",
    "union_tag_invalid": "is none of the kinds there are",
    "union_tag_not_found": "is needed",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be yes or no",
    "string_type": "must be text",
}
_FORMS: Mapping[str, str] = {
    NAME: "must be a short name of small letters, digits, - and _, beginning with a letter or digit",
    rf"^$|{NAME}": "must be a short name of small letters, digits, - and _",
}


def first_told(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Each mistake with its path as a file or a page has it. A list that lacks an item only because that item is wrong
    is no mistake of its own.
    """
    mistakes = [(_without_union_tag(each["loc"]), each) for each in error.errors(include_url=False)]
    for path, mistake in mistakes:
        if not any(len(other) > len(path) and other[: len(path)] == path for other, _ in mistakes):
            yield path, mistake


def mistakes_of(error: ValidationError) -> tuple[Mistake, ...]:
    """The same in words that stand beside the field."""
    return tuple(Mistake(path, _words(mistake)) for path, mistake in first_told(error))


def _words(mistake: Mapping[str, Any]) -> str:
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return _FORMS.get(context["pattern"], "does not have the right form")
    if kind == "string_too_short":
        return _WORDS["missing"]
    if kind == "string_too_long":
        return f"has more than {context['max_length']} characters"
    if kind == "too_short":
        return "needs one at least"
    if kind in ("greater_than_equal", "less_than_equal"):
        limit = context.get("ge", context.get("le"))
        return f"must be {limit} or {'more' if kind.startswith('greater') else 'less'}"
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    return _WORDS.get(kind) or str(mistake["msg"]).lower()


def _without_union_tag(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """pydantic names the kind of line inside the path (``lines.0.sip.name``); nobody else does."""
    if len(path) > 2 and path[0] == "lines":
        return path[:2] + path[3:]
    return path
