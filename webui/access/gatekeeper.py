"""Nobody sees what was not opened to them: every view says who may have it, and one that says nothing is shut."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Literal, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from firmware.core.access_policy import Action, Role, may
from firmware.core.errors import NotAllowed, ServiceAway, SignInRefused
from webui.access.opener import Opener, Visitor, session_of
from webui.api.program_door import CallingProgram, ProgramDoor
from webui.desk.desk_door import DeskDoor, PairedDesk
from webui.recordings.listening_room import ListeningRoom
from webui.translation import gettext as _

log = logging.getLogger("web.access")

View = TypeVar("View", bound=Callable[..., object])

#: Of whom a view is: anybody's, a paired desk's, a program's with the token for it, or of the roles with one of these
#: actions (none named: everybody's).
Mark = Literal["public", "desk", "program"] | tuple[Action, ...]

_PUBLIC = "earmark_public"
_ACTION = "earmark_action"
_AT_DESK = "earmark_at_desk"
_FOR_PROGRAM = "earmark_for_program"
_BACKGROUND = "earmark_background"
#: Sent by our own scripts with what they fetch by themselves.
_BACKGROUND_HEADER = "Earmark-Background"


def public(view: View) -> View:
    """Mark a view that anybody on the network may have."""
    setattr(view, _PUBLIC, True)
    return view


def signed_in(view: View) -> View:
    """Mark a view that anybody signed in may have, whatever their role."""
    setattr(view, _ACTION, ())
    return view


def at_desk(view: View) -> View:
    """Mark a view that a paired desk may have, and nobody else."""
    setattr(view, _AT_DESK, True)
    return view


def for_program(scope: str | Callable[[Mapping[str, str]], str], what: str) -> Callable[[View], View]:
    """Mark a view that a program with that scope may have by its token, and nobody else.

    Args:
        scope: what it needs, or what says so by the address's parameters; empty where every program may.
        what: what the program does by it, for the evidence; ``{names}`` in it are those of the address.
    """

    def mark(view: View) -> View:
        setattr(view, _FOR_PROGRAM, (scope, what))
        return view

    return mark


def needs(*actions: Action) -> Callable[[View], View]:
    """Mark a view that only roles with one of these may have."""

    def mark(view: View) -> View:
        setattr(view, _ACTION, actions)
        return view

    return mark


def background(view: View) -> View:
    """Mark a view that pages ask for by themselves, so that asking does not count as the person being there."""
    setattr(view, _BACKGROUND, True)
    return view


def mark_of(view: object) -> Mark | None:
    """Who may have the view, as it says; None: it says nothing, and is shut."""
    if getattr(view, _PUBLIC, False):
        return "public"
    if getattr(view, _AT_DESK, False):
        return "desk"
    if hasattr(view, _FOR_PROGRAM):
        return "program"
    marked: tuple[Action, ...] | None = getattr(view, _ACTION, None)
    return marked


def visitor() -> Visitor:
    """Who is signed in. Only for views that are not public."""
    found: Visitor = g.visitor
    return found


def paired_desk() -> PairedDesk:
    """Which desk asks. Only for views that are marked ``at_desk``."""
    found: PairedDesk = g.paired_desk
    return found


def calling_program() -> CallingProgram:
    """Which program asks. Only for views that are marked ``for_program``."""
    found: CallingProgram = g.calling_program
    return found


def allowed(who: Visitor, action: Action) -> bool:
    """Whether the visitor's role gives them the action. A role this version does not know may do nothing."""
    try:
        return may(Role(who.role), action)
    except ValueError:
        return False


