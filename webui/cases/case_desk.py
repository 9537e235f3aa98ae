"""Cases as the page has them from the opener, which decides who may see and do what."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import IO, Any

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.case_clock import CaseKind, Wait
from firmware.core.data_case import PAPER_PART_BYTES, CaseCall, Muted, WhoseCalls, clock_from, whose_from
from webui.access.opener import SegmentKey, Visitor


@dataclass(frozen=True)
class ShownPaper:
    """A file or a disclosure of a case."""

    paper_id: str
    kind: str
    name: str
    added_at: datetime
    added_by: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class ShownCase:
    """One case, as the opener tells it."""

    case_id: str
    reference: str
    kind: CaseKind
    subject: str
    asked: str
    received_on: date
    proof_needed: bool
    proved_on: date | None
    waits: tuple[Wait, ...]
    extended: bool
    extended_because: str
    whose: WhoseCalls
    opened_by: str
    closed_at: datetime | None
    outcome: str
    due_on: date | None
    urgency: str
    standing: str
    further: int
    calls: tuple[CaseCall, ...]
    papers: tuple[ShownPaper, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def waits_for_proof(self) -> bool:
        return self.proof_needed and self.proved_on is None

    @property
    def waits_for_clarification(self) -> bool:
        return bool(self.waits) and self.waits[-1].until is None

    @property
    def runs_by_months(self) -> bool:
        return self.kind not in (CaseKind.COMPLAINT, CaseKind.AUTHORITY)

    @property
    def included(self) -> tuple[CaseCall, ...]:
        return tuple(call for call in self.calls if call.state == "included")


class CaseDesk:
    """Asks the opener's control socket in a visitor's name. Safe to use from any thread.

    Every method raises ``ServiceAway`` when the opener does not answer, ``NotAllowed`` when it refuses,
    ``ActionRefused`` when the case is not there or not in a state for it, and ``SettingsError`` for what makes no
    sense.
    """

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def all(self, who: Visitor, *, closed: bool) -> list[ShownCase]:
        query = {"closed": "yes" if closed else "no"}
        return [_shown(each) for each in self._opener.get("/cases", token=who.token, query=query)["cases"]]

    def one(self, who: Visitor, case_id: str) -> ShownCase:
        return _shown(self._opener.get(path_of("cases", case_id), token=who.token))

    def begin(self, who: Visitor, typed: Mapping[str, str]) -> ShownCase:
        body = {name: typed.get(name, "").strip() for name in ("kind", "subject_name", "asked", "received_on")}
        body["named_day"] = typed.get("named_day", "") if typed.get("kind") == CaseKind.AUTHORITY else ""
        whole = {**body, **_whose(typed), "proof_needed": typed.get("proof_needed") == "yes"}
        return _shown(self._opener.post("/cases", whole, token=who.token))

    def change_clock(self, who: Visitor, case_id: str, typed: Mapping[str, str]) -> ShownCase:
        body = {"what": typed.get("what", ""), "on": typed.get("on", ""), "because": typed.get("because", "")}
        return _shown(self._opener.post(path_of("cases", case_id, "clock"), body, token=who.token))

    def close(self, who: Visitor, case_id: str, outcome: str) -> ShownCase:
        return _shown(self._opener.post(path_of("cases", case_id, "close"), {"outcome": outcome}, token=who.token))

    def find(self, who: Visitor, case_id: str, typed: Mapping[str, str]) -> tuple[int, int]:
        """Returns how many calls are new in the case, and how many more were found for which it has no room."""
        answer = self._opener.post(path_of("cases", case_id, "find"), _whose(typed), token=who.token)
        return int(answer["added"]), int(answer["further"])

    def add(self, who: Visitor, case_id: str, recording_id: str) -> None:
        self._opener.post(path_of("cases", case_id, "add"), {"recording_id": recording_id}, token=who.token)

    def decide(self, who: Visitor, case_id: str, calls: Iterable[str], state: str, reason: str) -> None:
        body = {"calls": list(calls), "state": state, "reason": reason}
        self._opener.post(path_of("cases", case_id, "decide"), body, token=who.token)

    def mute(self, who: Visitor, case_id: str, recording_id: str, muted: Sequence[Muted]) -> None:
        body = {"recording_id": recording_id, "muted": [each.to_json() for each in muted]}
        self._opener.post(path_of("cases", case_id, "mute"), body, token=who.token)

    def open(self, who: Visitor, case_id: str, recording_id: str) -> list[SegmentKey]:
        """One included call's keys, for the copy that is handed out."""
        path = path_of("cases", case_id, "open")
        answer = self._opener.post(path, {"recording_id": recording_id}, token=who.token)
        return [SegmentKey(int(each["segment"]), base64.b64decode(each["key"])) for each in answer["keys"]]

    def attach(self, who: Visitor, case_id: str, kind: str, name: str, file: IO[bytes]) -> None:
        """A file, from where it is read: it goes to the opener part by part."""
        paper_id, n = "", 0
        while part := file.read(PAPER_PART_BYTES):
            body = {"paper_id": paper_id, "n": n, "content": base64.b64encode(part).decode("ascii")}
            answer = self._opener.post(path_of("cases", case_id, "papers", "parts"), body, token=who.token)
            paper_id, n = str(answer["paper_id"]), n + 1
        body = {"kind": kind, "name": name, "paper_id": paper_id}
        self._opener.post(path_of("cases", case_id, "papers"), body, token=who.token)

    def paper(self, who: Visitor, case_id: str, paper_id: str) -> ShownPaper:
        return _paper(self._opener.get(path_of("cases", case_id, "papers", paper_id), token=who.token))

    def content(self, who: Visitor, case_id: str, paper_id: str) -> Iterator[bytes]:
        """A file's bytes, fetched part by part while they are taken."""
        for n in count():
            path = path_of("cases", case_id, "papers", paper_id, "parts", str(n))
            part = base64.b64decode(self._opener.get(path, token=who.token)["content"])
            if not part:
                return
            yield part

    def disclosed(self, who: Visitor, case_id: str, name: str, sha256: str, size: int, calls: Sequence[str]) -> None:
        """A bundle left the box: what it was is recorded."""
        body = {"name": name, "sha256": sha256, "bytes": size, "calls": list(calls)}
        self._opener.post(path_of("cases", case_id, "bundles"), body, token=who.token)

    def words(self, who: Visitor) -> str:
        """Five random words for a pass phrase."""
        return str(self._opener.get("/account/words", token=who.token)["words"])

    def erase(self, who: Visitor, calls: Iterable[str], because: str) -> tuple[int, Mapping[str, str]]:
        """How many are erased now, and why each other is not."""
        answer = self._opener.post("/erasures", {"calls": list(calls), "because": because}, token=who.token)
        return len(answer["ordered"]), {str(call): str(why) for call, why in answer["refused"].items()}

    def hold(
        self, who: Visitor, calls: Iterable[str], purpose: str, review_on: str, *, restricts: bool = False
    ) -> None:
        """``restricts``: they are kept, and nobody but a director may listen."""
        body = {"calls": list(calls), "purpose": purpose, "review_on": review_on, "restricts": restricts}
        self._opener.post("/holds", body, token=who.token)


