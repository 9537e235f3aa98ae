"""What the settings say of how this office does what the law asks: read from the settings as they are kept.

Whoever kept them had them checked; here nothing is, so that a page can look without all that checks settings. What is
left out has the same default as there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from firmware.core.compliance.kept_policy import KeptLine, PatternOf, kept_lines, pattern_as_typed
from firmware.core.compliance.never_recorded import NeverRecorded, never_recorded
from firmware.core.compliance.possible_decisions import Calls, possible_decisions
from firmware.core.feature_code import FeatureCodes
from firmware.core.recording_decision import Decision, decision
from firmware.core.retention import Period, RetentionClass, RetentionClasses

_Document = Mapping[str, Any]
#: What is played where the settings do not say.
NOTICE = "call-recorded"
ON_DEMAND_NOTICE = "recording-starts"
_TELLS_ITSELF = frozenset({"sip", "generator"})
_USUAL = (decision("pausable", "line"),)


@dataclass(frozen=True)
class LineFacts:
    """One line. ``inbound`` and ``outbound``: everything that may be decided of such calls, by a rule, an extension or
    the line itself. ``tells_started``: whoever is on the line hears that a recording starts on demand. ``told_by``: who
    tells people of recording where the line itself cannot; empty: nobody is named.
    """

    name: str
    inbound: tuple[Decision, ...] = _USUAL
    outbound: tuple[Decision, ...] = _USUAL
    speaks: bool = True
    tells_callers: bool = True
    tells_called: bool = False
    tells_started: bool = True
    warning_tone: bool = False
    opt_out_key: str = ""
    told_by: str = ""

    @classmethod
    def of(cls, line: _Document, kept: KeptLine) -> LineFacts:
        notice = line.get("notice") or {}
        return cls(
            name=kept.policy.line,
            inbound=possible_decisions(kept.policy, Calls("inbound", kept.own)),
            outbound=possible_decisions(kept.policy, Calls("outbound", kept.own)),
            speaks=line.get("kind") in _TELLS_ITSELF,
            tells_callers=bool(notice.get("inbound", NOTICE)),
            tells_called=bool(notice.get("outbound", "")),
            tells_started=bool(notice.get("on_demand", ON_DEMAND_NOTICE)),
            warning_tone=bool((line.get("warning_tone") or {}).get("every_s", 0)),
            opt_out_key=str((notice.get("opt_out") or {}).get("key", "")),
            told_by=str(line.get("notice_given_by", "")),
        )

    @property
    def records_callers(self) -> bool:
        return _recorded(self.inbound)

    @property
    def records_called(self) -> bool:
        return _recorded(self.outbound)

    @property
    def untold_callers(self) -> tuple[str, ...]:
        """What has callers recorded without telling them: of a line that speaks, from the beginning."""
        recorded = (each for each in self.inbound if (each.record if self.speaks else each.mode != "never"))
        return tuple(_whose(each) for each in recorded if not each.notice)

    @property
    def callers_hear_no_notice(self) -> bool:
        return self.speaks and not self.tells_callers and any(each.record for each in self.inbound)

    @property
    def callers_hear_no_start(self) -> bool:
        return self.speaks and not self.tells_started and _on_demand(self.inbound)

    @property
    def callers_told_first(self) -> bool:
        """By a notice, before they are put through, however their call is recorded."""
        silent = self.callers_hear_no_notice or self.untold_callers
        return self.speaks and not silent and not _on_demand(self.inbound)

    @property
    def callers_told(self) -> bool:
        """At the latest when a recording starts, by the line or whoever is named."""
        silent = self.callers_hear_no_notice or self.callers_hear_no_start or self.untold_callers
        return not silent and (self.speaks or bool(self.told_by))

    @property
    def called_told_first(self) -> bool:
        """However their call is recorded."""
        return self.called_told and not _on_demand(self.outbound)

    @property
    def called_told(self) -> bool:
        """People whom the office calls: by a notice, a tone or whoever is named."""
        if self.warning_tone:
            return True
        if not self.speaks:
            return bool(self.told_by) and all(each.notice for each in self.outbound if each.mode != "never")
        at_once = [each for each in self.outbound if each.record]
        silent = at_once and not (self.tells_called and all(each.notice for each in at_once))
        return not silent and (self.tells_started or not _on_demand(self.outbound))


@dataclass(frozen=True)
class OfficeFacts:
    """``storage``: kinds of places outside the box that copies go to."""

    lines: tuple[LineFacts, ...] = ()
    never: NeverRecorded = field(default_factory=NeverRecorded)
    codes: FeatureCodes = field(default_factory=FeatureCodes)
    resume_after_s: int = 180
    second_factor_required: bool = True
    classes: tuple[RetentionClass, ...] = tuple(RetentionClasses().by_name.values())
    storage: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: _Document, pattern_of: PatternOf = pattern_as_typed) -> OfficeFacts:
        """What a document of settings says. ``pattern_of`` knows how numbers are written in the office's country."""
        kept = kept_lines(document, pattern_of)
        lines = zip(document.get("lines") or (), kept, strict=True)
        classes = RetentionClasses(tuple(_class(each) for each in document.get("retention") or ()))
        return cls(
            lines=tuple(LineFacts.of(line, policy) for line, policy in lines),
            never=never_recorded(document, kept, pattern_of),
            codes=_codes(document.get("codes") or {}),
            resume_after_s=int((document.get("pause") or {}).get("resume_after_s", 180)),
            second_factor_required=(document.get("sign_in") or {}).get("second_factor", "required") == "required",
            classes=tuple(classes.by_name.values()),
            storage=_storage(document),
        )

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """Telephones of which no call is recorded, but perhaps one to an emergency number."""
        return self.never.phones

    @property
    def recorded_lines(self) -> tuple[LineFacts, ...]:
        """On which a call may be recorded, whatever says so."""
        return tuple(line for line in self.lines if line.records_callers or line.records_called)

    @property
    def unpausable(self) -> tuple[str, ...]:
        """What has calls recorded that nobody can pause: lines, extensions and rules, each once."""
        decided = (each for line in self.lines for each in (*line.inbound, *line.outbound))
        return tuple(dict.fromkeys(_whose(each) for each in decided if each.mode == "always"))


def _recorded(decided: Collection[Decision]) -> bool:
    return any(each.mode != "never" for each in decided)


def _on_demand(decided: Collection[Decision]) -> bool:
    return any(each.mode == "on_demand" for each in decided)


def _whose(decided: Decision) -> str:
    """``rule “sales”``, ``extension 203`` or ``line main``."""
    return decided.decided_by.rpartition(": ")[0]


def _codes(kept: _Document) -> FeatureCodes:
    """Those that this version knows."""
    return FeatureCodes(**{each.name: str(kept[each.name]) for each in fields(FeatureCodes) if each.name in kept})


def _class(kept: _Document) -> RetentionClass:
    period = Period(*(int(kept.get(unit, 0)) for unit in ("years", "months", "days")))
    return RetentionClass(str(kept.get("name", "")), period, bool(kept.get("regulated", False)))


def _storage(document: _Document) -> tuple[str, ...]:
    archive, backup = document.get("archive") or {}, document.get("backup") or {}
    remotes = [archive.get("remote") or {}, (backup.get("remote") or {}) if backup.get("enabled", True) else {}]
    return tuple(dict.fromkeys(str(remote["type"]) for remote in remotes if remote.get("type")))
