"""One section's page: which part of the document it is about, how it is drawn, and what its form makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from webui.settings.drawing import Drawer, Drawing, Path
from webui.settings.fields import Section
from webui.settings.reading import Form, Reader
from webui.settings.settings_desk import SettingsView


@dataclass(frozen=True)
class Place:
    """What a form is about: a section, or one item of it.

    Attributes:
        item: which, from 0; None for a section that is no list.
        blank: what kind of new item it is; empty for what is there already.
    """

    section: Section
    item: int | None = None
    blank: str = ""

    def is_in(self, document: Mapping[str, Any]) -> bool:
        if self.item is None:
            return True
        return self.item < len(document[self.section.name]) + bool(self.blank)

    def value_in(self, settings: SettingsView) -> Mapping[str, Any]:
        """What there is now, or what a new one begins as."""
        if self.blank:
            found: Mapping[str, Any] = settings.blanks[self.blank]
            return found
        if self.item is not None:
            item: Mapping[str, Any] = settings.document[self.section.name][self.item]
            return item
        if self.section.names:
            return {name: settings.document[name] for name in self.section.names}
        whole: Mapping[str, Any] = settings.document[self.section.name]
        return whole

    def put_in(self, document: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
        """The document with ``value`` in this place."""
        if self.section.names:
            return {**document, **value}
        if self.item is None:
            return {**document, self.section.name: value}
        items = list(document[self.section.name])
        items[self.item : self.item + (0 if self.blank else 1)] = [value]
        return {**document, self.section.name: items}

    @property
    def at(self) -> Path:
        """The way to the value from the top of the document."""
        if self.section.names:
            return ()
        return (self.section.name,) if self.item is None else (self.section.name, self.item)


@dataclass(frozen=True)
class Typed:
    """What a form says: the section's value, and under which name each setting stands in the form."""

    value: Mapping[str, Any]
    names: Mapping[Path, str]


def typed(place: Place, settings: SettingsView, form: Form) -> Typed:
    reader = Reader(form, settings.blanks)
    base = place.value_in(settings)
    return Typed(reader.read(place.section.nodes_of(base), base), reader.names)


def drawn(
    place: Place, settings: SettingsView, value: Mapping[str, Any], mistakes: Mapping[Path, str]
) -> tuple[Drawing, list[str]]:
    """The form, and what is wrong that stands beside none of its fields."""
    depth = len(place.at)
    own = {path[depth:]: what for path, what in mistakes.items() if path[:depth] == place.at}
    drawer = Drawer(settings.blanks, own)
    drawing = drawer.drawn(place.section.nodes_of(value), value)
    elsewhere = {path: what for path, what in mistakes.items() if path[:depth] != place.at}
    return drawing, [_sentence(path, what) for path, what in (drawer.mistakes | elsewhere).items()]


def by_name(place: Place, found: Typed, mistakes: Mapping[Path, str]) -> dict[str, str]:
    """What is wrong beside the fields of a form as it stands in a browser, by their names."""
    beside: dict[str, str] = {}
    depth = len(place.at)
    for path, what in mistakes.items():
        name = _name_of(path[depth:], found.names) if path[:depth] == place.at else ""
        if name:
            beside[name] = f"{beside[name]}; {what}" if name in beside else what
    return beside


def moved(document: Mapping[str, Any], place: Place, by: int) -> dict[str, Any]:
    """An item of an ordered list, one up or down."""
    items = list(deepcopy(document[place.section.name]))
    assert place.item is not None
    item = items.pop(place.item)
    items.insert(max(0, place.item + by), item)
    return {**document, place.section.name: items}


def without(document: Mapping[str, Any], place: Place) -> dict[str, Any]:
    items = [each for number, each in enumerate(document[place.section.name]) if number != place.item]
    return {**document, place.section.name: items}


def _name_of(path: Path, names: Mapping[Path, str]) -> str:
    for end in range(len(path), 0, -1):
        if path[:end] in names:
            return names[path[:end]]
    return ""


def _sentence(path: Path, what: str) -> str:
    """For what has no field on this page."""
    said = " ".join(str(each + 1) if isinstance(each, int) else each.replace("_", " ") for each in path)
    return f"{said}: {what}" if said else what[:1].upper() + what[1:]
