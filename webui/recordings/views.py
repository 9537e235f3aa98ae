"""The list of recorded calls, one call's page, its sound and its download."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.catalogue.reader import RecordingRow
from firmware.core.access_policy import Action
from firmware.core.call_story import why_not_recorded
from firmware.core.errors import ActionRefused, NoSuchRecording, NotAllowed, SettingsError
from webui.access.gatekeeper import allowed, needs, signed_in, visitor
from webui.error_words import in_words
from webui.recordings.audio_formats import MEDIA_TYPES, SoundForm, begun, sound_file
from webui.recordings.call_notes import CallNotes
from webui.recordings.catalogue import Catalogue
from webui.recordings.download_name import download_name
from webui.recordings.list_views import add_list
from webui.recordings.listening import Listening
from webui.recordings.note_moments import note_parts
from webui.recordings.opened_calls import OpenedCalls
from webui.recordings.player import player_of
from webui.recordings.redacting import Redacting
from webui.recordings.saved_searches import SavedSearches
from webui.recordings.search_desk import SearchDesk
from webui.recordings.timeline import happenings
from webui.translation import gettext as _

SHORTEST_PURPOSE = 3
LONGEST_PURPOSE = 200


def recording_views(
    catalogue: Catalogue,
    listening: Listening,
    opened: OpenedCalls,
    searches: SearchDesk,
    saved: SavedSearches,
    redacting: Redacting,
    notes: CallNotes,
    zone: ZoneInfo,
) -> Blueprint:
    """Everything about recorded calls."""
    views = Blueprint("recordings", __name__)
    views.add_app_template_filter(note_parts)
    page = CallPage(catalogue, listening, opened, notes)
    add_list(views, catalogue, searches, saved, zone)
    _add_call(views, page)
    _add_listening(views, page)
    _add_sound(views, page, zone)
    _add_redaction(views, page, redacting)
    _add_notes(views, page)
    return views


@dataclass(frozen=True)
class Redaction:
    """What was typed of a redaction, and why it was refused."""

    typed: Mapping[str, str]
    mistake: str


@dataclass(frozen=True)
class CallPage:
    """One call's page, as it is drawn for who looks at it."""

    catalogue: Catalogue
    listening: Listening
    opened: OpenedCalls
    notes: CallNotes

    def check(self, recording_id: str, action: Action) -> datetime | None:
        """Let pass who may; until when, where it is by an approval. Raises NotAllowed, and then nothing is kept."""
        try:
            return self.opened.check(visitor(), recording_id, action)
        except NotAllowed:
            self.listening.shut(visitor(), recording_id)
            raise

    def check_sound(self, recording_id: str) -> None:
        """Let hear it who may. Raises NotAllowed, and then nothing is kept."""
        self.check(recording_id, Action.LISTEN)
        row = self.catalogue.recording(recording_id)
        if row is not None and self.is_shut(row):  # of one that is gone, listening itself lets nothing be kept
            what = _("This call is restricted: it is kept, and not listened to.")
            raise self.opened.refusal(visitor(), recording_id, Action.OPEN_RESTRICTED, what, _("Ask a director."))

    def is_shut(self, row: RecordingRow) -> bool:
        """Whether it is restricted, for this visitor; what was heard of it before is not kept then."""
        shut = row.restricted and not allowed(visitor(), Action.OPEN_RESTRICTED)
        if shut:
            self.listening.shut(visitor(), row.id)
        return shut

    def drawn(self, recording_id: str, mistake: str = "", purpose: str = "", redaction: Redaction | None = None) -> str:
        """``mistake`` is what was wrong with the ``purpose`` that was typed; ``redaction`` what was refused of one."""
        who = visitor()
        open_until = self.check(recording_id, Action.SEE_RECORDINGS)
        row = _row(self.catalogue, recording_id)
        shut = self.is_shut(row)
        open_to_them = (allowed(who, Action.LISTEN) or open_until is not None) and not shut
        may_listen = open_to_them and row.state != "not_recorded"
        heard = self.listening.audio(who, recording_id) if may_listen else None
        return render_template(
            "recordings/one_call.html",
            call=row,
            story=happenings(row, round(row.started_at.timestamp() * 1000), heard, going_on=row.state == "recording"),
            player=player_of(heard) if heard else None,
            unrecorded=_why_not(row),
            may_listen=may_listen,
            shut=shut,
            may_download=allowed(who, Action.DOWNLOAD),
            notes=self.notes.of(recording_id),
            may_note=allowed(who, Action.WRITE_NOTES),
            may_redact=allowed(who, Action.REDACT),
            redaction_mistake=redaction.mistake if redaction else "",
            redaction_typed=redaction.typed if redaction else {},
            open_until=open_until,
            heard=heard,
            purpose_given=self.listening.purpose(who, recording_id),
            purpose=purpose,
            mistake=mistake,
        )


def _add_call(views: Blueprint, page: CallPage) -> None:
    @views.get("/calls/<recording_id>")
    @signed_in
    def one_call(recording_id: str) -> ResponseReturnValue:
        return page.drawn(recording_id)


