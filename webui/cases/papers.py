"""Files that are kept with a case: scanned letters of several megabytes, which this process never has in memory whole.

A file that is sent lies in memory of the kernel's until it went on to the opener (``sent_files``). One that is fetched
passes through part by part.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from firmware.core.data_case import LARGEST_PAPER_BYTES, too_large
from firmware.core.errors import SettingsError, TooBusy
from webui.access.gatekeeper import needs, visitor
from webui.cases.case_desk import CaseDesk
from webui.sent_files import Room
from webui.translation import gettext as _

_AT_ONCE = 2


PAPERS = Room(f"{__name__}.attach", LARGEST_PAPER_BYTES)


def add_papers(views: Blueprint, desk: CaseDesk, done: Callable[[str, Callable[[], str]], ResponseReturnValue]) -> None:
    """``done`` does something to a case and says so on its page."""
    room = threading.BoundedSemaphore(_AT_ONCE)

    @views.post("/cases/<case_id>/papers")
    @needs(Action.RECORD_AUTHORITY_REQUESTS)
    def attach(case_id: str) -> ResponseReturnValue:
        def work() -> str:
            file = request.files.get("file")
            if file is None or not file.filename:
                raise SettingsError(_("Choose a file."))
            if os.fstat(file.stream.fileno()).st_size > LARGEST_PAPER_BYTES:
                raise too_large()
            desk.attach(visitor(), case_id, request.form.get("kind", ""), file.filename, file.stream)
            return _("The file is with the case, and its digest in the evidence.")

        if not room.acquire(blocking=False):
            raise TooBusy(_("Other files are being sent at this moment."), _("Wait a few seconds and send it again."))
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
