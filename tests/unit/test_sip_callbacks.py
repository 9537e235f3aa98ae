"""Where C++ calls Python, nothing may be raised into the library."""

from __future__ import annotations

import logging

import pytest

from firmware.adapters.sip.callbacks import callback


class Listener:
    def __init__(self) -> None:
        self.heard: list[str] = []

    @callback
    def on_word(self, word: str) -> None:
        self.heard.append(word.upper())


def test_a_callback_that_fails_is_logged_and_the_next_one_works(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()
    with caplog.at_level(logging.ERROR):
        listener.on_word(None)  # type: ignore[arg-type]  # the library's types are not checked either
        listener.on_word("fine")
    assert listener.heard == ["FINE"]
    assert [record.getMessage() for record in caplog.records] == ["on_word failed"]
