"""The evidence pack for an auditor: how the office stands, its settings, its retention, what was verified, and the last
lines of the evidence, as one paper. It has what its reader's role may see, and says where it left something out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.settings_changes import flat
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.audit.audit_desk import AuditDesk, Wanted
from webui.audit.views import ReadableLine, readable
from webui.compliance.duty_desk import DutyDesk
from webui.compliance.facts import Facts, shown_day
from webui.compliance.items import looked_at
from webui.compliance.law import AS_OF, laws
from webui.compliance.printed_page import Block, Bullets, Heading, PrintedPage, Rows, Text
from webui.compliance.verdicts import Verdict
from webui.compliance.what_is_asked import groups
from webui.error_words import in_words
from webui.holds.retention_desk import RetentionDesk
from webui.translation import gettext as _

_CHECKS = ("integrity-checked", "integrity-fault", "integrity-mended", "evidence-exported")
_PAGES_OF_LINES = 4


@dataclass(frozen=True)
class PackSources:
    """Whom the pack is asked of: each says for itself what the visitor may see."""

    duties: DutyDesk
    audit: AuditDesk
    retention: RetentionDesk
    opener: ControlClient
    zone: ZoneInfo


def contents() -> tuple[str, ...]:
    """What a pack has in it, for the page before it is taken and for the evidence."""
    return ("compliance", "confirmations", "retention", "verification", "settings", "evidence", "law")


def evidence_pack(sources: PackSources, who: Visitor) -> PrintedPage:
    """Everything that the visitor may see. That it is taken stands in the evidence before it is made.

    Raises:
        ServiceAway, NotAllowed, StorageError: as the desks do.
    """
    sources.duties.take_pack(who, contents())
    facts = sources.duties.facts(who)
    blocks = (
        Text(
            _("Made from the box itself. It is not legal advice. What the reader's role may not see is left out."), True
        ),
        *_standing(facts),
        *_confirmed(facts),
        *_kept(sources, who),
        *_verified(sources, who),
        *_settings(sources, who),
        *_lines(sources, who),
        *_law(),
    )
    return PrintedPage("evidence-pack", _("Evidence pack"), _("for an auditor"), tuple(blocks))


def _standing(facts: Facts) -> Iterator[Block]:
    names = {Verdict.MET: _("In place"), Verdict.MISSING: _("Missing"), Verdict.UNKNOWN: _("Not known")}
    yield Heading(_("How the office stands"))
    rows = tuple(
        (row.item.title, names[row.finding.verdict], row.finding.reason)
        for group in looked_at(facts, groups()).groups
        for row in group.rows
    )
    yield Rows((_("What the law asks"), _("Found"), _("Why")), rows, (4, 2, 6))
    yield Text(_("Breaches recorded: %(count)s.") % {"count": len(facts.breaches)})


def _confirmed(facts: Facts) -> Iterator[Block]:
    yield Heading(_("What directors confirmed"))
    words = sorted(facts.words.values(), key=lambda word: word.duty.value)
    titles = {item.duty: item.title for group in groups() for item in group.items if item.duty}
    rows = tuple((titles[each.duty], each.by, shown_day(each.on), shown_day(each.until), each.note) for each in words)
    if rows:
        yield Rows((_("What"), _("By"), _("For"), _("Until"), _("Note")), rows, (4, 2, 2, 2, 5))
    else:
        yield Text(_("Nothing yet."))


def _kept(sources: PackSources, who: Visitor) -> Iterator[Block]:
    kept = sources.retention.shown(who)
    yield Heading(_("How long calls are kept"))
    rows = tuple(
        (each.name, each.keeps, _("yes") if each.regulated else _("no"), f"{each.calls:,}", f"{each.soon:,}")
        for each in kept.classes
    )
    head = (_("Class"), _("Kept for"), _("Regulated"), _("Calls"), _("Due within 30 days"))
    yield Rows(head, rows, (3, 3, 2, 2, 3)) if rows else Text(_("The classes are not known yet."))
    yield Text(_("Kept beyond their time by a legal hold: %(count)s.") % {"count": kept.held})


def _verified(sources: PackSources, who: Visitor) -> Iterator[Block]:
    yield Heading(_("What was verified"))
    page = sources.audit.lines(who, Wanted(kinds=_CHECKS))
    rows = tuple(
        (_moment(each, sources.zone), each.what, ", ".join(f"{name} {value}" for name, value in each.ids))
        for each in (readable(line, page.names, sources.zone) for line in page.lines[:20])
    )
    if rows:
        yield Rows((_("When"), _("What"), _("Result")), rows, (3, 5, 5))
    else:
        yield Text(_("The box has not yet been through its sealed files and its log. It does so by itself."))
    damaged = sum(not line.sound or line.number is None for line in page.lines)
    yield Text(_("Damaged or altered among these lines: %(count)s.") % {"count": damaged})
    yield Text(
        _(
            "An auditor can check all of it without this box: the page “Evidence” gives a day's lines as they "
            "stand, and "
            "the program verify-recordings checks them and sealed files with the device's public key and a checkpoint "
            "that was kept elsewhere."
        ),
        True,
    )


def _settings(sources: PackSources, who: Visitor) -> Iterator[Block]:
    yield Heading(_("The settings"))
    if not any(allowed(who, action) for action in LOOKING):
        yield Text(_("The reader's role does not see them."))
        return
    try:
        document: Mapping[str, Any] = sources.opener.get("/settings", token=who.token)["document"]
    except EarmarkError as away:
        yield Text(_("They could not be had: %(why)s") % {"why": in_words(away)})
        return
    yield Text(_("Secrets are stars."), True)
    rows = tuple((path, _value(value)) for path, value in sorted(flat(document).items()))
    yield Rows((_("Setting"), _("Value")), rows, (5, 5))


def _lines(sources: PackSources, who: Visitor) -> Iterator[Block]:
    yield Heading(_("The last lines of the evidence"))
    shown: list[ReadableLine] = []
    before, in_full = "", True
    for _page in range(_PAGES_OF_LINES):
        page = sources.audit.lines(who, Wanted(before=before))
        shown += [readable(line, page.names, sources.zone) for line in page.lines]
        before, in_full = page.older, page.with_details
        if not before:
            break
    if not in_full:
        yield Text(_("Without names and reasons, which the reader's role does not see."), True)
    rows = tuple((str(each.number or "–"), _moment(each, sources.zone), each.what, _about(each)) for each in shown)
    head = (_("Line"), _("When"), _("What"), _("By whom, and details"))
    yield Rows(head, rows, (1, 2.6, 4, 6)) if rows else Text(_("Nothing yet."))


def _law() -> Iterator[Block]:
    yield Heading(_("The law that this follows, as of %(day)s") % {"day": shown_day(AS_OF)})
    yield Bullets(tuple(f"{law.name}. {law.asks}" for law in laws()))


def _moment(line: ReadableLine, zone: ZoneInfo) -> str:
    return f"{line.at.astimezone(zone):%d.%m.%Y %H:%M}" if line.at else "–"


def _about(line: ReadableLine) -> str:
    people = ", ".join(each for each in (line.who, line.whom) if each)
    details = "; ".join(f"{label}: {text}" for label, text in line.details)
    return "; ".join(each for each in (people, details) if each)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return str(value) if value not in (None, "") else "–"
