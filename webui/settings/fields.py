"""What a page of settings is made of: fields, lists of things that have fields, and parts that may be there or not.

Labels and sentences are in British English and are asked for in the reader's language when a page is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: yes: a box to tick. lines, numbers: one value a line. secret: shown to nobody. some: boxes, any of which. pairs:
#: "key = value", one a line. toml: a table, as a text of TOML.
Kind = Literal["text", "number", "yes", "choice", "lines", "numbers", "secret", "some", "pairs", "toml"]
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Field:
    """One setting.

    Attributes:
        path: from the thing that it belongs to. One that ends in ``.*`` is for all that have no field of their own.
        rare: shown under "More".
        left_out: when it is empty, the settings do not have it.
        only: shown where the choice before it is one of these.
        options: which of the office's own names may be chosen, if any: "prompts", "lines", "classes",
            "formats".
    """

    path: str
    label: str
    says: str = ""
    kind: Kind = "text"
    choices: Choices = ()
    least: float | None = None
    most: float | None = None
    rare: bool = False
    left_out: bool = False
    options: str = ""
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """What follows has this in common."""

    text: str
    says: str = ""
    rare: bool = False


@dataclass(frozen=True)
class Listed:
    """Any number of things, each with fields. ``blank``: by what name the clerk knows a new one; ``opened``: there must
    be one, so the form for it is open at first.
    """

    path: str
    heading: str
    one: str
    says: str
    nodes: tuple[Node, ...]
    blank: str
    opened: bool = False


@dataclass(frozen=True)
class Part:
    """Something that is there or not. ``tick``: what somebody says who wants it."""

    path: str
    heading: str
    tick: str
    nodes: tuple[Node, ...]
    blank: str


Node = Field | Heading | Listed | Part


@dataclass(frozen=True)
class Section:
    """One section of the settings, as a page of its own.

    Attributes:
        names: the document's sections that it is made of; a list has one.
        one: what a single item of a list is called; empty where the section is no list.
        blanks: which new items there can be, with what they are called.
        kinds: the nodes of items by their ``kind``, where items are of several.
    """

    name: str
    title: str
    says: str
    nodes: tuple[Node, ...] = ()
    names: tuple[str, ...] = ()
    one: str = ""
    blanks: Choices = ()
    kinds: tuple[tuple[str, tuple[Node, ...]], ...] = ()
    ordered: bool = False

    @property
    def is_list(self) -> bool:
        return bool(self.one)

    @property
    def parts(self) -> tuple[str, ...]:
        return self.names or (self.name,)

    def nodes_of(self, item: object) -> tuple[Node, ...]:
        """The nodes for one item."""
        kind = item.get("kind") if isinstance(item, dict) else None
        return dict(self.kinds).get(str(kind), self.nodes)
