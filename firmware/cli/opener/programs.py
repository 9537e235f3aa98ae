"""The opener's routes for programs of the office and for web hooks.

A director's, with the token of their session:
``GET  /programs``                      → {programs, web_hooks}
``POST /programs``                      ``name``, ``scopes``, ``expires_at_ms`` → {token, …}
``POST /programs/{program_id}/revoke``
``POST /web-hooks``                     ``name``, ``url``, ``numbers`` → {secret, …}
``POST /web-hooks/{hook_id}/remove``
A program's, with its own token:
``POST /program/use``                   ``scope``, ``what`` → {program_id, name, scopes, expires_at_ms}
``POST /program/shown``                 ``scope``, ``what``, ``rows`` → {}: so many rows go to it
``POST /program/tag``                   ``recording_id``, ``tag`` → {}
The keeper's, who sends:
``GET  /web-hooks/to-call``             → {web_hooks}, with their secrets
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.catalogue.call_notes import NoteReader, NoteTable
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.program_file import ProgramFile, WebHookFile
from firmware.core.access_policy import Action, check
from firmware.core.home import Home
from firmware.core.program import MOST_SCOPES, Program
from firmware.core.web_hook import WebHook
from firmware.ports.clock import Clock
from firmware.services.opener import Opener
from firmware.services.program_tags import ProgramTags
from firmware.services.program_uses import ProgramUses
from firmware.services.programs import Director, Programs
from firmware.services.web_hooks import WebHooks

_LONGEST = 200
_MOST_ROWS = 100_000


def program_routes(home: Home, opener: Opener, clock: Clock) -> dict[str, Handler]:
    uses = ProgramUses(opener.enter_soon, clock)
    opener.each_round(uses.tell_due)
    programs = Programs(ProgramFile(home.programs_file), opener, uses, clock)
    hooks = WebHooks(WebHookFile(home.programs_file), opener, clock)
    tags = ProgramTags(programs, NoteTable(home.catalogue), NoteReader(home.catalogue), opener.enter, clock)
    return _director_routes(opener, programs, hooks) | _program_routes(programs, tags) | _keeper_routes(hooks)


def _director_routes(opener: Opener, programs: Programs, hooks: WebHooks) -> dict[str, Handler]:
    def director(request: Request) -> Director:
        session = opener.session(request.token)
        check(session.person.role, Action.CONNECT_PROGRAMS)
        return Director(session.person.person_id, session.person.name, session.session_id)

    def listed(request: Request) -> Mapping[str, Any]:
        director(request)
        return {
            "programs": [_program(each) for each in programs.listed()],
            "web_hooks": [_hook(each) for each in hooks.hooks()],
        }

    def make(request: Request) -> Mapping[str, Any]:
        by, expires_at_ms = director(request), request.body.get("expires_at_ms") or 0
        if not isinstance(expires_at_ms, int):
            raise RequestRefused("'expires_at_ms' is a time in Unix milliseconds, or null.")
        made = programs.make(request.text("name", _LONGEST), _scopes(request), expires_at_ms, by)
        return {"token": made.token, **_program(made.program)}

    def revoke(request: Request) -> Mapping[str, Any]:
        return _program(programs.revoke(request.parameters["program_id"], director(request)))

    def set_hook(request: Request) -> Mapping[str, Any]:
        by, numbers = director(request), request.body.get("numbers") is True
        made = hooks.set(request.text("name", _LONGEST), request.text("url"), numbers, by)
        return {"secret": made.secret, **_hook(made)}

    def remove_hook(request: Request) -> Mapping[str, Any]:
        return _hook(hooks.remove(request.parameters["hook_id"], director(request)))

    return {
        "GET /programs": listed,
        "POST /programs": make,
        "POST /programs/{program_id}/revoke": revoke,
        "POST /web-hooks": set_hook,
        "POST /web-hooks/{hook_id}/remove": remove_hook,
    }


def _program_routes(programs: Programs, tags: ProgramTags) -> dict[str, Handler]:
    def use(request: Request) -> Mapping[str, Any]:
        return _program(programs.admit(request.token, request.text("scope", _LONGEST), request.text("what", _LONGEST)))

    def shown(request: Request) -> Mapping[str, Any]:
        rows = request.body.get("rows")
        if not isinstance(rows, int) or not 0 <= rows <= _MOST_ROWS:
            raise RequestRefused(f"'rows' is a number up to {_MOST_ROWS}.")
        programs.shown(request.token, request.text("scope", _LONGEST), request.text("what", _LONGEST), rows)
        return {}

    def tag(request: Request) -> Mapping[str, Any]:
        tags.write(request.token, request.text("recording_id", 64), request.text("tag", _LONGEST))
        return {}

    return {"POST /program/use": use, "POST /program/shown": shown, "POST /program/tag": tag}


def _keeper_routes(hooks: WebHooks) -> dict[str, Handler]:
    is_keeper = these_users("earmark-keeper")

    def to_call(request: Request) -> Mapping[str, Any]:
        if not is_keeper(request.peer):
            raise RequestRefused("This is for the keeper alone, who sends.", status=403)
        return {"web_hooks": [each.to_json() for each in hooks.hooks()]}

    return {"GET /web-hooks/to-call": to_call}


def _scopes(request: Request) -> list[str]:
    given = request.body.get("scopes")
    if not isinstance(given, list) or len(given) > MOST_SCOPES or not all(isinstance(each, str) for each in given):
        raise RequestRefused(f"'scopes' is a list of at most {MOST_SCOPES} texts.")
    return given


def _program(program: Program) -> dict[str, Any]:
    """All but the token's hash."""
    return {name: value for name, value in program.to_json().items() if name != "token_hash"}


def _hook(hook: WebHook) -> dict[str, Any]:
    """All but the secret."""
    return {name: value for name, value in hook.to_json().items() if name != "secret"}
