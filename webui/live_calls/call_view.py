"""What a page is told of calls in progress, in words for a person.

An administrator is told no party: neither number, extension nor name, and no call's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webui.live_calls.calls_now import CallsNow
from webui.translation import from_the_box, marked, ngettext
from webui.translation import gettext as _
from webui.wording import local_time, prompt_name

STATES = {
    "notice": marked("Hearing the notice"),
    "ringing": marked("Ringing"),
    "connected": marked("Talking"),
    "held": marked("On hold"),
}

MODES = {
    "always": marked("always recorded"),
    "pausable": marked("may be paused"),
    "on_demand": marked("on demand"),
    "never": marked("never recorded"),
}

#: How the recording is, and the word for it on the call's card.
RECORDING = {"on": marked("Recording"), "paused": marked("Paused"), "off": marked("Not recorded")}

_HEARERS = {"far_party": marked("the outside party"), "office_party": marked("the office")}


@dataclass(frozen=True)
class Sight:
    """What one visitor may see and do: the parties, and asking things of recordings. ``zone`` is the office's."""

    parties: bool
    steering: bool
    zone: ZoneInfo


def calls_document(now: CallsNow, sight: Sight) -> dict[str, Any]:
    """The JSON document of one ``calls`` event; the page's template is filled from the same."""
    return {
        "connection": now.connection,
        "standing": _standing(now),
        "recordings": now.recordings,
        "calls": [call_document(call, sight) for call in now.calls.values()],
    }


def _standing(now: CallsNow) -> str:
    """How fresh this is, and how many calls there are."""
    if now.connection == "connecting":
        return _("connecting…")
    if now.connection != "live":
        return _("some lines do not answer yet")
    count = len(now.calls)
    return ngettext("live, %(num)s call", "live, %(num)s calls", count) % {"num": count} if count else _("live")


def call_document(call: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """One call's card."""
    direction, recording = str(call.get("direction")), recording_of(call)
    document = {
        "direction": call.get("direction"),
        "who": {"inbound": _("Incoming call"), "outbound": _("Outgoing call")}.get(direction, _("call")),
        "what": _what(call),
        "since_ms": call.get("connected_at_ms") or call.get("started_at_ms"),
        "recording": recording,
        "recording_name": _(RECORDING[recording]),
        "pause": _pause_words(call, sight.zone),
        "playing": _playing_words(call),
        "tags": [from_the_box(str(tag).capitalize()) for tag in call.get("tags") or ()],
        "actions": [],
    }
    if sight.parties:
        far, office = str(call.get("far_party")), str(call.get("office_party"))
        document["who"] = f"{office} → {far}" if direction == "outbound" else f"{far} → {office}"
    if sight.steering:
        document["id"] = call.get("call_id")
        document["actions"] = list(call.get("actions") or ())
    return document


def recording_of(call: Mapping[str, Any]) -> str:
    """A key of :data:`RECORDING`. A pause asked for before the recording begins is one already."""
    if call.get("paused"):
        return "paused"
    return "on" if call.get("recording") else "off"


def state_name(call: Mapping[str, Any]) -> str:
    state = str(call.get("state", ""))
    return _(STATES.get(state, state.replace("_", " ").capitalize()))


def _what(call: Mapping[str, Any]) -> str:
    mode, line = MODES.get(str(call.get("mode"))), _("line %(name)s") % {"name": call.get("line")}
    return " · ".join(part for part in (state_name(call), line, mode and _(mode)) if part)


def _pause_words(call: Mapping[str, Any], zone: ZoneInfo) -> str:
    if not call.get("paused"):
        return ""
    since, until = _time(call.get("paused_at_ms"), zone), _time(call.get("resumes_at_ms"), zone)
    said = [_("Paused since %(since)s.") % {"since": since}]
    if call.get("reminder_unheard"):
        said.append(_("Still paused, and this line sounds no reminder."))
    if until:
        said.append(_("Goes on by itself at %(until)s.") % {"until": until})
    return " ".join(said)


def _playing_words(call: Mapping[str, Any]) -> str:
    heard: dict[str, list[str]] = {}
    for playing in call.get("playing") or ():
        heard.setdefault(str(playing.get("prompt")), []).append(_hearer(str(playing.get("to"))))
    return " ".join(
        _("Playing “%(prompt)s” to %(hearers)s.")
        % {"prompt": from_the_box(prompt_name(prompt)), "hearers": _(" and ").join(to)}
        for prompt, to in heard.items()
    )


def _hearer(to: str) -> str:
    return _(_HEARERS[to]) if to in _HEARERS else ""


def _time(unix_ms: Any, zone: ZoneInfo) -> str:
    return "" if unix_ms is None else local_time(datetime.fromtimestamp(int(unix_ms) / 1000, UTC), zone)
