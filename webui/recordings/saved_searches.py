"""A person's saved searches, as the opener keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from webui.access.opener import Visitor


@dataclass(frozen=True)
class SavedSearch:
    """``query`` is the address's."""

    name: str
    query: Mapping[str, str]


class SavedSearches:
    """Any thread."""

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def of(self, who: Visitor) -> list[SavedSearch]:
        """By name; none while they cannot be had: the list of calls is there all the same."""
        try:
            found = self._opener.get("/searches", token=who.token)["searches"]
        except EarmarkError:
            return []
        return [SavedSearch(str(each["name"]), dict(each["query"])) for each in found]

    def save(self, who: Visitor, name: str, query: Mapping[str, str]) -> None:
        """
        Raises:
            NotAllowed, SettingsError, ServiceAway, StorageError: it was not saved.
        """
        self._opener.post("/searches", {"name": name[:200], "query": dict(query)}, token=who.token)

    def delete(self, who: Visitor, name: str) -> None:
        self._opener.post("/searches/delete", {"name": name[:200]}, token=who.token)
