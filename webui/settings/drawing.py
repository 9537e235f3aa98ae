"""A section of the settings as a page shows it: each field with its value, and with what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webui.settings.fields import Field, Heading, Listed, Node, Part

STARS = "**********"

Path = tuple[str | int, ...]
Mistakes = Mapping[Path, str]


@dataclass(frozen=True)
class DrawnField:
    """``name``: in the form. ``is_set``: there is a secret, which is not shown."""

    name: str
    field: Field
    value: Any
    mistake: str = ""
    is_set: bool = False
    form = "field"

    @property
    def wants_a_look(self) -> bool:
        """Whether it must not stay folded away."""
        return bool(self.mistake) or (self.field.kind == "toml" and bool(self.value))


@dataclass(frozen=True)
class DrawnHeading:
    heading: Heading
    form = "heading"


@dataclass(frozen=True)
class Drawing:
    """``rare``: what stands under "More"; ``is_open``: something there wants a look."""

    common: Sequence[Drawn]
    rare: Sequence[Drawn] = ()
    is_open: bool = False


@dataclass(frozen=True)
class DrawnItem:
    """``is_new``: one that counts only once something is typed."""

    name: str
    drawing: Drawing
    is_new: bool = False


@dataclass(frozen=True)
class DrawnList:
    name: str
    listed: Listed
    items: Sequence[DrawnItem]
    mistake: str = ""
    form = "list"


@dataclass(frozen=True)
class DrawnPart:
    name: str
    part: Part
    is_there: bool
    drawing: Drawing
    mistake: str = ""
    form = "part"


Drawn = DrawnField | DrawnHeading | DrawnList | DrawnPart


@dataclass
class Drawer:
    """
    Attributes:
        blanks: what new things begin as.
        mistakes: by path from the top of the section's value; what was told beside a field is taken out.
    """

    blanks: Mapping[str, Any]
    mistakes: dict[Path, str] = field(default_factory=dict)

    def drawn(self, nodes: Sequence[Node], value: Mapping[str, Any], at: Path = ()) -> Drawing:
        common: list[Drawn] = []
        rare: list[Drawn] = []
        for node in nodes:
            is_rare = isinstance(node, Field | Heading) and node.rare
            (rare if is_rare else common).append(self._node(node, nodes, value, at))
        is_open = any(isinstance(each, DrawnField) and each.wants_a_look for each in rare)
        return Drawing(common, rare, is_open)

    def _node(self, node: Node, nodes: Sequence[Node], value: Mapping[str, Any], at: Path) -> Drawn:
        if isinstance(node, Heading):
            return DrawnHeading(node)
        path = (*at, *node.path.split("."))
        name, found = form_name(path), value_at(value, node.path)
        if isinstance(node, Listed):
            return DrawnList(name, node, list(self._items(node, found or [], path)), self._mistake(path))
        if isinstance(node, Part):
            drawing = self.drawn(node.nodes, found or self.blanks[node.blank], path)
            return DrawnPart(name, node, found is not None, drawing, self._mistake(path))
        if path[-1] == "*":
            return DrawnField(name, node, shown(node, others(nodes, node, value)), self._beneath(path[:-1]))
        secret = node.kind == "secret"
        return DrawnField(name, node, shown(node, found), self._beneath(path), is_set=secret and bool(found))

    def _items(self, node: Listed, found: Sequence[Mapping[str, Any]], path: Path) -> Iterator[DrawnItem]:
        for place, item in enumerate(found):
            here = (*path, place)
            yield DrawnItem(form_name(here), self.drawn(node.nodes, item, here))
        here = (*path, len(found))
        yield DrawnItem(form_name(here), self.drawn(node.nodes, self.blanks[node.blank], here), is_new=True)

    def _mistake(self, path: Path) -> str:
        return self.mistakes.pop(path, "")

    def _beneath(self, path: Path) -> str:
        """Of a list in one field any value may be wrong."""
        found = [each for each in self.mistakes if each[: len(path)] == path]
        told = "; ".join(self.mistakes[each] for each in found)
        for each in found:
            del self.mistakes[each]
        return told


def form_name(path: Path) -> str:
    return ".".join(map(str, path))


def value_at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def others(nodes: Sequence[Node], node: Field, value: Mapping[str, Any]) -> dict[str, Any]:
    """All of a table that has no field of its own."""
    table = node.path.removesuffix(".*")
    own = {each.path for each in nodes if isinstance(each, Field)}
    found = value_at(value, table) or {}
    return {key: each for key, each in found.items() if f"{table}.{key}" not in own}


def _toml(table: Mapping[str, Any]) -> str:
    import tomlkit  # one form in fifty has such a field

    return tomlkit.dumps(table).strip()


def shown(node: Field, value: Any) -> Any:
    """As the form's control holds it."""
    if node.kind == "yes":
        return value is True
    if node.kind == "secret":
        return ""
    if node.kind in ("lines", "numbers"):
        return "\n".join(str(each) for each in value or ())
    if node.kind == "some":
        return list(value or ())
    if node.kind == "pairs":
        return "\n".join(
            f"{key} = {str(each).lower() if isinstance(each, bool) else each}" for key, each in (value or {}).items()
        )
    if node.kind == "toml":
        return value if isinstance(value, str) else _toml(value or {})
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
