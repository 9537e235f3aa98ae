"""Files that are kept with a case: scanned letters of several megabytes, which this process never has in memory whole.

A file that is sent lies in memory of the kernel's (memfd_create(2)) until it went on to the opener: a temporary file
would be on a disk in clear. One that is fetched passes through part by part.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import quote

from flask import Blueprint, Flask, Request, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from firmware.core.access_policy import Action
from firmware.core.data_case import LARGEST_PAPER_BYTES, too_large
from firmware.core.errors import SettingsError, TooBusy
from webui.access.gatekeeper import needs, visitor
from webui.cases.case_desk import CaseDesk

#: The other fields of the form, and what lies between them.
_BESIDE_THE_FILE = 64 * 1024
LARGEST_FORM_BYTES = LARGEST_PAPER_BYTES + _BESIDE_THE_FILE
_AT_ONCE = 2


class FormRequest(Request):
    """A request whose files lie in memory of the kernel's, until it was answered."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._sent: list[IO[bytes]] = []

    def close(self) -> None:
        super().close()
        for file in self._sent:
            file.close()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        self._sent.append(os.fdopen(os.memfd_create("sent"), "w+b"))
        return self._sent[-1]


def make_room_for_papers(app: Flask, csrf: CSRFProtect) -> None:
    """Let the form with a file be as large as that. Before who sends it is known, nothing of it is read: the view
    itself asks for the form's token, which is in it.
    """
    app.request_class = FormRequest
    csrf.exempt(f"{__name__}.attach")

    @app.before_request
    def make_room() -> None:
        if request.endpoint == "cases.attach":
            request.max_content_length = LARGEST_FORM_BYTES
            # What is read at once counts against it, together with what is left of the piece before.
            request.max_form_memory_size = 4 * _BESIDE_THE_FILE


def add_papers(views: Blueprint, desk: CaseDesk, done: Callable[[str, Callable[[], str]], ResponseReturnValue]) -> None:
    """``done`` does something to a case and says so on its page."""
    room = threading.BoundedSemaphore(_AT_ONCE)

    @views.post("/cases/<case_id>/papers")
    @needs(Action.RECORD_AUTHORITY_REQUESTS)
    def attach(case_id: str) -> ResponseReturnValue:
        def work() -> str:
            file = request.files.get("file")
            if file is None or not file.filename:
                raise SettingsError("Choose a file.")
            if os.fstat(file.stream.fileno()).st_size > LARGEST_PAPER_BYTES:
                raise too_large()
            desk.attach(visitor(), case_id, request.form.get("kind", ""), file.filename, file.stream)
            return "The file is with the case, and its digest in the evidence."

        if not room.acquire(blocking=False):
            raise TooBusy("Other files are being sent at this moment.", "Wait a few seconds and send it again.")
        try:
            current_app.extensions["csrf"].protect()
            return done(case_id, work)
        finally:
            room.release()

    @views.get("/cases/<case_id>/papers/<paper_id>")
    @needs(Action.WORK_ON_CASES)
    def paper(case_id: str, paper_id: str) -> ResponseReturnValue:
        who = visitor()
        kept = desk.paper(who, case_id, paper_id)
        # Whatever it is, it is for the disk and never shown as a page of ours.
        answer = Response(desk.content(who, case_id, paper_id), mimetype="application/octet-stream")
        # RFC 6266 4.3: a name in any letters, for browsers, and one in plain ones for whatever does not know that.
        names = {"filename": kept.name.encode("ascii", "replace").decode(), "filename*": f"UTF-8''{quote(kept.name)}"}
        answer.headers.set("Content-Disposition", "attachment", **names)
        answer.content_length = kept.bytes
        return answer
