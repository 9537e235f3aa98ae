"""Every sentence of the page is a message, also where no test comes by: in templates and in code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from scripts.translation.extraction import ROOT, SENTENCE, TABLES, catalogue, texts
from webui.recognition import CONTEXT, Recogniser

_TEMPLATES = ROOT / "webui/templates"
_ASKED = re.compile(r"\{%-? trans.*?\{% endtrans -?%\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_SILENT = re.compile(r"<(code|pre|svg|script|style|kbd)\b.*?</\1>|&\w+;", re.DOTALL)
_ATTRIBUTE = re.compile(r'\b(?:placeholder|aria-label|title|alt|data-words|data-too-large)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>|[\0 ][\w-]+=\"[^\"]*\"(?: autofocus)?|\0-\w+")
#: The product, and the level of speech on a line (ITU-T G.100.1).
_NO_WORDS = re.compile("Earmark|dBm0")
_WORD = re.compile(r"[A-Za-z]{2,}")
#: Not for people who look at the page.
_NOT_SHOWN = (
    *("webui/api/", "webui/health/metrics.py", "webui/health/box_figures.py"),  # for programs
    *("webui/server.py", "webui/served_certificate.py"),  # for whoever starts it
)
#: A law, as everybody cites it.
_CITED = ("IPA 2016, s. 46",)


def templates() -> list[Path]:
    """Without those that are translated as a whole."""
    every = sorted([*_TEMPLATES.rglob("*.html"), *_TEMPLATES.rglob("*.txt")])
    return [each for each in every if each.parent.parent.name not in ("articles", "lessons")]


def test_no_template_has_words_that_are_no_message() -> None:
    found = []
    for template in templates():
        bare = _SILENT.sub(" ", _ASKED.sub("\0", template.read_text(encoding="utf-8")))
        for said in (*_ATTRIBUTE.findall(bare), *_TAG.split(bare)):
            if _WORD.search(_NO_WORDS.sub("", said)):
                found.append(f"{template.relative_to(_TEMPLATES)}: {said.strip()}")
    assert not found, "\n".join(found)


def test_no_module_of_the_page_says_a_sentence_that_is_no_message() -> None:
    found = []
    for module in sorted((ROOT / "webui").rglob("*.py")):
        name = module.relative_to(ROOT).as_posix()
        if not name.startswith((*TABLES, *_NOT_SHOWN)):
            tree = ast.parse(module.read_text(encoding="utf-8"))
            found += [
                f"{name}:{each.line}: {each.message}"
                for each in texts(tree, name, SENTENCE)
                if each.message not in _CITED
            ]
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def said_by_the_box() -> set[str]:
    return {str(each.id) for each in catalogue() if each.context == "box"}


def test_what_the_box_says_is_in_the_catalogue_with_names_for_what_it_puts_in(said_by_the_box: set[str]) -> None:
    found = said_by_the_box
    assert "The role %(shown)s may not %(value)s." in found
    assert {"Director", "starting", "%(hours)s hours", "Call recorded"} <= found


def test_a_sentence_of_the_box_is_known_again_as_its_code_has_it(said_by_the_box: set[str]) -> None:
    found = Recogniser({CONTEXT + each: f"<{each}>" for each in said_by_the_box})
    said = found.translated("The role Line manager may not see what is due to be erased.")
    assert said == "<The role <Line manager> may not <see what is due to be erased>.>"
