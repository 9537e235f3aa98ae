"""What an installer does to a box that is no office yet, as the page asks for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.core.errors import ActionRefused
from firmware.core.set_up_book import SetUpBook
from webui.access.opener import Visitor
from webui.settings.settings_desk import Judged, SettingsView, judged_from
from webui.translation import gettext as _

#: What an installer may set; the rest is for the office to say.
SECTIONS = ("lines", "network")


class Fitting(Protocol):
    """Any thread. Raises EarmarkError, as the methods' names say for what."""

    def ask_clerk(self, act: str, **what: Any) -> Mapping[str, Any]: ...

    def keep(self, document: Mapping[str, Any]) -> None: ...

    def found(self) -> Mapping[str, Any]: ...

    def begin_trial(self) -> None: ...

    def end_trial(self) -> None: ...

    def tried(self) -> Mapping[str, Any]: ...

    def book(self) -> SetUpBook: ...

    def say(self, what: str, note: str, about: str) -> None: ...


@dataclass(frozen=True)
class DraftDesk:
    """``FormDesk`` over settings that are not in effect anywhere yet. Whoever gave the code may draft them."""

    fitting: Fitting

    def shown(self, who: Visitor) -> SettingsView:
        told = self.fitting.ask_clerk("show")
        prompts, doubts = tuple(told["prompts"]), tuple(told["doubts"])
        return SettingsView(
            told["document"], told["version"], told["blanks"], prompts, doubts, frozenset(SECTIONS), (), {}
        )

    def check(self, who: Visitor, document: Mapping[str, Any]) -> Judged:
        return judged_from(self.fitting.ask_clerk("judge", document=document))

    def change(self, who: Visitor, document: Mapping[str, Any], version: str) -> Judged:
        told = self.fitting.ask_clerk("judge", document=document)
        if told["mistakes"]:
            return judged_from(told)
        if told["version"] != version:
            raise ActionRefused(_("Somebody else changed this since the page was drawn."), _("Load the page again."))
        if not set(told["sections"]) <= set(SECTIONS):
            raise ActionRefused(_("An installer sets lines and the network."), _("The office says the rest."))
        self.fitting.keep(told["document"])
        return judged_from({**told, "saved": bool(told["sections"])})


def lines_digest(document: Mapping[str, Any]) -> str:
    """Of all lines as they are set: a word about their trial holds for these."""
    return hashlib.sha256(json.dumps(document["lines"], sort_keys=True).encode()).hexdigest()[:32]
