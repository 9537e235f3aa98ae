"""Papers to print: each as a page with a style for paper, and as PDF; and the evidence pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Action
from webui.access.gatekeeper import needs, signed_in, visitor
from webui.compliance.evidence_pack import PackSources, evidence_pack
from webui.compliance.printables import printables
from webui.compliance.printed_page import PrintedPage, to_pdf
from webui.translation import language


@dataclass(frozen=True)
class Printing:
    """What papers are made with."""

    office: str
    sources: PackSources


def add_papers_to_print(views: Blueprint, printing: Printing) -> None:
    """Papers are for everybody signed in; the pack is for those who see the evidence."""

    def named(name: str) -> PrintedPage:
        found = printables(printing.sources.duties.office(), printing.office).get(name)
        if found is None:
            abort(404)
        return found

    @views.get("/print/<paper>")
    @signed_in
    def printable(paper: str) -> ResponseReturnValue:
        return render_template("compliance/printable.html", paper=named(paper))

    @views.get("/print/<paper>.pdf")
    @signed_in
    def printable_file(paper: str) -> ResponseReturnValue:
        return _file(named(paper))

    @views.get("/pack")
    @needs(Action.SEE_COMPLIANCE)
    def pack() -> ResponseReturnValue:
        return render_template("compliance/pack.html")

    @views.post("/pack")
    @needs(Action.SEE_COMPLIANCE)
    def take_pack() -> ResponseReturnValue:
        return _file(evidence_pack(printing.sources, visitor()))

    def _file(paper: PrintedPage) -> Response:
        made_at = datetime.now(printing.sources.zone)
        answer = Response(to_pdf(paper, printing.office, made_at, language()), mimetype="application/pdf")
        shown = "inline" if request.method == "GET" else "attachment"
        answer.headers["Content-Disposition"] = f'{shown}; filename="{paper.name}-{made_at:%Y%m%d}.pdf"'
        return answer