def _add_listening(views: Blueprint, page: CallPage) -> None:
    @views.post("/calls/<recording_id>/listen")
    @signed_in
    def listen(recording_id: str) -> ResponseReturnValue:
        page.check_sound(recording_id)
        purpose, case = (" ".join(request.form.get(name, "").split()) for name in ("purpose", "case"))
        goes_on = request.form.get("case_goes_on") == "yes" and visitor().case is not None
        if not goes_on and not SHORTEST_PURPOSE <= len(purpose) <= LONGEST_PURPOSE:
            mistake = _("Say in a few words (%(least)d to %(most)d letters) what it is for.") % {
                "least": SHORTEST_PURPOSE,
                "most": LONGEST_PURPOSE,
            }
            return page.drawn(recording_id, mistake, purpose), 400
        page.listening.begin(visitor(), recording_id, "" if goes_on else purpose, "" if goes_on else case)
        return redirect(url_for(".one_call", recording_id=recording_id, _anchor="player"), 303)

    @views.post("/calls/<recording_id>/end-case")
    @signed_in
    def end_case(recording_id: str) -> ResponseReturnValue:
        page.listening.end_case(visitor())
        return redirect(url_for(".one_call", recording_id=recording_id), 303)


def _add_sound(views: Blueprint, page: CallPage, zone: ZoneInfo) -> None:
    @views.get("/calls/<recording_id>/audio")
    @signed_in
    def audio(recording_id: str) -> ResponseReturnValue:
        page.check_sound(recording_id)
        heard = page.listening.audio(visitor(), recording_id)
        if heard is None:
            raise _no_purpose()
        if not _asks_for_one_part():
            request.environ.pop("HTTP_RANGE", None)  # RFC 9110 14.2: one that is not served is ignored
        # Ranges (RFC 9110 14) are what seeking is made of; the tag makes If-Range true to these very bytes.
        return send_file(io.BytesIO(heard.ogg), mimetype="audio/ogg", conditional=True, etag=heard.tag)

    @views.get("/calls/<recording_id>/peaks")
    @signed_in
    def peaks(recording_id: str) -> ResponseReturnValue:
        page.check_sound(recording_id)
        heard = page.listening.audio(visitor(), recording_id)
        if heard is None:
            raise _no_purpose()
        return Response(begun(heard.peaks.parts(heard.ogg, heard.duration_ms), 1), mimetype="application/octet-stream")

    @views.post("/calls/<recording_id>/download")
    @needs(Action.DOWNLOAD)
    def download(recording_id: str) -> ResponseReturnValue:
        row = _row(page.catalogue, recording_id)
        form = _format(request.form.get("format", ""))
        heard = page.listening.copy(visitor(), recording_id)
        if heard is None:
            raise _no_purpose()
        name = download_name(row.started_at, zone, row.direction, row.far_party, row.office_party, form)
        file = sound_file(heard, form)
        answer = Response(file.parts, mimetype=file.media_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _add_notes(views: Blueprint, page: CallPage) -> None:
    @views.post("/calls/<recording_id>/notes")
    @needs(Action.WRITE_NOTES)
    def note(recording_id: str) -> ResponseReturnValue:
        _row(page.catalogue, recording_id)
        page.notes.write(visitor(), recording_id, request.form.get("text", ""))
        return redirect(url_for(".one_call", recording_id=recording_id, _anchor="notes-heading"), 303)


def _add_redaction(views: Blueprint, page: CallPage, redacting: Redacting) -> None:
    @views.post("/calls/<recording_id>/redact")
    @needs(Action.REDACT)
    def redact(recording_id: str) -> ResponseReturnValue:
        form = request.form
        _row(page.catalogue, recording_id)
        try:
            if form.get("sure") != "yes":
                what, remedy = _("Say that you have listened to it."), _("What is silenced cannot be brought back.")
                raise SettingsError(what, remedy)
            new = redacting.redact(visitor(), recording_id, form.get("spans", ""), form.get("because", ""))
        except (SettingsError, ActionRefused, NotAllowed) as mistake:
            status = 403 if isinstance(mistake, NotAllowed) else 422
            return page.drawn(recording_id, redaction=Redaction(form, in_words(mistake))), status
        flash(
            _("It is silent there now. The old recording and its key are destroyed; this one took its place."), "note"
        )
        return redirect(url_for(".one_call", recording_id=new), 303)


def _row(catalogue: Catalogue, recording_id: str) -> RecordingRow:
    row = catalogue.recording(recording_id)
    if row is None:
        raise NoSuchRecording(
            _("No recording of that name is in the catalogue."),
            _("It may have been erased; go back to the list of calls."),
        )
    return row


def _why_not(row: RecordingRow) -> str:
    """Why nothing of the call was kept; empty for one that was recorded."""
    if row.state != "not_recorded":
        return ""
    return why_not_recorded(row.mode, row.decided_by, row.opted_out, row.end_cause)


def _format(asked: str) -> SoundForm:
    form = next((form for form in MEDIA_TYPES if form == asked), None)
    if form is None:
        abort(400, _("A recording can be downloaded as MP3, WAV or Opus."))
    return form


def _asks_for_one_part() -> bool:
    asked = request.range  # None when it cannot be read
    return asked is not None and asked.units == "bytes" and len(asked.ranges) == 1


def _no_purpose() -> NotAllowed:
    return NotAllowed(
        _("This recording has not been opened."), _("Go to the call's page and say what you need it for.")
    )
