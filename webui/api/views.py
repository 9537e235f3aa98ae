"""What programs are answered: their calls paused, listed and tagged, by a token alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from firmware.core.errors import NoSuchRecording, SettingsError
from firmware.core.program import LIST_CALLS, WRITE_TAGS, pause_scope
from webui.access.gatekeeper import calling_program, for_program, public
from webui.api.answers import call_json, time_text
from webui.api.call_query import read_query
from webui.api.description import description
from webui.api.program_door import ProgramDoor
from webui.api.schemas import RECORDING, TAG
from webui.desk.desk_view import desk_document
from webui.live_calls.call_feed import CallFeed
from webui.live_calls.lines import Lines
from webui.recordings.catalogue import Catalogue

PREFIX = "/api/v1"
_LISTED, _LOOKED = "listed calls", "looked at one call's row"


def api_views(door: ProgramDoor, catalogue: Catalogue, feed: CallFeed, lines: Lines) -> Blueprint:
    """Everything below ``/api/v1``. Forms' tokens are not asked for: nothing that a browser sends by itself counts."""
    views = Blueprint("api", __name__, url_prefix=PREFIX)
    document = json.dumps(description(), indent=1, ensure_ascii=False)

    @views.get("/openapi.json")
    @public  # the same for every box
    def openapi() -> ResponseReturnValue:
        return Response(document, mimetype="application/json")

    @views.get("/token")
    @for_program("", "looked what its token may do")
    def token() -> ResponseReturnValue:
        program = calling_program()
        ends = datetime.fromtimestamp(program.expires_at_ms / 1000, UTC) if program.expires_at_ms else None
        return jsonify(name=program.name, scopes=program.scopes, expires_at=time_text(ends))

    _add_calls(views, catalogue, door)
    _add_tags(views, door)
    _add_extensions(views, feed, lines)
    return views


def _add_calls(views: Blueprint, catalogue: Catalogue, door: ProgramDoor) -> None:
    @views.get("/calls")
    @for_program(LIST_CALLS, _LISTED)
    def calls() -> ResponseReturnValue:
        asked = read_query(_once(request.args.to_dict(flat=False)))
        rows = catalogue.recordings(asked.query)
        more, rows = len(rows) > asked.rows, rows[: asked.rows]
        program = calling_program()
        door.shown(program.token, LIST_CALLS, _LISTED, len(rows))
        numbers = program.sees_numbers
        return jsonify(calls=[call_json(row, numbers) for row in rows], next=rows[-1].cursor if more else None)

    @views.get("/calls/<recording_id>")
    @for_program(LIST_CALLS, _LOOKED)
    def one_call(recording_id: str) -> ResponseReturnValue:
        row = catalogue.recording(recording_id) if re.fullmatch(RECORDING, recording_id, re.ASCII) else None
        if row is None:
            raise NoSuchRecording("There is no such call.", "It may have been erased.")
        program = calling_program()
        door.shown(program.token, LIST_CALLS, _LOOKED, 1)
        return jsonify(call_json(row, program.sees_numbers))


def _add_tags(views: Blueprint, door: ProgramDoor) -> None:
    @views.post("/calls/<recording_id>/tags")
    @for_program(WRITE_TAGS, "tagged calls")
    def tag(recording_id: str) -> ResponseReturnValue:
        given = _sent_text("tag")
        if re.fullmatch(RECORDING, recording_id, re.ASCII) is None:
            raise NoSuchRecording("There is no such call.", "It may have been erased.")
        if re.fullmatch(TAG, given, re.ASCII) is None:
            raise SettingsError("A tag is one word of at most 40 letters, digits and . _ / -", "Such as order-4711.")
        door.tag(calling_program().token, recording_id, given)
        return jsonify(tag=given)


def _add_extensions(views: Blueprint, feed: CallFeed, lines: Lines) -> None:
    def now(extension: str) -> ResponseReturnValue:
        desk = desk_document(lines.calls_now(), extension)
        times = {name: time_text(_moment(desk[f"{name}_ms"])) for name in ("paused_at", "resumes_at")}
        return jsonify(extension=extension, state=desk["state"], **times)

    def ask(extension: str, action: str) -> ResponseReturnValue:
        lines.ask_extension(feed.now, extension, action, {"how": "api", "who": calling_program().name})
        return now(extension)

    @views.get("/extensions/<extension>")
    @for_program(_pausing, "looked at the call of {extension}")
    def extension_now(extension: str) -> ResponseReturnValue:
        return now(extension)

    @views.post("/extensions/<extension>/pause")
    @for_program(_pausing, "paused calls of {extension}")
    def pause(extension: str) -> ResponseReturnValue:
        return ask(extension, "pause")

    @views.post("/extensions/<extension>/resume")
    @for_program(_pausing, "resumed calls of {extension}")
    def resume(extension: str) -> ResponseReturnValue:
        return ask(extension, "resume")


def _pausing(asked: Mapping[str, str]) -> str:
    return pause_scope(asked["extension"])


def _once(given: Mapping[str, list[str]]) -> dict[str, str]:
    """Raises SettingsError: something is given twice, and which is meant cannot be known."""
    for name, values in given.items():
        if len(values) > 1:
            raise SettingsError(f"{name[:40]!r} is given more than once.")
    return {name: values[0] for name, values in given.items()}


def _sent_text(name: str) -> str:
    """The one field of the JSON that was sent.

    Raises:
        UnsupportedMediaType, BadRequest: it is no JSON.
        SettingsError: it has not that field alone, or that is no text.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON, as application/json.")
    sent: Any = request.get_json(silent=True)
    if sent is None and request.get_data(as_text=True).strip() != "null":
        raise BadRequest("What was sent is not JSON.")
    if not isinstance(sent, dict) or set(sent) != {name} or not isinstance(sent[name], str):
        raise SettingsError(f"Send {{{json.dumps(name)}: …}}, with a text and nothing besides.")
    return str(sent[name])


def _moment(unix_ms: Any) -> datetime | None:
    return None if unix_ms is None else datetime.fromtimestamp(int(unix_ms) / 1000, UTC)
