"""What the page asks the box's own process about updates, and how that reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.system_update import Phase
from webui.access.opener import Visitor
from webui.error_words import in_words
from webui.translation import from_the_box, marked
from webui.translation import gettext as _

_STAGES = {
    "fetching": marked("The update is being fetched."),
    "checking": marked("Who signed the update is being checked."),
    "writing": marked("The update is being written beside what runs. Calls go on, and are recorded."),
}
_MOODS = {Phase.STAYED: "well", Phase.LEFT: "attention", Phase.FAILED: "attention"}


@dataclass(frozen=True)
class Underway:
    """One that is being fetched, checked, written or tried. ``percent``: of writing; None: nobody can say."""

    words: str
    said: str = ""
    percent: int | None = None


@dataclass(frozen=True)
class Waiting:
    """One that is written. ``until`` says what the restart waits for, ``now`` what is in its way at this moment."""

    version: str
    until: str
    now: str
    hurries: bool


@dataclass(frozen=True)
class Came:
    """What the newest one has come to. ``mood`` as on the health page."""

    mood: str
    mood_name: str
    words: str
    why: str
    who: str
    begun_at: datetime


@dataclass(frozen=True)
class UpdateView:
    """``trouble``: why nothing is known, or what stopped the last one before anything was written."""

    version: str = ""
    beside: str = ""
    underway: Underway | None = None
    waiting: Waiting | None = None
    came: Came | None = None
    trouble: str = ""

    @property
    def is_free(self) -> bool:
        """Whether another may begin."""
        return bool(self.version) and self.underway is None and self.waiting is None


class UpdateDesk:
    """Any thread. What changes anything raises what the box's process and the opener do: UpdateRefused, NotAllowed,
    SignInRefused, StorageError, ServiceAway.
    """

    def __init__(self, box: ControlClient) -> None:
        self._box = box

    def shown(self) -> UpdateView:
        try:
            told = self._box.get("/update")
        except EarmarkError as error:
            return UpdateView(trouble=in_words(error))
        newest = told["newest"]
        return UpdateView(
            told["version"],
            told["beside"],
            _underway(told["work"], newest),
            _waiting(told, newest),
            _came(newest),
            from_the_box(told["work"]["why"]),
        )

    def apply_sent(self, who: Visitor, *, at_once: bool) -> None:
        self._box.post("/update/apply", {"source": "sent", "at_once": at_once}, token=who.token)

    def apply_from(self, who: Visitor, url: str, *, at_once: bool) -> None:
        self._box.post("/update/apply", {"source": "address", "url": url, "at_once": at_once}, token=who.token)

    def restart_soon(self, who: Visitor) -> None:
        self._box.post("/update/restart", token=who.token)

    def go_back(self, who: Visitor, *, at_once: bool) -> None:
        self._box.post("/update/go-back", {"at_once": at_once}, token=who.token)


def _underway(work: Mapping[str, Any], newest: Mapping[str, Any] | None) -> Underway | None:
    if work["stage"]:
        return Underway(
            _(_STAGES[work["stage"]]),
            from_the_box(work["said"]),
            work["percent"] if work["stage"] == "writing" else None,
        )
    if newest is None or Phase(newest["phase"]) not in (Phase.WRITING, Phase.TRIAL):
        return None
    words = from_the_box(Phase(newest["phase"]).words)
    return Underway(_("Version %(version)s %(words)s.") % {"version": newest["version"], "words": words})


def _waiting(told: Mapping[str, Any], newest: Mapping[str, Any] | None) -> Waiting | None:
    if newest is None or Phase(newest["phase"]) is not Phase.WAITING:
        return None
    if newest["at_once"]:
        until = _("The box restarts for it within two minutes, once no call is up.")
    elif told["by_hours"]:
        until = _("The box restarts for it by itself once the office is closed and no call is up.")
    else:
        until = _("The box restarts for it tonight between two and five, once no call is up.")
    return Waiting(newest["version"], until, from_the_box(told["waits_for"]), newest["at_once"])


def _came(newest: Mapping[str, Any] | None) -> Came | None:
    if newest is None or (phase := Phase(newest["phase"])) not in _MOODS:
        return None
    what = (
        _("Going back to version %(version)s %(words)s.")
        if newest["went_back"]
        else _("Version %(version)s %(words)s.")
    )
    return Came(
        _MOODS[phase],
        _("Done") if phase is Phase.STAYED else _("Not done"),
        what % {"version": newest["version"], "words": from_the_box(phase.words)},
        from_the_box(newest["why"]),
        newest["who"],
        datetime.fromtimestamp(newest["begun_at_ms"] / 1000, UTC),
    )
