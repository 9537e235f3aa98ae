"""The opener's routes for one's own account: pass phrase, second factors, sign-ins.

Their shapes are written down in ``people`` beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.cli.opener.composition import Office
from firmware.cli.opener.people_wire import LONGEST_NAME, credential_of, secret, stage_json, who_json
from firmware.core.people import Person
from firmware.core.recipients import fingerprint
from firmware.services.account import FactorSet
from firmware.services.opener_sessions import Session


def account_routes(office: Office) -> dict[str, Handler]:
    account = office.account

    def shown(request: Request) -> Mapping[str, Any]:
        session, person = account.known(request.token)
        return {
            **who_json(person),
            "fingerprint": fingerprint(session.keys.user_public_key),
            "holds_office_key": bool(person.office_keys),
            "stage": session.stage.value,
            "second_factor": _factor_json(person, office.signing_in.second_factor_required(person.role)),
            "sessions": [_session_json(each, session) for each in account.sessions(person)],
        }

    def words(request: Request) -> Mapping[str, Any]:
        account.known(request.token)
        return {"words": office.joining.offer_words()}

    def password(request: Request) -> Mapping[str, Any]:
        with secret(request, "password") as old, secret(request, "new_password") as new:
            account.change_pass_phrase(request.token, old, new)
        return {}

    def sign_out_everywhere(request: Request) -> Mapping[str, Any]:
        return {"ended": account.sign_out_everywhere(request.token)}

    def end_session(request: Request) -> Mapping[str, Any]:
        account.end_session(request.token, request.parameters["session_id"])
        return {}

    return {
        "GET /account": shown,
        "GET /account/words": words,
        "POST /account/password": password,
        "POST /account/sign-out-everywhere": sign_out_everywhere,
        "POST /account/sessions/{session_id}/end": end_session,
    }


def factor_routes(office: Office) -> dict[str, Handler]:
    account = office.account

    def begin_codes(request: Request) -> Mapping[str, Any]:
        with secret(request, "password", needed=False) as pass_phrase:
            new = account.begin_codes(request.token, pass_phrase)
        return {"secret": new.secret, "uri": new.address, "qr_svg": new.picture}

    def finish_codes(request: Request) -> Mapping[str, Any]:
        return _factor_set(account.finish_codes(request.token, request.text("code", LONGEST_NAME)))

    def remove_codes(request: Request) -> Mapping[str, Any]:
        with secret(request, "password") as pass_phrase:
            account.remove_codes(request.token, pass_phrase)
        return {}

    def begin_passkey(request: Request) -> Mapping[str, Any]:
        with secret(request, "password", needed=False) as pass_phrase:
            return {"options": account.begin_passkey(request.token, pass_phrase, request.text("host"))}

    def finish_passkey(request: Request) -> Mapping[str, Any]:
        name, origin = request.text("name"), request.text("origin")
        passkey_id, done = account.finish_passkey(request.token, name, origin, credential_of(request))
        return {"passkey_id": passkey_id, **_factor_set(done)}

    def remove_passkey(request: Request) -> Mapping[str, Any]:
        with secret(request, "password") as pass_phrase:
            account.remove_passkey(request.token, pass_phrase, request.parameters["passkey_id"])
        return {}

    def recovery_codes(request: Request) -> Mapping[str, Any]:
        with secret(request, "password") as pass_phrase:
            return {"recovery_codes": account.new_recovery_codes(request.token, pass_phrase)}

    return {
        "POST /account/totp/begin": begin_codes,
        "POST /account/totp/finish": finish_codes,
        "POST /account/totp/remove": remove_codes,
        "POST /account/passkeys/begin": begin_passkey,
        "POST /account/passkeys/finish": finish_passkey,
        "POST /account/passkeys/{passkey_id}/remove": remove_passkey,
        "POST /account/recovery-codes": recovery_codes,
    }


def _factor_json(person: Person, required: bool) -> dict[str, Any]:
    factor = person.second_factor
    passkeys = [
        {"passkey_id": each.passkey_id, "name": each.name, "host": each.host, "added_at_ms": each.added_at_ms}
        for each in factor.passkeys
    ]
    return {
        "required": required,
        "totp": bool(factor.totp_secret),
        "recovery_codes_left": len(factor.recovery_codes),
        "passkeys": passkeys,
    }


def _session_json(session: Session, mine: Session) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "began_at_ms": session.began_at_ms,
        "expires_at_ms": session.expires_at_ms,
        "this": session.session_id == mine.session_id,
    }


def _factor_set(done: FactorSet) -> dict[str, Any]:
    return {"recovery_codes": done.recovery_codes, "stage": stage_json(done.onwards) if done.onwards else None}
