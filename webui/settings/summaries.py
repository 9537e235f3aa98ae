"""What the settings are, in a few words each: for the first page, and for lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webui.settings.fields import Section
from webui.settings.tables.calls import MODES
from webui.settings.tables.lines import KIND_NAMES
from webui.translation import gettext as _
from webui.translation import ngettext

_MODES = dict(MODES)


@dataclass(frozen=True)
class Item:
    """One of a list: what it is called, and what it is or does."""

    name: str
    words: str


@dataclass(frozen=True)
class Summaries:
    document: Mapping[str, Any]

    def of(self, section: Section) -> str:
        """Empty where there is nothing short to say."""
        found = self.document[section.parts[0]]
        if section.name == "retention" and not found:
            return _("Six years")
        if section.is_list:
            return ", ".join(_name(each) for each in found[:4]) + (" …" if len(found) > 4 else "") or _("None yet")
        return _SHORT[section.name](found) if section.name in _SHORT else ""

    def item(self, section: Section, item: Mapping[str, Any]) -> Item:
        return Item(_name(item), _WORDS[section.name](item) if section.name in _WORDS else "")


def summaries(document: Mapping[str, Any]) -> Summaries:
    return Summaries(document)


def _name(item: Mapping[str, Any]) -> str:
    return str(item.get("name") or item.get("number"))


def _hours(found: Mapping[str, Any]) -> str:
    days = sum(1 for value in list(found.values())[:7] if value)
    return (
        ngettext("Open on {days} day a week", "Open on {days} days a week", days).format(days=days)
        if days
        else (_("Always open"))
    )


def _told(found: Mapping[str, Any]) -> str:
    return ", ".join(each["name"] for each in found["destinations"]) or _("Nobody is told")


def _rule(rule: Mapping[str, Any]) -> str:
    narrowed = [*rule["lines"], *rule["extensions"], *rule["numbers"]]
    whom = ", ".join(narrowed[:4]) or _("every call")
    return f"{whom}: {_(_MODES[rule['mode']])}"


def _kept(each: Mapping[str, Any]) -> str:
    units = ((each["years"], _("years")), (each["months"], _("months")), (each["days"], _("days")))
    kept = ", ".join(f"{count} {unit}" for count, unit in units if count)
    return f"{kept}; {_('regulated')}" if each["regulated"] else kept


_SHORT: Mapping[str, Callable[[Any], str]] = {
    "office": lambda found: f"{found['name']}, {found['country']}",
    "hours": _hours,
    "codes": lambda found: " ".join(code for code in found.values() if code),
    "archive": lambda found: found["remote"].get("type") or _("No archive"),
    "alerts": _told,
    "panel": lambda found: _("None") if found["kind"] == "none" else "",
}
_WORDS: Mapping[str, Callable[[Any], str]] = {
    "lines": lambda line: f"{_(KIND_NAMES[line['kind']])}: {_(_MODES[line['mode']])}",
    "rules": _rule,
    "extensions": lambda each: _(_MODES[each["mode"]]),
    "retention": _kept,
    "smdr": lambda each: each["format"],
}
