"""What a setting is called where a change of it is told: by the words that its page has for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from webui.settings.fields import Field, Heading, Listed, Node, Section
from webui.settings.tables import SECTIONS
from webui.translation import gettext as _


def said_path(path: str) -> str:
    """``lines.main.sip.trunks.bt.host`` → ``Lines main › Provider bt › Server``; one that no page has, as it is."""
    first, _dot, rest = path.partition(".")
    for section in SECTIONS.values():
        if first in section.parts:
            found = _in_section(section, path if section.names else rest)
            if found:
                return found
    return path.replace("_", " ").replace(".", " › ")


def _in_section(section: Section, rest: str) -> str:
    title = _(section.title)
    if not section.is_list:
        found = _in_nodes(section.nodes, rest)
        return f"{title} › {found}" if found else ""
    every = (section.nodes, *(nodes for _kind, nodes in section.kinds))
    for name, within in _names(rest):
        for nodes in every:
            if found := _in_nodes(nodes, within):
                return f"{title} {name} › {found}"
    return f"{title} {rest}"


def _in_nodes(nodes: Sequence[Node], rest: str) -> str:
    for node in nodes:
        if isinstance(node, Heading):
            continue
        if rest == node.path:
            return _(node.label if isinstance(node, Field) else node.heading)
        within = rest.removeprefix(f"{node.path}.")
        if within == rest or isinstance(node, Field):
            continue
        if isinstance(node, Listed):
            for name, inner in _names(within):
                if found := _in_nodes(node.nodes, inner):
                    return f"{_(node.one)} {name} › {found}"
        elif found := _in_nodes(node.nodes, within):
            return f"{_(node.heading)} › {found}"
    return ""


def _names(rest: str) -> Iterator[tuple[str, str]]:
    """Where the name of an item may end: it may have dots in it."""
    parts = rest.split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end]), ".".join(parts[end:])
