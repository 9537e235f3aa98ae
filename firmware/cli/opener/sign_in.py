"""The opener's routes for coming in: signing in by stages, joining by invitation, the recovery key.

Their shapes are written down in ``people`` beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.cli.opener.composition import Office
from firmware.cli.opener.people_wire import (
    LONGEST_NAME,
    credential_of,
    new_person_json,
    optional,
    secret,
    stage_json,
    stage_of,
)
from firmware.core.errors import SignInRefused
from firmware.core.sign_in_stage import Stage
from firmware.services.second_factors import Proof


def sign_in_routes(office: Office) -> dict[str, Handler]:
    def sign_in(request: Request) -> Mapping[str, Any]:
        user, voucher = request.text("user", LONGEST_NAME), optional(request, "voucher")
        with secret(request, "password") as pass_phrase:
            return stage_json(office.signing_in.sign_in(user, pass_phrase, voucher))

    def stage(request: Request) -> Mapping[str, Any]:
        session = office.opener.session(request.token, activity=False, stages=frozenset(Stage))
        return stage_of(session)

    def passkey(request: Request) -> Mapping[str, Any]:
        session = office.opener.session(request.token, stages=frozenset({Stage.SECOND_FACTOR}))
        person = office.people.by_id(session.person.person_id)
        if person is None:
            raise SignInRefused("This sign-in has ended.", "Sign in again.")
        return {"options": office.factors.challenge(person, session, request.text("host"))}

    def second_factor(request: Request) -> Mapping[str, Any]:
        return stage_json(office.signing_in.second_factor(request.token, _proof(request)))

    return {
        "POST /sign-in": sign_in,
        "GET /sign-in/stage": stage,
        "POST /sign-in/passkey": passkey,
        "POST /sign-in/second-factor": second_factor,
    }


def joining_routes(office: Office) -> dict[str, Handler]:
    def look(request: Request) -> Mapping[str, Any]:
        found = office.joining.look(request.text("name", LONGEST_NAME), request.text("code", LONGEST_NAME))
        return {
            "name": found.name,
            "role": found.role.value,
            "expires_at_ms": found.expires_at_ms,
            "words": office.joining.offer_words(),
        }

    def join(request: Request) -> Mapping[str, Any]:
        name, code = request.text("name", LONGEST_NAME), request.text("code", LONGEST_NAME)
        with secret(request, "password") as pass_phrase:
            person = office.joining.join(name, code, pass_phrase)
        return {**new_person_json(person), "must_be_confirmed": person.awaits_key}

    def recover(request: Request) -> Mapping[str, Any]:
        name = request.text("name", LONGEST_NAME)
        with secret(request, "password") as pass_phrase, secret(request, "recovery_key") as key:
            return new_person_json(office.recovering.recover(key, name, pass_phrase))

    return {"POST /join/look": look, "POST /join": join, "POST /recovery": recover}


def _proof(request: Request) -> Proof:
    if optional(request, "code"):
        return Proof("totp", code=request.text("code", LONGEST_NAME))
    if optional(request, "recovery_code"):
        return Proof("recovery-code", code=request.text("recovery_code", LONGEST_NAME))
    return Proof("passkey", credential=credential_of(request), origin=request.text("origin"))
