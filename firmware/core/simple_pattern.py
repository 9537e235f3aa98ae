"""Patterns that people write into settings, kept simple enough that no line can make them run for ever.

Python's matcher tries every way in which repeats can share a text between them: a repeat inside a repeated group takes
time that doubles with each character, and several open repeats of anything take a power of the length.
"""

from __future__ import annotations

import re

LONGEST_PATTERN = 400
_MOST_REPEATS_OF_ANYTHING = 3
_OF_ANYTHING = re.compile(r"(?<!\\)\.[*+]")
_REPEATS = "*+{"


def pattern(text: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """The pattern, ready for use. Raises ValueError: it is none, or could take for ever; the words say which."""
    if len(text) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has at most {LONGEST_PATTERN} characters")
    try:
        compiled = re.compile(text, flags | re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a pattern: {error}") from None
    if _repeats_a_repeat(text):
        raise ValueError(f"{text!r} repeats a group that holds a repeat, which could take for ever")
    if len(_OF_ANYTHING.findall(text)) > _MOST_REPEATS_OF_ANYTHING:
        raise ValueError(f"{text!r} has more than {_MOST_REPEATS_OF_ANYTHING} of .* and .+, which could take for ever")
    if re.search(r"\\[1-9]|\(\?P=", text):
        raise ValueError(f"{text!r} refers back to a group, which is not possible here")
    return compiled


def _repeats_a_repeat(text: str) -> bool:
    """Whether a group that holds a repeat or an alternative is itself repeated (``?`` repeats nothing)."""
    open_groups: list[bool] = []
    closed_with_repeat = False
    place, in_set = 0, False
    while place < len(text):
        character = text[place]
        if character == "\\":
            place += 2
            closed_with_repeat = False
            continue
        if in_set:
            in_set = character != "]"
        elif character == "[":
            in_set = True
            place += 2 if text[place + 1 : place + 2] == "]" else 1 + (text[place + 1 : place + 2] == "^")
            closed_with_repeat = False
            continue
        elif character == "(":
            open_groups.append(False)
        elif character == ")":
            closed_with_repeat = open_groups.pop() if open_groups else False
            if closed_with_repeat and open_groups:
                open_groups[-1] = True
            place += 1
            if closed_with_repeat and text[place : place + 1] and text[place] in _REPEATS:
                return True
            continue
        elif character in _REPEATS or character == "|":
            open_groups = [True] * len(open_groups)
        closed_with_repeat = False
        place += 1
    return False
