"""The page's sentences in other languages."""

from __future__ import annotations

import gettext
import struct
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from webui import translation


def mo(sentences: dict[str, str]) -> bytes:
    """A catalogue as msgfmt(1) writes it (GNU gettext manual, 10.3)."""
    known = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n"} | sentences
    entries = sorted(known)
    texts = [each.encode() for each in entries] + [known[each].encode() for each in entries]
    at, table, strings = 28 + 16 * len(entries), b"", b""
    for text in texts:
        table += struct.pack("<2I", len(text), at + len(strings))
        strings += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0) + table + strings


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    folder = tmp_path / "cy/LC_MESSAGES"
    folder.mkdir(parents=True)
    sentences = {"Calls": "Galwadau", "%(num)s call\0%(num)s calls": "%(num)s alwad\0%(num)s galwad"}
    (folder / "earmark.mo").write_bytes(mo(sentences))
    assert gettext.translation("earmark", tmp_path, ["cy"]).gettext("Calls") == "Galwadau"
    monkeypatch.setattr(translation, "_SHIPPED", tmp_path)
    translation._languages.cache_clear()
    translation._catalogue.cache_clear()
    app = Flask("page")
    translation.translate(app)

    @app.get("/<int:many>")
    def page(many: int) -> str:
        counted = "{% trans num=many %}{{ num }} call{% pluralize %}{{ num }} calls{% endtrans %}"
        return render_template_string("{{ language }}: {{ _('Calls') }}, " + counted, many=many)

    return app


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("cy, en;q=0.5", "cy: Galwadau, 3 galwad"),
        ("en-GB, cy;q=0.5", "en-GB: Calls, 3 calls"),
        ("fr", "en-GB: Calls, 3 calls"),
        ("", "en-GB: Calls, 3 calls"),
    ],
)
def test_a_browser_is_answered_in_the_language_it_likes_best(app: Flask, asked: str, shown: str) -> None:
    answer = app.test_client().get("/3", headers={"Accept-Language": asked})
    assert answer.text == shown
    assert answer.headers["Content-Language"] == shown.partition(":")[0]
    assert "Accept-Language" in answer.headers["Vary"]


def test_one_is_not_many(app: Flask) -> None:
    assert app.test_client().get("/1", headers={"Accept-Language": "cy"}).text == "cy: Galwadau, 1 alwad"
