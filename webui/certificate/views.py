"""How to have the page trusted, which everybody may read who sees a warning; and which certificate it uses."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.adapters.keys.office_certificate import MOST_BYTES
from firmware.core.access_policy import Action
from firmware.core.errors import CertificateError, StorageError
from webui.access.gatekeeper import needs, public, visitor
from webui.certificate.apple_profile import apple_profile
from webui.certificate.certificate_desk import Authority, CertificateDesk
from webui.error_words import for_people
from webui.form_answers import answered
from webui.translation import gettext as _

_MISTAKES = (CertificateError, StorageError)


def certificate_views(desk: CertificateDesk, office: str) -> Blueprint:
    """The help page with its downloads, and the page for whoever may change settings."""
    views = Blueprint("certificate", __name__)
    _add_help(views, desk, office)
    _add_changes(views, desk)
    return views


def _add_help(views: Blueprint, desk: CertificateDesk, office: str) -> None:
    @views.get("/help/certificate")
    @public  # whoever is warned by their browser is not signed in
    def help_page() -> ResponseReturnValue:
        return render_template("certificate/help.html", authority=desk.authority(), state=desk.state())

    def download(name: str, kind: str, content: Callable[[Authority], bytes]) -> Response:
        authority = desk.authority()
        if authority is None:
            abort(404)
        answer = Response(content(authority), mimetype=kind)
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @views.get("/help/certificate/earmark.crt")
    @public
    def der() -> ResponseReturnValue:
        return download("earmark.crt", "application/x-x509-ca-cert", lambda authority: authority.der)

    @views.get("/help/certificate/earmark.pem")
    @public
    def pem() -> ResponseReturnValue:
        return download("earmark.pem", "application/x-pem-file", lambda authority: authority.pem)

    @views.get("/help/certificate/earmark.mobileconfig")
    @public
    def profile() -> ResponseReturnValue:
        return download(
            "earmark.mobileconfig",
            "application/x-apple-aspen-config",
            lambda authority: apple_profile(authority.der, authority.name, office),
        )


def _add_changes(views: Blueprint, desk: CertificateDesk) -> None:
    def drawn(mistake: str = "") -> str:
        state = desk.state()
        problem = state.problem and (for_people(state.problem) or _("It is missing or damaged: have it made anew."))
        return render_template(
            "certificate/page.html", authority=desk.authority(), state=state, problem=problem, mistake=mistake
        )

    @views.get("/certificate")
    @needs(Action.CHANGE_SETTINGS)
    def page() -> ResponseReturnValue:
        return drawn()

    @views.post("/certificate")
    @needs(Action.CHANGE_SETTINGS)
    def use() -> ResponseReturnValue:
        return answered(lambda: desk.use(visitor(), _sent("chain"), _sent("key")), drawn, url_for(".page"), _MISTAKES)

    @views.post("/certificate/own")
    @needs(Action.CHANGE_SETTINGS)
    def use_the_box_s() -> ResponseReturnValue:
        return answered(lambda: desk.use_the_box_s(visitor()), drawn, url_for(".page"), _MISTAKES)


def _sent(name: str) -> bytes:
    """A file of the form.

    Raises:
        CertificateError: there is none, or it is far too large.
    """
    file = request.files.get(name)
    content = file.stream.read(MOST_BYTES + 1) if file is not None else b""
    what = "certificate" if name == "chain" else "key"
    if not content.strip():
        raise CertificateError(_("There is no %(what)s.") % {"what": what}, _("Choose both files."))
    if len(content) > MOST_BYTES:
        raise CertificateError(
            _("That is far too large for a %(what)s.") % {"what": what}, _("Look whether it is the right file.")
        )
    return content
