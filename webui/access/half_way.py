"""The browser's hold on a sign-in that is not complete: a cookie of its own, which opens no page but the next step."""

from __future__ import annotations

from flask import request, session, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from firmware.core.sign_in_stage import Stage
from webui.access.gatekeeper import Gatekeeper, safe_next
from webui.access.reception import Reception, Step

_NEXT = "next"
_PAGES = {
    Stage.SECOND_FACTOR: "access.second_factor",
    Stage.SET_SECOND_FACTOR: "set_up.page",
    Stage.WAITING: "access.waiting",
}


class HalfWay:
    """Leads from step to step. Any thread."""

    def __init__(self, reception: Reception, gatekeeper: Gatekeeper, tls: bool) -> None:
        self._reception = reception
        self._gatekeeper = gatekeeper
        self._tls = tls
        self._cookie = "__Host-earmark-step" if tls else "earmark-step"

    @property
    def token(self) -> str:
        return request.cookies.get(self._cookie, "")

    def step(self, *stages: Stage) -> Step | None:
        """Where this browser's sign-in stands, if it is at one of ``stages``."""
        found = self._reception.step(self.token) if self.token else None
        return found if found is not None and found.stage in stages else None

    def begin(self, step: Step, next_page: str) -> Response:
        """The pass phrase was right. A form token from before that is worth nothing from now on."""
        session.clear()
        session[_NEXT] = safe_next(next_page) or ""
        return self.lead_on(step)

    def lead_on(self, step: Step) -> Response:
        """To the next step, or to where somebody wanted to go."""
        if step.stage is Stage.COMPLETE:
            answer = redirect(self.where_to(), 303)
        else:
            answer = redirect(url_for(_PAGES[step.stage]), 303)
        self.remember(answer, step)
        return answer

    def remember(self, answer: Response, step: Step) -> None:
        """Give the browser the token that the next step, or the page, needs."""
        if step.stage is Stage.COMPLETE:
            self.forget(answer)
            self._gatekeeper.welcome(answer, step.visitor)
            return
        answer.set_cookie(
            self._cookie, step.token, secure=self._tls, httponly=True, samesite="Strict", path="/", max_age=None
        )

    def forget(self, answer: Response) -> None:
        answer.delete_cookie(self._cookie, secure=self._tls, httponly=True, samesite="Strict", path="/")

    def where_to(self) -> str:
        """Where the person wanted to go before they were asked to sign in."""
        return safe_next(str(session.get(_NEXT, ""))) or url_for("home")

    def start_again(self, why: str) -> Response:
        """The step has ended; ``why`` is one of the sign-in page's reasons."""
        answer = redirect(url_for("access.sign_in", ended=why), 303)
        self.forget(answer)
        return answer
