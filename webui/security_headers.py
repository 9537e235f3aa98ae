"""What every answer carries, and what a request must look like to be answered at all."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Iterable

from flask import Flask, Response, abort, g, request

from webui.translation import gettext as _

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: Where somebody may speak an announcement.
_WITH_MICROPHONE = frozenset({"settings.prompts", "settings.keep_prompt", "settings.remove_prompt"})


def guard_headers(app: Flask, host_names: Iterable[str]) -> None:
    """Check the Host and the origin of every request, and put the headers on every answer."""
    names = own_names(host_names)

    @app.before_request
    def refuse_strangers() -> None:
        if not is_own_host(request.headers.get("Host", ""), names):
            abort(400, _("This box does not go by that name. Use the address that was given to you for it."))
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _from_our_own_page():
            abort(403, _("That request came from another site."))

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        if request.endpoint in _WITH_MICROPHONE:
            response.headers["Permissions-Policy"] = _HEADERS["Permissions-Policy"].replace(
                "microphone=()", "microphone=(self)"
            )
        if "style_nonce" in g:
            response.headers["Content-Security-Policy"] = f"{_POLICY}; style-src 'self' 'nonce-{g.style_nonce}'"
        # What anybody may have (style, scripts) may be kept a while; a page or a voice never.
        kept = request.endpoint == "static" and response.status_code in (200, 304)
        response.headers["Cache-Control"] = "public, max-age=300" if kept else "no-store"
        return response


def style_nonce() -> str:
    """A word of this answer alone, by which a library of the page may bring a style sheet of its own (CSP level 3)."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    word: str = g.style_nonce
    return word


def own_names(further: Iterable[str]) -> frozenset[str]:
    """The names by which this machine may be asked for, in lower case."""
    machine = socket.gethostname().lower()
    return frozenset({"localhost", machine, f"{machine.partition('.')[0]}.local", *(name.lower() for name in further)})


def is_own_host(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header names this box.

    Any plain address will do: the attack this is against (DNS rebinding) needs a *name* that the attacker owns.
    """
    name = _without_port(host).lower().rstrip(".")
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _from_our_own_page() -> bool:
    """Browsers say where a request was made (W3C Fetch Metadata). One that does not has its form token to show."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
