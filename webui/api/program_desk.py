"""Programs and web hooks, as a director's pages ask the opener and the keeper about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.errors import EarmarkError
from webui.access.opener import Visitor

_LONGEST = 200


class ProgramDesk:
    """Any thread. What asks the opener raises ``ServiceAway`` when it does not answer, and what it says."""

    def __init__(self, opener: ControlClient, keeper: ControlClient) -> None:
        self._opener = opener
        self._keeper = keeper

    def listed(self, who: Visitor) -> dict[str, Any]:
        """Programs and web hooks; each hook with how its messages fare, as far as the keeper says."""
        answer = self._opener.get("/programs", token=who.token)
        fares = self._fares()
        return {**answer, "web_hooks": [hook | {"fares": fares.get(hook["hook_id"])} for hook in answer["web_hooks"]]}

    def make(self, who: Visitor, name: str, scopes: Sequence[str], expires_at_ms: int) -> dict[str, Any]:
        """Raises SettingsError: it cannot be made so."""
        asked = {"name": name[:_LONGEST], "scopes": list(scopes), "expires_at_ms": expires_at_ms}
        return self._opener.post("/programs", asked, token=who.token)

    def revoke(self, who: Visitor, program_id: str) -> dict[str, Any]:
        """Raises NoSuchProgram."""
        return self._opener.post(path_of("programs", program_id, "revoke"), token=who.token)

    def set_hook(self, who: Visitor, name: str, url: str, numbers: bool) -> dict[str, Any]:
        """Raises SettingsError: it cannot be set so."""
        asked = {"name": name[:_LONGEST], "url": url[:900], "numbers": numbers}
        return self._opener.post("/web-hooks", asked, token=who.token)

    def remove_hook(self, who: Visitor, hook_id: str) -> dict[str, Any]:
        """Raises NoSuchProgram."""
        return self._opener.post(path_of("web-hooks", hook_id, "remove"), token=who.token)

    def try_hook(self, hook_id: str) -> str:
        """Send it a message now; why it was not taken, empty when it was. Raises NoSuchProgram, ServiceAway."""
        return str(self._keeper.post(path_of("web-hooks", hook_id, "try"))["why_not"])

    def _fares(self) -> Mapping[str, Any]:
        try:
            return {each["hook_id"]: each for each in self._keeper.get("/web-hooks")["web_hooks"]}
        except EarmarkError:  # the page is about more than that, and says that it is not known
            return {}
