"""What is wrong with the box, as the keeper found it, and saying that one knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.core.access_policy import Action
from firmware.core.errors import EarmarkError
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.translation import gettext as _
from webui.translation import marked

#: What pages that fix something are called in the navigation.
_PAGES = {
    "/holds": marked("Keeping"),
    "/disk": marked("the data disk"),
    "/updates": marked("Updates"),
    "/certificate": marked("Certificate"),
    "/programs": marked("Programs"),
}
#: What somebody needs for one of these that not everybody has who sees what is wrong.
_FOR = {"/certificate": Action.CHANGE_SETTINGS, "/updates": Action.UPDATE, "/programs": Action.CONNECT_PROGRAMS}
_TAGS = {"fault": marked("Fault"), "attention": marked("Needs attention"), "note": marked("Worth knowing")}


@dataclass(frozen=True)
class ShownFinding:
    """One thing that is wrong. ``page``: where on this site the fix is; ``command``: what does it on the box."""

    id: str
    title: str
    severity: str
    what: str
    words: str
    command: str
    page: str
    since: datetime
    known_by: str = ""
    known_until: datetime | None = None

    @property
    def page_name(self) -> str:
        return _(_PAGES.get(self.page, marked("the page for it")))

    @property
    def tag(self) -> str:
        return _(_TAGS.get(self.severity, self.severity))


@dataclass(frozen=True)
class ShownCheck:
    """One thing that the box looks at by itself, and how many findings it has."""

    title: str
    findings: int


@dataclass(frozen=True)
class Findings:
    """``wrong``: what nobody has said yet that they know of; ``known``: the others; ``notes``: what is no trouble."""

    wrong: tuple[ShownFinding, ...]
    known: tuple[ShownFinding, ...]
    notes: tuple[ShownFinding, ...]
    checks: tuple[ShownCheck, ...]

    @property
    def well(self) -> int:
        """How many checks found nothing."""
        return sum(not check.findings for check in self.checks)


def shut_pages(who: Visitor) -> frozenset[str]:
    """Where something is put right, and this visitor is turned away."""
    return frozenset(page for page, action in _FOR.items() if not allowed(who, action))


def findings_of(keeper: ControlClient) -> Findings | None:
    """None when the keeper does not answer: its own card says so."""
    try:
        answer = keeper.get("/findings")
    except EarmarkError:
        return None
    found = [_shown(each) for each in answer.get("findings", ())]
    checks = tuple(ShownCheck(str(each["title"]), int(each["findings"])) for each in answer.get("checks", ()))
    return Findings(
        tuple(each for each in found if each.severity != "note" and not each.known_by),
        tuple(each for each in found if each.known_by),
        tuple(each for each in found if each.severity == "note" and not each.known_by),
        checks,
    )


class FindingDesk:
    """Says for somebody that they know, through the opener, which puts it on record."""

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def acknowledge(self, who: Visitor, finding: str, for_days: int | None) -> None:
        """Raises NoSuchFinding, NotAllowed, SettingsError and ServiceAway as the opener does."""
        asked = {"finding": finding[:200], "for_days": for_days}
        self._opener.post("/findings/acknowledge", asked, token=who.token)


def _shown(finding: Mapping[str, Any]) -> ShownFinding:
    fix, said = finding["fix"], finding.get("acknowledged")
    return ShownFinding(
        str(finding["id"]),
        str(finding["title"]),
        str(finding["severity"]),
        str(finding["what"]),
        str(fix["words"]),
        str(fix.get("command", "")),
        str(fix.get("page", "")),
        _moment(finding["since_ms"]),
        str(said["by"]) if said else "",
        _moment(said["until_ms"]) if said and said.get("until_ms") else None,
    )


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
