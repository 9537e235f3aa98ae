"""Searches as the opener must hear of them, before their results are shown: each is in the evidence."""

from __future__ import annotations

from firmware.adapters.control.client import ControlClient
from webui.access.opener import Visitor
from webui.recordings.call_search import CallSearch

_LONGEST = 200


class SearchDesk:
    """Any thread."""

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def tell(self, who: Visitor, search: CallSearch) -> None:
        """
        Raises:
            NotAllowed, SignInRefused: nothing may be shown.
            ServiceAway: the opener does not answer; nothing may be shown either.
        """
        query = {name: value[:_LONGEST] for name, value in search.parameters().items()}
        self._opener.post("/search", {"query": query}, token=who.token)
