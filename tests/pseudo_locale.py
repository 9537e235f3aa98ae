"""A language in which every message of the page stands in letters of its own, so that what nobody can translate shows.

Made by extraction, as for a translator: what is missing from the ``.pot`` is English here, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from babel.messages.mofile import write_mo

from scripts.translation.extraction import catalogue
from webui import translation

NAME: Final = "en-XA"
#: Full-width letters (Unicode FF21 to FF3A, FF41 to FF5A): they have capitals, and nobody types them.
_LETTERS: Final = {ord(each): ord(each) + 0xFEE0 for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
_KEPT: Final = re.compile(r"%\(\w+\)[sd]|%%|</?\w[^>]*>|&\w+;")
_SEEN_IN: Final = ("placeholder", "aria-label", "title", "alt", "aria-valuetext", "data-words", "data-too-large")
_SILENT: Final = ("script", "style", "code", "pre", "samp", "kbd", "textarea")
_VOID: Final = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")


def in_its_letters(message: str) -> str:
    """The message, with what is put in and its tags as they are."""
    kept = _KEPT.findall(message)
    parts = [each.translate(_LETTERS) for each in _KEPT.split(message)]
    return parts[0] + "".join(tag + part for tag, part in zip(kept, parts[1:], strict=True))


@contextmanager
def shipped_beside(folder: Path) -> Iterator[None]:
    """Have the page speak it, for as long as the block runs."""
    file = folder / NAME / "LC_MESSAGES" / "earmark.mo"
    file.parent.mkdir(parents=True)
    found = catalogue()
    for message in found:
        if message.id:
            both = isinstance(message.id, tuple)
            message.string = tuple(map(in_its_letters, message.id)) if both else in_its_letters(str(message.id))
    with file.open("wb") as written:
        write_mo(written, found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "_SHIPPED", folder)
        translation.forget_languages()
        yield
    translation.forget_languages()


class VisibleText(HTMLParser):
    """What people see or hear of a page, piece by piece. Left out: code, and what says that it is of another language
    (``lang``, WCAG 2.2, 3.1.2) or of none (``translate="no"``)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        foreign = given.get("translate") == "no" or (tag != "html" and "lang" in given)
        if self._silent or tag in _SILENT or foreign:
            if tag not in _VOID:
                self._silent.append(tag)
            return
        self.pieces += [said for name in _SEEN_IN if (said := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.pieces.append(" ".join(data.split()))
