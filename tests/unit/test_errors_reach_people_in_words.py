"""No page shows a bare exception: what is caught is put in words by ``webui.error_words``, or listed here with why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import webui
from firmware.adapters.control.client import RequestRefused
from firmware.core.errors import ActionRefused, EarmarkError, PromptError, ServiceAway, SettingsError
from webui.error_words import in_words, lines_of

_PAGE = Path(webui.__file__).parent
#: These make words of an error, or only ask what it is.
_WORDED = {"in_words", "words_of", "lines_of", "isinstance", "type", "_refused"}
#: Where else an error may go, as written there, and why.
_JUSTIFIED = {
    ("call_log/trying.py", "{'why': error}"): "what the TOML reader says of the text that the reader of the page wrote",
    ("call_log/trying.py", "str(error)"): "FormatError speaks to whoever wrote the description",
    ("first_start/views.py", "str(mistake)"): "a page of its own, for whoever sets the box up beside it",
    ("health/process_states.py", "error.remedy"): "Health is for whoever runs the box, and names its commands",
    ("live_calls/lines.py", "refusals.append(refusal)"): "raised again below",
    ("served_certificate.py", "{error}"): "told to who starts the program",
    ("server.py", "_cannot_listen(self._bind, error)"): "told to who starts the program",
    ("server.py", "self._failure = error"): "raised again by who waits",
}


def test_whatever_is_caught_is_put_in_words_before_anybody_reads_it() -> None:
    found = {(str(file.relative_to(_PAGE)), used) for file in _PAGE.rglob("*.py") for used in _bare(file)}
    assert found - _JUSTIFIED.keys() == set(), "put it in words by webui.error_words"
    assert _JUSTIFIED.keys() - found == set(), "is not there any more: take it out of the list"


@pytest.mark.parametrize(
    "written",
    [
        "flash(str(wrong))",
        'flash(f"No: {wrong}")',
        'flash("No: %s" % wrong)',
        "show(wrong.what)",
        "show(wrong.args[0])",
        "text = wrong",
        "show(mistake=wrong)",
    ],
)
def test_a_bare_exception_is_found_however_it_is_written(tmp_path: Path, written: str) -> None:
    (tmp_path / "view.py").write_text(f"try:\n    do()\nexcept Wrong as wrong:\n    {written}\n")
    assert [*_bare(tmp_path / "view.py")]


def _bare(file: Path) -> Iterator[str]:
    """Where something that was caught is used, other than to be raised, logged, worded or asked of its kind."""
    for handler in ast.walk(ast.parse(file.read_text())):
        if isinstance(handler, ast.ExceptHandler) and handler.name:
            yield from _uses(handler, handler.name)


def _uses(handler: ast.ExceptHandler, name: str) -> Iterator[str]:
    around = {child: parent for parent in ast.walk(handler) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(handler):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            use = around[node]
            if not isinstance(use, ast.Raise) and not (isinstance(use, ast.Call) and _is_worded(use)):
                yield ast.unparse(use)


def _is_worded(use: ast.Call) -> bool:
    if isinstance(use.func, ast.Attribute):
        return isinstance(use.func.value, ast.Name) and use.func.value.id == "log"
    return isinstance(use.func, ast.Name) and use.func.id in _WORDED


@pytest.mark.parametrize(
    "error",
    [
        EarmarkError("[Errno 13] Permission denied: '/var/lib/earmark/office.json'"),
        ServiceAway("The opener does not answer on /run/earmark/opener.sock.", "Start it: earmark opener"),
        RequestRefused("'document' is all the settings, as an object."),
        PromptError("warm came with the box and stays.", "earmark prompts list shows which are the office's own."),
    ],
)
def test_words_for_people_name_no_file_no_command_and_say_what_to_do(error: EarmarkError) -> None:
    said = in_words(error)
    assert not [each for each in ("/var", "/run", "earmark ", "'document'") if each in said]
    assert said.count(".") >= 2, "what happened, and what to do"


def test_what_the_box_says_well_stays_as_it_is() -> None:
    assert in_words(ActionRefused("The call is over.", "Look at the list.")) == "The call is over. Look at the list."


def test_whoever_wrote_a_file_is_told_of_their_own_paths_line_by_line() -> None:
    mistake = SettingsError("a.toml, line 2: /srv/x is no folder.\na.toml, line 9: no such setting.", "Correct it.")
    assert lines_of(mistake) == [
        "a.toml, line 2: /srv/x is no folder.",
        "a.toml, line 9: no such setting.",
        "Correct it.",
    ]
