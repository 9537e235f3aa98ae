"""How lines of the evidence read: what happened, in plain words, and what their details mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.core.access_policy import Role
from firmware.core.case_clock import CaseKind
from webui.wording import size

#: Kinds by group, in the order of the page's list.
GROUPS: Mapping[str, Mapping[str, str]] = {
    "Listening and copies": {
        "listened": "Listened to a call",
        "downloaded": "Downloaded a call",
        "exported": "Exported a call by command",
        "searched": "Searched calls",
        "note-written": "Wrote a note",
        "listen-refused": "Was refused to listen",
        "download-refused": "Was refused a download",
        "export-refused": "Was refused an export",
        "search-refused": "Was refused a search",
        "action-refused": "Was refused what their role may not do",
    },
    "Signing in": {
        "signed-in": "Signed in",
        "sign-in-refused": "Sign-in refused",
        "signed-out": "Signed out",
        "sign-in-expired": "Sign-in ended by itself",
        "signed-out-everywhere": "Signed out everywhere",
        "password-changed": "Changed the pass phrase",
        "second-factor-set": "Set up a second step",
        "second-factor-removed": "Removed a second step",
    },
    "People and keys": {
        "person-invited": "Invited somebody",
        "invitation-withdrawn": "Invitation withdrawn",
        "person-joined": "Joined",
        "person-confirmed": "Confirmed somebody; who may listen got the office key",
        "person-changed": "Changed somebody's role or extension",
        "person-left": "Ended somebody's sign-in",
        "people-file-put-back": "The file of people was put back from an older copy",
        "leaver-withdrawn": "Somebody who had left was there again: their keys were withdrawn",
        "vouched": "Vouched for somebody",
        "recipients-changed": "Who can open recordings changed",
        "recovery-used": "The recovery key was used",
        "recovery-refused": "A try with the recovery key was refused",
        "recovery-key-replaced": "A new recovery key was made",
        "key-rotated": "A new office key was made",
        "keyslot-rewrapped": "A recording's keyslot was made anew",
    },
    "Access to calls": {
        "access-requested": "Asked to hear calls",
        "access-approved": "Opened calls to somebody",
        "access-refused": "Refused a request for calls",
        "request-refused": "Was not let ask for calls",
        "decision-refused": "Was not let decide a request",
        "access-ended": "Access to calls ended",
        "grant-destroyed": "What opened a call to somebody was destroyed",
    },
    "Keeping and erasing": {
        "hold-placed": "Placed a legal hold",
        "hold-reviewed": "Reviewed a legal hold",
        "hold-released": "Released a legal hold",
        "hold-lost": "Said to go on without a legal hold that was lost",
        "erase-ordered": "Ordered an erasure",
        "erase-refused": "An erasure was refused",
        "recording-erased": "A recording was erased",
        "erasure-doubted": "A recording is here: a restore did not believe that it was erased",
        "recording-redacted": "Part of a recording was silenced for good",
        "retention-changed": "How long recordings are kept was changed",
        "retention-confirmed": "Confirmed that a class keeps less long",
        "sweep-stopped": "Erasing what is due was stopped",
        "redaction-ordered": "Had part of a recording silenced",
        "redaction-opened": "Opened a recording to silence part of it",
        "redaction-opened-refused": "Was not let silence part of a recording",
        "case-opened": "Opened a case",
        "case-changed": "Worked on a case",
        "case-paper-added": "Added a paper to a case",
        "bundle-opened": "Opened a recording for a bundle",
        "bundle-opened-refused": "Was not let open a recording for a bundle",
        "case-closed": "Closed a case",
        "bundle-made": "Made a bundle for disclosure",
        "case-erased": "A closed case was erased",
        "details-erased": "Old names and reasons in the evidence were erased",
    },
    "Calls and recordings": {
        "call-paused": "Paused the recording of a call",
        "call-resumed": "Resumed the recording of a call",
        "call-recording-asked": "Asked for a call to be recorded",
        "call-reminder-played": "Played the reminder to a caller",
        "call-told-by-staff": "Noted that the caller was told",
        "call-marked": "Marked a moment of a call",
        "call-action-refused": "Something asked of a call was refused",
        "recording-started": "A recording began",
        "recording-resumed": "A recording went on in another part",
        "recording-closed": "A part of a recording was finished",
        "recording-recovered": "A part of a recording was found after an interruption",
        "missed-recording": "A call that was to be recorded has no recording, by the PBX's call log",
        "missed-recording-found": "The recording of a call that was missing was found",
        "missed-recording-explained": "Explained why a recording is missing",
        "catalogue-filled": "What a recording did not know was taken over from the PBX's call log",
        "logged-calls-erase-ordered": "Asked for rows of the PBX's call log to be erased",
        "logged-calls-erased": "Had rows of the PBX's call log erased",
    },
    "The box": {
        "settings-changed": "Changed settings",
        "prompt-kept": "Kept a new announcement",
        "prompt-removed": "Removed an announcement",
        "desk-offered": "Offered a desk its code",
        "desk-paired": "A desk was paired",
        "desk-revoked": "Revoked a desk",
        "box-act": "Had the box itself do something",
        "finding-acknowledged": "Said that they know of something wrong with the box",
        "clock-doubted": "The clock was doubted",
        "clock-believed": "The clock was believed again",
        "clock-trusted": "Somebody said that the clock is right",
        "integrity-checked": "The sealed files were checked",
        "integrity-fault": "A sealed file or the log was found damaged",
        "integrity-mended": "A damaged file is sound again",
        "spool-began": "The data disk was away: calls went to the spool",
        "taken-in": "A recording was taken in from the spool",
        "spool-emptied": "All of the spool was taken in",
        "greeting-kept": "Kept a greeting recorded by telephone",
        "archived": "Archived",
        "backup-made": "Made a backup",
        "restored": "Restored from a backup",
        "space-choice": "Chose what happens when the disk is nearly full",
        "space-short": "The room on the disk became short, or enough again",
        "space-shortened": "Recordings went before their time for want of room",
        "catalogue-rebuilt": "The list of calls was made anew",
        "update-begun": "Began an update of the box",
        "update-refused": "An update of the box was refused",
        "update-failed": "An update of the box could not be written",
        "update-stayed": "The box was updated",
        "update-left": "An update of the box was tried, and left for the version before",
        "update-taken-back": "Had the box go back to the version before",
        "entries-lost": "Entries could not be kept",
    },
    "Reading the evidence": {
        "evidence-read": "Read the evidence",
        "evidence-exported": "Took a copy of a day's evidence",
    },
}
_WORDS = {kind: words for group in GROUPS.values() for kind, words in group.items()}

#: Told in the line's own sentence, or no news for a person.
_UNSAID = frozenset({"name", "by", "who"})
_LABELS = {
    "purpose": "For",
    "case": "Case",
    "why": "Why",
    "reason": "Reason",
    "because": "Because",
    "noted": "Words in notes",
    "shorten": "Classes that go first",
    "to": "To",
    "role": "Role",
    "was": "Before",
    "query": "Looked for",
    "calls": "Calls",
    "refused_calls": "Calls refused",
    "names": "People",
    "turned_away": "Tries that came too soon",
    "ends_at_ms": "Until",
    "bytes": "Size",
    "second_factor": "Second step",
    "against": "Against",
    "what": "What",
    "finding": "Finding",
    "how": "How",
    "way": "By way of",
    "asked": "Asked for",
    "again": "After a forgotten pass phrase",
    "new": "New person",
    "since": "From",
    "until": "To",
    "kinds": "What",
    "about": "About",
    "started_at_ms": "Began",
    "wanted": "Described as",
}
_VALUES = {
    "totp": "code app",
    "recovery-code": "recovery code",
    "second-factor": "a lost phone or passkey",
    "lock": "a lock",
}
_DIGEST = re.compile(r"[0-9a-f]{40,}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ROLE_FIELDS = frozenset({"role", "was"})


def kind_words(kind: str) -> str:
    """What happened; a kind that has no words of its own reads as it is written."""
    return _WORDS.get(kind) or kind.replace("-", " ").capitalize()


def kinds_of(group: str) -> tuple[str, ...]:
    return tuple(GROUPS.get(group, ()))


def detail_words(detail: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[str, str]]:
    """A detail's fields with what they are called, without those that say nothing; times are told in ``zone``."""
    rows = []
    for name, value in detail.items():
        text = _text(name, value, zone)
        if text and name not in _UNSAID:
            rows.append((_LABELS.get(name) or name.replace("_", " ").capitalize(), text))
    return rows


def short_id(value: str) -> str:
    """Digests are for programs; their beginning tells people whether two are the same."""
    return f"{value[:12]}…" if _DIGEST.fullmatch(value) else value


def _text(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None or value is False or value == 0 or value == "":
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Mapping):
        parts = ((key.replace("_", " "), _text(key, each, zone)) for key, each in value.items())
        return ", ".join(f"{key} {text}" for key, text in parts if text)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_text(name, each, zone) for each in value)))
    if name in _ROLE_FIELDS:
        return _role(str(value))
    if name == "kind":
        return _kind(str(value))
    if name.endswith("_ms") and isinstance(value, int):
        moment = datetime.fromtimestamp(value / 1000, zone)
        return f"{moment.day} {moment:%B %Y, %H:%M}"
    if name == "bytes" and isinstance(value, int):
        return size(value)
    return _VALUES.get(str(value), _day(str(value)))


def _day(value: str) -> str:
    """A day as people write it; anything else as it is."""
    if not _DAY.fullmatch(value):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {day:%B %Y}"


def _kind(value: str) -> str:
    try:
        return CaseKind(value).shown
    except ValueError:
        return value


def _role(value: str) -> str:
    try:
        return Role(value).shown
    except ValueError:
        return value
