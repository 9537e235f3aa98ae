"""Requests for access and grants, in the catalogue's tables that the opener writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    delete,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import access_requests, grants, recordings, requested_recordings
from firmware.core.access_request import AccessRequest, CallState, RequestState, WantedCalls
from firmware.core.errors import NoSuchRecording
from firmware.core.grant import Grant

_MOST = 100
_UNSETTLED = [state for state in RequestState if state.opens or state is RequestState.ASKED]
#: The order in which SQLite was given rows, whatever time they say.
_BY_ROW: ColumnElement[int] = literal_column("rowid", Integer)


class AccessRequestTables:
    """``AccessRequestStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def request(self, request_id: str) -> AccessRequest | None:
        found = self._requests(select(access_requests).where(access_requests.c.id == request_id))
        return found[0] if found else None

    def requests_of(self, person_id: str) -> Sequence[AccessRequest]:
        return self._requests(select(access_requests).where(access_requests.c.requester_id == person_id))

    def requests_in(self, states: Iterable[RequestState]) -> Sequence[AccessRequest]:
        return self._requests(select(access_requests).where(access_requests.c.state.in_(list(states))))

    def unsettled(self, person_id: str | None = None) -> Sequence[AccessRequest]:
        question = select(access_requests).where(access_requests.c.state.in_(_UNSETTLED))
        if person_id is not None:
            question = question.where(access_requests.c.requester_id == person_id)
        return self._requests(question, most=None)

    def save(self, request: AccessRequest, granted: Sequence[Grant] = ()) -> None:
        try:
            with catalogue_errors(self._path), self._engine().begin() as connection:
                _save_request(connection, request)
                for grant in granted:
                    _upsert_grant(connection, grant)
        except IntegrityError:
            raise NoSuchRecording(
                "One of these calls is not in the catalogue.", "It may have been erased; look at the list again."
            ) from None

    def grant(self, recording_id: str, person_id: str) -> Grant | None:
        theirs = (grants.c.recording_id == recording_id) & (grants.c.person_id == person_id)
        found = self._grants(select(grants).where(theirs))
        return found[0] if found else None

    def standing(self, person_id: str | None = None, request_id: str | None = None) -> Sequence[Grant]:
        question = select(grants).where(grants.c.ended_at_ms.is_(None)).order_by(grants.c.ends_at_ms)
        if person_id is not None:
            question = question.where(grants.c.person_id == person_id)
        if request_id is not None:
            question = question.where(grants.c.request_id == request_id)
        return self._grants(question)

    def end(self, ended: Grant, at_ms: int) -> None:
        """Ends exactly this one, not another that was made in its place meanwhile."""
        this = (
            (grants.c.recording_id == ended.recording_id)
            & (grants.c.person_id == ended.person_id)
            & (grants.c.request_id == ended.request_id)
            & (grants.c.granted_at_ms == ended.granted_at_ms)
        )
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(update(grants).where(this).values(ended_at_ms=at_ms))

    def last_written_ms(self) -> int:
        request = access_requests.c
        last_of_each = (
            select(request.asked_at_ms, request.decided_at_ms),
            select(grants.c.granted_at_ms),
            select(recordings.c.started_at_ms),
        )
        with catalogue_errors(self._path), self._engine().connect() as connection:
            rows = [row for each in last_of_each for row in connection.execute(each.order_by(_BY_ROW.desc()).limit(1))]
        return max((moment for row in rows for moment in row if moment), default=0)

    def close(self) -> None:
        self._engine.close()

    def _requests(self, question: Select[Any], most: int | None = _MOST) -> list[AccessRequest]:
        newest = question.order_by(access_requests.c.asked_at_ms.desc(), access_requests.c.id.desc()).limit(most)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_request(connection, row) for row in connection.execute(newest).all()]

    def _grants(self, question: Select[Any]) -> list[Grant]:
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [Grant(**row._mapping) for row in connection.execute(question).all()]


def _request(connection: Connection, row: Row[Any]) -> AccessRequest:
    calls = connection.execute(
        select(requested_recordings.c.recording_id, requested_recordings.c.state)
        .where(requested_recordings.c.request_id == row.id)
        .order_by(requested_recordings.c.recording_id)
    )
    return AccessRequest(
        row.id,
        row.requester_id,
        row.requester_name,
        row.asked_at_ms,
        row.purpose,
        WantedCalls.from_json(json.loads(row.wanted)),
        {call: CallState(state) for call, state in calls},
        RequestState(row.state),
        row.decided_by_id,
        row.decided_by_name,
        row.decided_at_ms,
        row.ends_at_ms,
        row.reason,
    )


def _save_request(connection: Connection, request: AccessRequest) -> None:
    values = {
        "id": request.request_id,
        "requester_id": request.requester_id,
        "requester_name": request.requester_name,
        "asked_at_ms": request.asked_at_ms,
        "purpose": request.purpose,
        "wanted": json.dumps(request.wanted.to_json()),
        "state": request.state.value,
        "decided_by_id": request.decided_by_id,
        "decided_by_name": request.decided_by_name,
        "decided_at_ms": request.decided_at_ms,
        "ends_at_ms": request.ends_at_ms,
        "reason": request.reason,
    }
    statement = insert(access_requests).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    connection.execute(delete(requested_recordings).where(requested_recordings.c.request_id == request.request_id))
    for call, state in request.calls.items():
        row = {"request_id": request.request_id, "recording_id": call, "state": state.value}
        connection.execute(insert(requested_recordings).values(row))


def _upsert_grant(connection: Connection, grant: Grant) -> None:
    values = asdict(grant)
    statement = insert(grants).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["recording_id", "person_id"], set_=values))
