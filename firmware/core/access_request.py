"""A request to hear calls: asked in writing, decided by somebody else, ended on a date.

``asked`` becomes ``approved``, ``partly approved`` or ``refused`` by an approver, or ``withdrawn`` by who asked; what
was approved becomes ``ended``, on its date or before. Who asks names the calls, or describes them for the approver to
pick.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, time
from enum import StrEnum
from typing import Any, Self

from firmware.core.errors import ActionRefused, NotAllowed, SettingsError

SHORTEST_PURPOSE = 3
LONGEST_PURPOSE = 500
MOST_CALLS = 100
LONGEST_GRANT_MS = 92 * 86_400_000
#: In the evidence: that somebody asked, and the digest of the key that they then had.
REQUESTED = "access-requested"
KEY = "key"
_NUMBER = re.compile(r"[0-9*#+ ().\-/]{1,40}", re.ASCII)
_DECIDED = "This request has been decided already."


class RequestState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    PARTLY_APPROVED = "partly_approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"

    @property
    def opens(self) -> bool:
        """Whether calls may be open by such a request."""
        return self in (RequestState.APPROVED, RequestState.PARTLY_APPROVED)


class CallState(StrEnum):
    """What became of one call of a request."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True)
class WantedCalls:
    """What somebody knows of calls that they cannot name: days as ``YYYY-MM-DD``, times of day as ``HH:MM``, both by
    the office's clock; an extension, a number or its end, and words. Empty where it is not known.
    """

    first_day: str = ""
    last_day: str = ""
    from_time: str = ""
    until_time: str = ""
    extension: str = ""
    number: str = ""
    words: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """What the document says of each field, as a text without spaces around it."""
        texts = {each.name: document.get(each.name, "") for each in fields(cls)}
        return cls(**{name: text.strip() if isinstance(text, str) else "" for name, text in texts.items()})

    def to_json(self) -> dict[str, str]:
        return {name: text for name, text in asdict(self).items() if text}

    @property
    def says_something(self) -> bool:
        """Whether anything is said that calls can be found by."""
        return any((self.first_day, self.last_day, self.extension, self.number, self.words))

    @property
    def mistake(self) -> str:
        """What makes no sense, in a sentence; empty when all does."""
        try:
            days = [date.fromisoformat(day) for day in (self.first_day, self.last_day) if day]
            if days != sorted(days):
                return "The first day is after the last."
        except ValueError:
            return "A day is written as year-month-day, such as 2026-03-31."
        try:
            times = [time.fromisoformat(each) for each in (self.from_time, self.until_time) if each]
            if len(times) == 2 and times[0] >= times[1]:
                return "The first time of day is not before the last."
        except ValueError:
            return "A time of day is written as hours and minutes, such as 09:30."
        for number in (self.extension, self.number):
            if number and not (_NUMBER.fullmatch(number) and any(each.isdigit() for each in number)):
                return "A telephone number has digits only, such as 020 7946 0123, or just 0123."
        return (
            "" if len(self.words) <= LONGEST_PURPOSE else f"The description is longer than {LONGEST_PURPOSE} letters."
        )


@dataclass(frozen=True)
class AccessRequest:
    """One request. Times are Unix milliseconds; names are as they were then, ids are opaque."""

    request_id: str
    requester_id: str
    requester_name: str
    asked_at_ms: int
    purpose: str
    wanted: WantedCalls = field(default_factory=WantedCalls)
    calls: Mapping[str, CallState] = field(default_factory=dict)
    state: RequestState = RequestState.ASKED
    decided_by_id: str | None = None
    decided_by_name: str | None = None
    decided_at_ms: int | None = None
    ends_at_ms: int | None = None
    reason: str | None = None

    @property
    def approved_calls(self) -> tuple[str, ...]:
        return tuple(call for call, state in self.calls.items() if state is CallState.APPROVED)