def _whose(typed: Mapping[str, str]) -> dict[str, Any]:
    numbers = [each for each in typed.get("numbers", "").replace("\n", ",").split(",") if each.strip()]
    days = {name: typed.get(name, "")[:10] for name in ("first_day", "last_day")}
    return {"numbers": numbers, "extension": typed.get("extension", ""), "words": typed.get("words", ""), **days}


def _shown(answer: Mapping[str, Any]) -> ShownCase:
    details = answer["details"]
    clock = clock_from(answer["kind"], answer["received_on"], details)
    return ShownCase(
        case_id=str(answer["case_id"]),
        reference=str(details["reference"]),
        kind=clock.kind,
        subject=str(answer["subject_name"]),
        asked=str(details["asked"]),
        received_on=clock.received_on,
        proof_needed=clock.proof_needed,
        proved_on=clock.proved_on,
        waits=clock.waits,
        extended=clock.extended,
        extended_because=str(details["extended_because"]),
        whose=whose_from(details),
        opened_by=str(answer["opened_by"]),
        closed_at=_moment(answer["closed_at_ms"]) if answer["closed_at_ms"] is not None else None,
        outcome=str(details["outcome"]),
        due_on=date.fromisoformat(answer["due_on"]) if answer["due_on"] else None,
        urgency=str(answer["urgency"]),
        standing=str(answer["standing"]),
        further=int(details["further"]),
        calls=tuple(_call(each) for each in answer["calls"]),
        papers=tuple(_paper(each) for each in answer.get("papers", ())),
    )


def _call(answer: Mapping[str, Any]) -> CaseCall:
    muted = tuple(Muted.from_json(each) for each in answer["muted"])
    return CaseCall(str(answer["recording_id"]), answer["state"], str(answer["reason"]), muted)


def _paper(answer: Mapping[str, Any]) -> ShownPaper:
    return ShownPaper(
        str(answer["paper_id"]),
        str(answer["kind"]),
        str(answer["name"]),
        _moment(answer["added_at_ms"]),
        str(answer["added_by_name"]),
        str(answer["sha256"]),
        int(answer["bytes"]),
    )


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, tz=UTC)
