"""Figures for programs that watch many machines, as Prometheus reads them. Never a number, a name or a recording.

Whoever may read them has a token of their own, of which the settings hold the digest only.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from firmware.adapters.control.client import ControlClient
from webui.access.gatekeeper import public
from webui.live_calls.lines import Lines

_BEARER = "Bearer "


@dataclass(frozen=True)
class BoxPrograms:
    """Whom the figures are asked of."""

    lines: Lines
    recorder: ControlClient
    opener: ControlClient
    keeper: ControlClient


def metrics_views(programs: BoxPrograms, token_sha256: Callable[[], str]) -> Blueprint:
    """``/metrics``. ``token_sha256``: of the token that may read it, hexadecimal; empty: nobody may."""
    views = Blueprint("metrics", __name__)

    @views.get("/metrics")
    @public
    def read() -> ResponseReturnValue:
        wanted = token_sha256()
        if not wanted:
            abort(404)
        given = request.headers.get("Authorization", "")
        token = given.removeprefix(_BEARER) if given.startswith(_BEARER) else ""
        if not hmac.compare_digest(hashlib.sha256(token.encode("utf-8", "replace")).hexdigest(), wanted):
            return Response("A token is needed.\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
        # Only now: few offices have a program that reads them.
        from webui.health.box_figures import as_prometheus_reads

        text, media_type = as_prometheus_reads(programs)
        return Response(text, content_type=media_type)

    return views