def asked(
    request_id: str, requester: tuple[str, str], purpose: str, calls: Iterable[str], wanted: WantedCalls, now_ms: int
) -> AccessRequest:
    """A new request. ``requester``: person id and name.

    Raises:
        SettingsError: a purpose is missing, or neither calls nor what they can be found by are given.
    """
    named = dict.fromkeys(calls, CallState.ASKED)
    if wanted.mistake:
        raise SettingsError(wanted.mistake)
    if not named and not wanted.says_something:
        raise SettingsError("Which calls?", "Give a day, an extension, a number or a description.")
    if len(named) > MOST_CALLS:
        raise SettingsError(f"More than {MOST_CALLS} calls at once cannot be asked for.", "Ask for fewer.")
    return AccessRequest(request_id, *requester, now_ms, _worded(purpose, "purpose"), wanted, named)


def approved(
    request: AccessRequest, by: tuple[str, str], chosen: Iterable[str], ends_at_ms: int, now_ms: int, reason: str = ""
) -> AccessRequest:
    """The request with the calls that the approver chose, of those named or found by its description.

    Raises:
        NotAllowed: nobody approves their own request.
        ActionRefused: it was decided already.
        SettingsError: no call was chosen, or the end makes no sense.
    """
    _may_decide(request, by)
    opened = dict.fromkeys(chosen, CallState.APPROVED)
    if not opened:
        raise SettingsError("No call was chosen.", "Choose those to open, or refuse the request.")
    if len(opened) > MOST_CALLS:
        raise SettingsError(f"More than {MOST_CALLS} calls cannot be opened at once.", "Choose fewer.")
    if not now_ms < ends_at_ms <= now_ms + LONGEST_GRANT_MS:
        raise SettingsError(
            "The approval must end after now, and within three months.", "Choose a last day in the weeks to come."
        )
    left = {call: CallState.REFUSED for call in request.calls if call not in opened}
    state = RequestState.PARTLY_APPROVED if left else RequestState.APPROVED
    decided = _decided(request, by, now_ms, reason.strip())
    return replace(decided, state=state, calls=opened | left, ends_at_ms=ends_at_ms)


def refused(request: AccessRequest, by: tuple[str, str], reason: str, now_ms: int) -> AccessRequest:
    """
    Raises:
        NotAllowed: nobody decides their own request.
        ActionRefused: it was decided already.
        SettingsError: no reason was given.
    """
    _may_decide(request, by)
    decided = _decided(request, by, now_ms, _worded(reason, "reason"))
    return replace(decided, state=RequestState.REFUSED, calls=dict.fromkeys(request.calls, CallState.REFUSED))


def withdrawn(request: AccessRequest) -> AccessRequest:
    """
    Raises:
        ActionRefused: it was decided already.
    """
    if request.state is not RequestState.ASKED:
        raise ActionRefused(_DECIDED)
    return replace(request, state=RequestState.WITHDRAWN)


def ended(request: AccessRequest, now_ms: int) -> AccessRequest:
    """An approval that is over, on its date or before: its end is then now.

    Raises:
        ActionRefused: nothing is open by it.
    """
    if not request.state.opens:
        raise ActionRefused("Nothing is open by this request.")
    return replace(request, state=RequestState.ENDED, ends_at_ms=min(now_ms, request.ends_at_ms or now_ms))


def _may_decide(request: AccessRequest, by: tuple[str, str]) -> None:
    if by[0] == request.requester_id:
        raise NotAllowed("Nobody decides their own request.", "Ask another director.")
    if request.state is not RequestState.ASKED:
        raise ActionRefused(_DECIDED)


def _decided(request: AccessRequest, by: tuple[str, str], now_ms: int, reason: str) -> AccessRequest:
    person_id, name = by
    return replace(
        request, decided_by_id=person_id, decided_by_name=name, decided_at_ms=now_ms, reason=reason[:LONGEST_PURPOSE]
    )


def _worded(text: str, what: str) -> str:
    text = " ".join(text.split())
    if not SHORTEST_PURPOSE <= len(text) <= LONGEST_PURPOSE:
        raise SettingsError(f"Give the {what} in a few words ({SHORTEST_PURPOSE} to {LONGEST_PURPOSE} letters).")
    return text
