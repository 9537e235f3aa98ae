"""The evidence as the opener tells it, which decides how much of it a visitor sees and enters that they did."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient
from webui.access.opener import Visitor


@dataclass(frozen=True)
class ShownLine:
    """One line; ``number`` is None where the log is damaged. ``detail`` is None without one, or without the right."""

    number: int | None
    at: datetime | None = None
    kind: str = ""
    subject: Mapping[str, str] = field(default_factory=dict)
    had_detail: bool = False
    detail: Mapping[str, Any] | None = None
    sound: bool = True


@dataclass(frozen=True)
class ShownPage:
    """Newest first. ``older``: where to go on."""

    lines: tuple[ShownLine, ...]
    older: str
    with_details: bool
    names: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for."""

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    person_id: str = ""
    recording_id: str = ""
    before: str = ""


class AuditDesk:
    """Asks the opener's control socket in a visitor's name. Any thread.

    Every method raises ``ServiceAway``, ``NotAllowed``, ``StorageError`` or ``DamagedCatalogue``.
    """

    def __init__(self, patient: ControlClient) -> None:
        self._opener = patient

    def lines(self, who: Visitor, wanted: Wanted) -> ShownPage:
        asked: dict[str, Any] = {
            "kinds": list(wanted.kinds),
            "person_id": wanted.person_id[:64],
            "recording_id": wanted.recording_id[:64],
            "before": wanted.before[:64],
        }
        for name, moment in (("since_ms", wanted.since), ("until_ms", wanted.until)):
            if moment is not None:
                asked[name] = round(moment.timestamp() * 1000)
        answer = self._opener.post("/audit/lines", asked, token=who.token)
        lines = tuple(_line(each) for each in answer["lines"])
        return ShownPage(lines, str(answer["older"] or ""), bool(answer["with_details"]), dict(answer["names"]))

    def people(self, who: Visitor) -> Mapping[str, str]:
        """Names by id, of whom one can look for; nobody for those who may not see names."""
        return dict(self._opener.get("/audit/people", token=who.token)["people"])

    def day(self, who: Visitor, day: str) -> Iterator[bytes]:
        """One day's lines (UTC), exactly as they are, in parts."""
        offset: int | None = 0
        while offset is not None:
            answer = self._opener.post("/audit/day", {"day": day, "offset": offset}, token=who.token)
            yield base64.b64decode(answer["part"])
            offset = answer["next"]


def _line(answer: Mapping[str, Any]) -> ShownLine:
    if answer["number"] is None:
        return ShownLine(None)
    return ShownLine(
        number=int(answer["number"]),
        at=datetime.fromtimestamp(answer["at_ms"] / 1000, UTC),
        kind=str(answer["kind"]),
        subject=dict(answer["subject"]),
        had_detail=bool(answer["had_detail"]),
        detail=answer["detail"],
        sound=bool(answer["sound"]),
    )
