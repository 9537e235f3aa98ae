"""The recovery key in words, as text, on its page, and typed again."""

from __future__ import annotations

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.keys.recovery_words import (
    WORDS,
    recovery_identity,
    recovery_key_text,
    recovery_words,
    text_in_groups,
    typed_again,
)
from firmware.core.errors import SignInRefused

KEY = str(pyrage.x25519.Identity.generate())


def test_words_and_groups_say_the_same_key_however_they_are_typed() -> None:
    words = recovery_words(KEY)
    assert len(words) == WORDS
    for typed in (
        KEY,
        KEY.lower(),
        " ".join(words),
        "  ".join(words).upper(),
        ", ".join(words),
        " ".join(text_in_groups(KEY)),
    ):
        assert recovery_key_text(typed) == KEY
        assert str(recovery_identity(typed).to_public()) == str(recovery_identity(KEY).to_public())


@given(st.integers(0, WORDS - 1), st.sampled_from(["abandon", "zoo", "office", "radio"]))
def test_a_wrong_word_never_gives_the_right_key(place: int, wrong: str) -> None:
    words = recovery_words(KEY)
    if words[place] == wrong:
        return
    words[place] = wrong
    assert given_by(words) != KEY


def given_by(words: list[str]) -> str:
    """The key that these words say; nothing where they say none."""
    try:
        return recovery_key_text(" ".join(words))
    except SignInRefused:
        return ""


@pytest.mark.parametrize(
    "typed",
    ["", "word " * 24, "abandon " * 24, "AGE-SECRET-KEY-1", KEY[:-1], KEY + "A", "age1x"],
    ids=["nothing", "one word", "no checksum", "a beginning", "a letter less", "a letter more", "a public key"],
)
def test_what_is_no_key_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(SignInRefused, match="not a recovery key") as refused:
        recovery_identity(typed)
    assert typed == "" or typed.strip() not in str(refused.value)


def test_some_of_the_words_are_typed_again() -> None:
    words = recovery_words(KEY)
    assert typed_again(KEY, [3, 11, 24], [words[2], words[10].upper(), words[23]])
    assert not typed_again(KEY, [3, 11, 24], [words[2], words[10], "wrong"])
    assert not typed_again(KEY, [3, 11, 24], [words[2], words[10]])
