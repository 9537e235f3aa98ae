"""Finds every sentence of the page, and those of the core and the other programs that the page shows.

The page asks for its own by ``_("…")``, ``ngettext`` and ``{% trans %}``, or marks them (``webui/translation.py``).
Tables of labels are nothing but text: of those, everything that reads like words is taken. What the box says is known
again when it has been finished (``webui/recognition.py``): of its code, every sentence is taken, and of the core, every
word; what an f-string puts in gets a name.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from jinja2.ext import babel_extract

from firmware.core.call_story import prompt_name
from webui.recognition import LISTED

ROOT: Final = Path(__file__).resolve().parents[2]
BOX: Final = "box"
_ASKED: Final = {"_": 1, "gettext": 1, "marked": 1, "ngettext": 2}
_JINJA: Final = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false", "newstyle_gettext": "true"}

#: Tables of labels: what they say is asked for where it is shown.
TABLES: Final = (
    *(
        "webui/settings/tables",
        "webui/audit/evidence_kinds.py",
        "webui/audit/evidence_words.py",
        "webui/api/description.py",
        "webui/api/schemas.py",
    ),
)
#: Here every word may be for people: what kinds, states, roles and lengths are called.
WORDS: Final = "firmware/core/"
#: What these say, nobody reads on the page: commands, programs that make programs, what only a log is told.
_NOT_SAID: Final = (
    *("firmware/native", "firmware/cli/demo", "firmware/prompts", "firmware/core/firewall_rules.py"),
    *("firmware/core/ogg_opus", "firmware/core/ring_layout.py", "firmware/core/vcon"),
)
SENTENCE: Final = re.compile(r"[A-Z0-9“%].*[a-z].*[.?!:]$|[A-Z].*\s.*\s.*\s", re.DOTALL)
_WORDS: Final = re.compile(r"[A-Z][a-z]|^[A-Z] [a-z]|[A-Za-z]{2,}[ ,][\w%(]|[)a-z] [a-z]")
_LOGS: Final = {"debug", "info", "warning", "error", "exception", "critical", "echo", "option", "argument", "command"}


@dataclass(frozen=True)
class Found:
    """One message and where it stands. ``context``: empty, or BOX."""

    message: str | tuple[str, str]
    file: str
    line: int
    context: str = ""


def messages() -> Iterator[Found]:
    """All there are, folder by folder."""
    for template in _files("webui/templates", "*.html") + _files("webui/templates", "*.txt"):
        if not re.search(r"/(articles|lessons)/", str(template)):  # these are translated as files
            yield from _of_template(template)
    for module in _files("webui", "*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        yield from _asked(tree, _name(module))
        if _name(module).startswith(TABLES):
            yield from texts(tree, _name(module), _WORDS, "")
    for module in _files("firmware", "*.py"):
        if not _name(module).startswith(_NOT_SAID):
            wanted = _WORDS if _name(module).startswith(WORDS) else SENTENCE
            yield from texts(ast.parse(module.read_text(encoding="utf-8")), _name(module), wanted, BOX)
    yield from _of_announcements(ROOT / "firmware/prompts/texts.toml")
    for file in _files("firmware/adapters/smdr/formats", "*.toml"):
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        yield from (Found(told[each], _name(file), 1, BOX) for each in ("title", "about") if told.get(each))
    yield from (Found(word, "webui/recognition.py", 1, BOX) for word in LISTED.values() if word.isalpha())


def catalogue() -> Catalog:
    """The same, for a ``.pot``."""
    made = Catalog(project="Earmark", charset="utf-8", fuzzy=False)
    for each in messages():
        made.add(each.message, locations=[(each.file, each.line)], context=each.context or None)
    return made


def _files(folder: str, kind: str) -> list[Path]:
    return sorted((ROOT / folder).rglob(kind))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _of_template(file: Path) -> Iterator[Found]:
    with file.open("rb") as read:
        for line, _, message, _ in babel_extract(read, list(_ASKED), [], dict(_JINJA)):
            match tuple(each for each in message if each) if isinstance(message, tuple) else (message,):
                case (str(one), str(many), *_):
                    yield Found((one, many), _name(file), line)
                case (str(one),):
                    yield Found(one, _name(file), line)


def _of_announcements(file: Path) -> Iterator[Found]:
    """What each shipped one is called, and who hears it; what it says is spoken, not shown."""
    for prompt, told in tomllib.loads(file.read_text(encoding="utf-8"))["prompts"].items():
        yield from (Found(words, _name(file), 1, BOX) for words in (prompt_name(prompt), told["use"]))


def _asked(tree: ast.Module, file: str) -> Iterator[Found]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKED:
            count = _ASKED[node.func.id]
            texts = [text for each in node.args[:count] for text in _constants(each)]
            if count == 2 and len(texts) == 2:
                yield Found((texts[0], texts[1]), file, node.lineno)
            elif count == 1:
                yield from (Found(text, file, node.lineno) for text in texts)


def _constants(node: ast.expr) -> list[str]:
    """The one text of an argument, or those of both ways of a choice."""
    if isinstance(node, ast.IfExp):
        return _constants(node.body) + _constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def texts(tree: ast.Module, file: str, wanted: re.Pattern[str], context: str = "") -> Iterator[Found]:
    """Every text for people: no docstring, nothing for a log, and no part of another."""
    passed, named = set(_passed_over(tree)), set(_named(tree)) if context else set[int]()
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = _with_names(node)
        else:
            continue
        if (wanted.search(text.strip()) or id(node) in named) and _is_said(text):
            yield Found(text.strip(), file, node.lineno, context)


def _is_said(text: str) -> bool:
    """Whether there is a word in it, and it is neither a path, an option nor markup."""
    bare = re.sub(r"%\(\w+\)s|\\\S", "", text)
    return not text.startswith(("/", "-", "<")) and '="' not in text and any(map(str.isalpha, bare))


def _named(tree: ast.Module) -> Iterator[int]:
    """Single words, which are names for people only as members of an enumeration, or in a table of names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
            yield from (id(each.value) for each in node.body if isinstance(each, ast.Assign))
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target).endswith("_NAMES"):
            yield from map(id, ast.walk(node))


def _passed_over(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield from (id(each) for each in node.values if isinstance(each, ast.Constant))
            yield from (id(each.format_spec) for each in node.values if isinstance(each, ast.FormattedValue))
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in _LOGS or (called in _ASKED and not body):
                yield from map(id, ast.walk(node))


def _with_names(node: ast.JoinedStr) -> str:
    """``f"Line {line.name} is {state}"`` as ``Line %(name)s is %(state)s``."""
    text, met = "", set[str]()
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        assert isinstance(part, ast.FormattedValue)
        name = base = _name_of(part.value)
        while name in met:
            name = f"{base}{len(met)}"
        met.add(name)
        text += f"%({name})s"
    return text


def _name_of(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(func=func):
            return _name_of(func)
        case ast.Subscript(value=inner) | ast.IfExp(body=inner):
            return _name_of(inner)
    return "value"
