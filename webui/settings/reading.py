"""What a form of settings says, as the value of its section. What cannot be is left as it was typed: whoever judges it
says so beside the field. Pure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from webui.settings.drawing import STARS, Path, form_name, shown
from webui.settings.fields import Field, Listed, Node, Part

#: More of one thing than any office has.
_MOST_ITEMS = 400


class Form(Protocol):
    """Werkzeug's, as far as it is asked."""

    def get(self, key: str, default: str, /) -> str: ...

    def getlist(self, key: str, /) -> list[str]: ...

    def __contains__(self, key: object, /) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...


@dataclass
class Reader:
    """
    Attributes:
        names: in the form, by the way to each setting in the value: a form has gaps where something was taken out.
    """

    form: Form
    blanks: Mapping[str, Any]
    names: dict[Path, str] = field(default_factory=dict)

    def read(self, nodes: Sequence[Node], base: Mapping[str, Any], at: Path = (), name: Path = ()) -> dict[str, Any]:
        """``base``: what the value was, or what a new one begins as; what has no field in the form stays."""
        value = deepcopy(dict(base))
        for node in nodes:
            if isinstance(node, Field):
                self._field(node, value, at, name)
            elif isinstance(node, Listed):
                keys = tuple(node.path.split("."))
                _put(value, node.path, self._items(node, (*at, *keys), (*name, *keys)))
            elif isinstance(node, Part):
                _put(value, node.path, self._part(node, value, at, name))
        return value

    def _field(self, node: Field, value: dict[str, Any], at: Path, name: Path) -> None:
        keys = tuple(node.path.split("."))
        typed = form_name((*name, *keys))
        if node.path.endswith(".*"):
            _put(value, node.path.removesuffix(".*"), self._others(node, value, typed))
            self.names[(*at, *keys[:-1])] = typed
            return
        found = self._typed(node, typed)
        if found is None or (node.left_out and not found):
            _drop(value, node.path)
        else:
            _put(value, node.path, found)
        self.names[(*at, *keys)] = typed

    def _typed(self, node: Field, name: str) -> Any:
        if node.kind == "yes":
            return name in self.form
        if node.kind == "some":
            return self.form.getlist(name)
        typed = self.form.get(name, "").strip()
        if node.kind == "secret":
            return self._secret(name, typed)
        if node.kind == "lines":
            return [line.strip() for line in typed.splitlines() if line.strip()]
        if node.kind == "numbers":
            return [_number(line) for line in typed.splitlines() if line.strip()]
        if node.kind == "pairs":
            return _pairs(typed)
        if node.kind == "toml":
            return _table(typed)
        if node.kind == "number":
            return _number(typed) if typed else None
        return typed

    def _secret(self, name: str, typed: str) -> str:
        """What is not typed anew stays, unless it was said that it goes."""
        if typed or f"{name}.forget" in self.form or f"{name}.kept" not in self.form:
            return typed
        return STARS

    def _others(self, node: Field, value: Mapping[str, Any], typed: str) -> dict[str, Any]:
        """The fields beside it were read before, and are kept."""
        table = value
        for key in node.path.removesuffix(".*").split("."):
            table = table.get(key) or {}
        beside = {key: each for key, each in table.items() if form_name((*typed.split(".")[:-1], key)) in self.form}
        kept = {key: each for key, each in beside.items() if each}
        return {**kept, **_pairs(self.form.get(typed, ""))} if kept.get("type") else {}

    def _items(self, node: Listed, at: Path, name: Path) -> list[dict[str, Any]]:
        blank = self.blanks[node.blank]
        found: list[dict[str, Any]] = []
        for number in self._numbers(form_name(name)):
            one = (*name, number)
            if f"{form_name(one)}.remove" in self.form:
                continue
            if f"{form_name(one)}.new" in self.form and self._is_untouched(node.nodes, blank, one):
                continue
            found.append(self.read(node.nodes, blank, (*at, len(found)), one))
        return found

    def _numbers(self, name: str) -> list[int]:
        pattern = re.compile(rf"{re.escape(name)}\.(\d{{1,3}})\.")
        found = {int(match[1]) for each in self.form if (match := pattern.match(each))}
        return sorted(found)[:_MOST_ITEMS]

    def _is_untouched(self, nodes: Sequence[Node], blank: Mapping[str, Any], name: Path) -> bool:
        """Whether the empty form for one more was left as it was drawn."""
        for node in nodes:
            if isinstance(node, Field) and node.kind not in ("yes", "choice", "some"):
                before = shown(node, blank.get(node.path))
                if self.form.get(form_name((*name, node.path)), "").strip() not in ("", before):
                    return False
        return True

    def _part(self, node: Part, value: Mapping[str, Any], at: Path, name: Path) -> dict[str, Any] | None:
        keys = tuple(node.path.split("."))
        if f"{form_name((*name, *keys))}.here" not in self.form:
            return None
        return self.read(node.nodes, self.blanks[node.blank], (*at, *keys), (*name, *keys))


def _number(typed: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(typed)
        except ValueError:
            continue
    return typed


def _table(typed: str) -> dict[str, Any] | str:
    try:
        return tomllib.loads(typed)
    except tomllib.TOMLDecodeError:
        return typed


def _pairs(typed: str) -> dict[str, str]:
    found = {}
    for line in typed.splitlines():
        key, _, value = line.partition("=")
        if key.strip():
            found[key.strip()] = value.strip()
    return found


def _put(value: dict[str, Any], path: str, found: Any) -> None:
    *way, last = path.split(".")
    for key in way:
        inner = value.get(key)
        value[key] = value = dict(inner) if isinstance(inner, Mapping) else {}
    value[last] = found


def _drop(value: dict[str, Any], path: str) -> None:
    *way, last = path.split(".")
    here: Any = value
    for key in way:
        here = here.get(key)
        if not isinstance(here, dict):
            return
    here.pop(last, None)
