"""What the routes for people read out of requests, and how people, sign-ins and factors look in their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.wiping import wipe
from firmware.core.access_policy import Role
from firmware.core.people import Person
from firmware.core.recipients import fingerprint
from firmware.core.sign_in_stage import Stage
from firmware.services.opener_sessions import Session
from firmware.services.signing_in import SignedIn

LONGEST_NAME = 64


@contextmanager
def secret(request: Request, name: str, *, needed: bool = True) -> Iterator[str]:
    """A secret of the request, wiped afterwards: it came out of the request's JSON, nobody else holds it."""
    typed = request.text(name) if needed else optional(request, name)
    try:
        yield typed
    finally:
        wipe(typed)


def optional(request: Request, name: str) -> str:
    return request.text(name) if isinstance(request.body, dict) and request.body.get(name) else ""


def credential_of(request: Request) -> Mapping[str, Any]:
    found = request.body.get("credential") if isinstance(request.body, dict) else None
    if not isinstance(found, dict):
        raise RequestRefused("The request needs 'credential' as the browser gave it.")
    return found


def role_of(request: Request) -> Role:
    try:
        return Role(request.text("role"))
    except ValueError:
        raise RequestRefused(f"'role' is one of {', '.join(Role)}.") from None


def stage_json(signed_in: SignedIn) -> dict[str, Any]:
    return {**stage_of(signed_in.session), "token": signed_in.token}


def stage_of(session: Session) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "stage": session.stage.value,
        "user": session.person.name,
        "expires_at_ms": session.expires_at_ms,
    }
    if session.stage is Stage.SECOND_FACTOR:
        return {**shown, "methods": list(session.person.second_factor.methods)}
    if session.stage is Stage.WAITING:
        shown["fingerprint"] = fingerprint(session.keys.user_public_key)
    return {**shown, **who_json(session.person), "session_id": session.session_id}


def who_json(person: Person) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "user": person.name,
        "role": person.role.value,
        "extension": person.extension,
    }


def new_person_json(person: Person) -> dict[str, Any]:
    return {"name": person.name, "role": person.role.value, "fingerprint": fingerprint(person.user_public_key)}
