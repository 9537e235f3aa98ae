"""What is asked of calls, by whatever way, as entries for the evidence log: opaque ids, no names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from firmware.core.call_record import Asker
from firmware.core.feature_code import Action

KINDS: Mapping[Action, str] = {
    "pause": "call-paused",
    "resume": "call-resumed",
    "start": "call-recording-asked",
    "remind": "call-reminder-played",
    "told": "call-told-by-staff",
    "mark": "call-marked",
}
REFUSED = "call-action-refused"


class EnterSoon(Protocol):
    """Hands an evidence entry over without waiting for it to be written. Any thread."""

    def __call__(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


class CallEvidence:
    """Makes the entries. Any thread.

    A line says what was done to which call, how that was asked and when: the log may get it long after. Who asked is in
    the detail, which can be erased.
    """

    def __init__(self, enter_soon: EnterSoon) -> None:
        self._enter_soon = enter_soon

    def obeyed(self, action: Action, asker: Asker, call_id: str, recording_id: str | None, at_ms: int) -> None:
        """It was done."""
        self._enter_soon(KINDS[action], _subject(asker, at_ms, call_id, recording_id), _detail(asker))

    def refused(self, action: Action, asker: Asker, why: str, at_ms: int, call_id: str = "") -> None:
        """It was not done; without ``call_id`` because there is no such call."""
        self._enter_soon(REFUSED, _subject(asker, at_ms, call_id), {**_detail(asker), "asked": action, "why": why})


def _subject(asker: Asker, at_ms: int, call_id: str, recording_id: str | None = None) -> dict[str, str]:
    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ids = {"call": call_id, "recording": recording_id}
    return {**{name: value for name, value in ids.items() if value}, "how": asker.how, "at": at}


def _detail(asker: Asker) -> dict[str, str]:
    return {"how": asker.how, "who": asker.who, **({"way": asker.way} if asker.way else {})}