class Gatekeeper:
    """Knows visitors by their cookie, and asks the opener about it at every request. Desks have a cookie of their own,
    which opens what is marked ``at_desk`` and nothing else. Programs have a token, and where one is asked for no cookie
    counts.
    """

    def __init__(self, opener: Opener, room: ListeningRoom, door: DeskDoor, programs: ProgramDoor, tls: bool) -> None:
        self._opener = opener
        self._door = door
        self._programs = programs
        self._room = room
        self._tls = tls
        # __Host-: browsers then refuse one set by a neighbour's page or without TLS (RFC 6265bis 4.1.3.2).
        self._cookie = "__Host-earmark" if tls else "earmark"

    def guard(self, app: Flask) -> None:
        app.before_request(self._check)

    def welcome(self, response: AnyResponse, who: Visitor) -> None:
        """Give the browser its token. The cookie ends with the browser; the session ends when the opener says."""
        response.set_cookie(
            self._cookie, who.token, secure=self._tls, httponly=True, samesite="Strict", path="/", max_age=None
        )

    def farewell(self, response: AnyResponse) -> None:
        response.delete_cookie(self._cookie, secure=self._tls, httponly=True, samesite="Strict", path="/")

    def present(self, *, active: bool = True) -> Visitor | None:
        """Who this request comes from, as the opener says now; None for a stranger.

        Raises:
            ServiceAway: the opener cannot be asked, so nobody is known.
        """
        token = request.cookies.get(self._cookie)
        if not token:
            return None
        who = self._opener.visitor(token, active=active)
        if who is None:
            self._room.leave(session_of(token))
        else:
            self._room.seen(who.session, who.expires_at_ms)
        return who

    def end_session(self) -> bool:
        """Sign the browser's session out, whether or not the opener can be asked: what it heard is forgotten here.

        Raises:
            SignInRefused: the browser has none.

        Returns:
            False when the opener did not answer, so that the session ends there only by itself.
        """
        token = request.cookies.get(self._cookie)
        if not token:
            raise SignInRefused(_("Nobody is signed in here."))
        session = session_of(token)
        self._room.leave(session)
        try:
            self._opener.sign_out(token)
        except ServiceAway:
            return False
        finally:
            self._room.leave(session)  # what was opened between leaving and the opener's hearing of it
        return True

    def forget_session(self, who: Visitor) -> None:
        """What was unsealed in a session that has ended is forgotten here."""
        self._room.leave(who.session)

    def still_there(self, who: Visitor) -> bool:
        """Whether a visitor's session still stands. For streams, which outlive the request that began them."""
        return self._opener.visitor(who.token, active=False) is not None

    def _check(self) -> AnyResponse | None:
        if request.endpoint is None:
            self._recognise()
            return None  # nothing is there: 404 or 405, the same for everybody
        view = current_app.view_functions[request.endpoint]
        if request.endpoint == "static" or getattr(view, _PUBLIC, False):
            return None
        if getattr(view, _AT_DESK, False):
            return self._check_desk()
        if hasattr(view, _FOR_PROGRAM):
            self._check_program(*getattr(view, _FOR_PROGRAM))
            return None
        if not hasattr(view, _ACTION):
            log.error("the view %s does not say who may have it, so nobody may", request.endpoint)
            raise NotAllowed(_("This page is not open to anybody."))
        by_itself = getattr(view, _BACKGROUND, False) or _BACKGROUND_HEADER in request.headers
        who = self.present(active=not by_itself)
        if who is None:
            return self._ask_to_sign_in()
        g.visitor = who
        actions: tuple[Action, ...] = getattr(view, _ACTION)
        if actions and not any(allowed(who, action) for action in actions):
            log.warning("a signed-in %s was refused: %s", who.role, actions[0])
            self._opener.tell_refused(who, actions[0])
            raise NotAllowed(
                _("Your role does not allow that."), _("Ask somebody whose role does; Help lists the roles.")
            )
        return None

    def _check_desk(self) -> AnyResponse | None:
        desk = self._door.present()
        if desk is not None:
            g.paired_desk = desk
            return None
        if request.accept_mimetypes.accept_html:
            return redirect(url_for("desk.page"), 303)
        return Response(_("Pair this desk first.") + "\n", 401, mimetype="text/plain")

    def _check_program(self, scope: str | Callable[[Mapping[str, str]], str], what: str) -> None:
        names: Mapping[str, str] = request.view_args or {}
        needed = scope if isinstance(scope, str) else scope(names)
        g.calling_program = self._programs.admit(needed, what.format(**names))

    def _recognise(self) -> None:
        """Let a page that says what went wrong still know who is there, if the opener can be asked."""
        with suppress(ServiceAway):
            g.visitor = self.present(active=False)

    def _ask_to_sign_in(self) -> AnyResponse:
        ended = {"ended": "idle"} if request.cookies.get(self._cookie) else {}
        if request.accept_mimetypes.accept_html and request.method in ("GET", "HEAD"):
            answer = redirect(f"{url_for('access.sign_in')}?{urlencode({'next': _here(), **ended})}", 303)
        elif request.accept_mimetypes.accept_html:
            answer = redirect(url_for("access.sign_in", ended=ended.get("ended")), 303)
        else:
            answer = Response(_("Sign in first.") + "\n", 401, mimetype="text/plain")
        self.farewell(answer)
        return answer


def safe_next(target: str) -> str | None:
    """A place on this box to go to after signing in; None for anything that might lead elsewhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return None
    return None if any(ord(character) < 0x20 for character in target) else target


def _here() -> str:
    return request.full_path if request.query_string else request.path
