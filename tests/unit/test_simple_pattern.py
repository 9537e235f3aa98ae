"""Patterns of one's own: what they find they find at once, whatever line comes."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.core.simple_pattern import pattern

LONGEST_LINE = 512


@pytest.mark.parametrize(
    "text",
    [
        "(a*)*",
        "(?:a|b)+c",
        "((a+))*",
        "(" * 100 + "a" + "*)" * 100,
        "(a|aa){1,30}",
        ".*.*.*x",
        r"\S*\S*\S*x",
        r"[^x]*\w*[a-z]+x",
        r".{0,400}.{0,400}.{0,400}x",
        "a?" * 22 + "a" * 22,
        "(?:a?){22}a{22}",
        "(a|a)" * 22 + "x",
        "(?=.*a)(?=.*b)(?=.*c)x",
    ],
)
def test_a_pattern_that_could_take_for_ever_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="for ever"):
        pattern(text)


def test_more_is_possible_where_the_whole_line_is_to_fit_than_anywhere_in_it() -> None:
    pattern(".*, .*, .*")
    pattern("^.*, .*, ", anywhere=True)
    with pytest.raises(ValueError, match="for ever"):
        pattern(".*, .*, ", anywhere=True)


@pytest.mark.parametrize("text", [r"(\d?\d:){2}\d\d", "(x(y+)z){3,}", r"(?P<a>\d+) +(?P<b>[^,]*),(?P<c>[^,]*),.*"])
def test_repeats_that_can_end_in_one_place_only_are_as_many_as_one_likes(text: str) -> None:
    assert pattern(text).pattern == text


@pytest.mark.parametrize("text", ["(", "(?i)a", "(?P<a>x)(?P=a)", r"(x)\1", "(?>a)b", "€*", r"\u20ac*", "a" * 401])
def test_what_is_not_possible_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pattern(text)


_ONE = st.sampled_from(["a", "b", ".", r"\w", "[^b]", "[ab]", "(a)", "(a|b)", "(?:ab?)", "(?=a)", "a+b", "^", "$"])
_TIMES = st.sampled_from(["", "", "?", "*", "+", "*?", "{0,9}", "{3}", "{2,}"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_ONE, _TIMES), min_size=1, max_size=7), st.booleans())
@example([(".", "*"), (".", "*")], True)
@example([("a", "*"), ("(?:ab?)", "*")], False)
def test_whatever_is_let_in_is_done_with_any_line_at_once(parts: list[tuple[str, str]], anywhere: bool) -> None:
    with suppress(ValueError):
        expression = pattern("".join(one + times for one, times in parts) + "x", anywhere=anywhere)
        for line in ("a" * LONGEST_LINE, "ab" * (LONGEST_LINE // 2)):
            began = time.process_time()
            _look(expression, line, anywhere)
            assert time.process_time() - began < 1


def _look(expression: re.Pattern[str], line: str, anywhere: bool) -> re.Match[str] | None:
    return expression.search(line) if anywhere else expression.fullmatch(line)
