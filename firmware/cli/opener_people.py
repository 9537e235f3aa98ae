"""The opener's routes for people: signing in by stages, one's own account, joining by invitation, and looking after
others' sign-ins. All are POST with a JSON object unless it says GET; *token* is ``Authorization: Bearer``.

Times are Unix milliseconds. Errors are those of ``firmware.core.errors``: SignInRefused (401), NotAllowed (403),
NoSuchPerson (404), ActionRefused (409), SettingsError (422: what was typed cannot be used, and why).

**Signing in.** An answer of these is a *Stage*::

    {"stage": "complete", "token", "session_id", "person_id", "user", "role", "extension", "expires_at_ms"}
    {"stage": "second-factor", "token", "user", "expires_at_ms", "methods": ["totp", "passkey", "recovery-code"]}
    {"stage": "set-second-factor", "token", "user", "role", "expires_at_ms"}   no factor yet, and the role must have one
    {"stage": "waiting", "token", "user", "role", "expires_at_ms", "fingerprint"}   a listener must confirm this person

Only a complete session's token is good for anything but the routes of this section and the account. A later stage comes
with a **new** token; the old one is then worth nothing. ``GET /session`` answers complete sessions alone.

``/sign-in``                    {user, password, voucher?} → Stage. With a voucher a lock does not hold.
``GET /sign-in/stage``          token → Stage (without a new token)
``/sign-in/passkey``            token, {host, origin} → {options}: what ``navigator.credentials.get`` takes, as JSON
``/sign-in/second-factor``      token, {code} or {recovery_code} or {credential, origin} → Stage. ``credential`` is
                                ``PublicKeyCredential.toJSON()``; origin as ``https://earmark.local:8443``

**Joining.** The invited person needs their sign-in name and the code; ten wrong codes end an invitation.

``/join/look``                  {name, code} → {name, role, expires_at_ms, words}; words: five random ones on offer
``/join``                       {name, code, password} → {name, role, fingerprint, must_be_confirmed}
``/recovery``                   {recovery_key, name, password} → {name, role, fingerprint}: back in by the recovery key
                                (its text, or its 24 words); makes the person a director if there is none of that name

**One's own account** (token of a complete session; where marked *, also of set-second-factor and waiting).
``password`` is the pass phrase again; for a stage set-second-factor it may be left out. Five wrong ones end a session.

``GET /account`` *              → {person_id, user, role, extension, fingerprint, holds_office_key, stage,
                                   second_factor: {required, totp: bool, recovery_codes_left,
                                                   passkeys: [{passkey_id, name, host, added_at_ms}]},
                                   sessions: [{session_id, began_at_ms, expires_at_ms, this: bool}]}
``GET /account/words`` *        → {words}
``/account/password``           {password, new_password} → {}; all other sessions of the person end
``/account/totp/begin`` *       {password?} → {secret, uri, qr_svg}
``/account/totp/finish`` *      {code} → {recovery_codes: [...] (when these are the first), stage: Stage or null}
``/account/totp/remove``        {password} → {}
``/account/passkeys/begin`` *   {host, origin, password?} → {options}: what ``navigator.credentials.create`` takes
``/account/passkeys/finish`` *  {name, origin, credential} → {passkey_id, recovery_codes, stage} as for totp
``/account/passkeys/{passkey_id}/remove``   {password} → {}
``/account/recovery-codes``     {password} → {recovery_codes}: ten new ones; the old are worth nothing
``/account/sign-out-everywhere``   {} → {ended}: how many; this session too
``/account/sessions/{session_id}/end``   {} → {}

**Other people** (token of a complete session whose role may).

``GET /people``                 → {people: [{person_id, name, role, extension, state, fingerprint, holds_office_key,
                                             joined_at_ms, second_factor: bool, locked_until_ms, sessions, you: bool}],
                                   left: [{person_id, name, role, left_at_ms}],
                                   invitations: [{invitation_id, name, role, extension, expires_at_ms, again: bool}],
                                   recipients: as below}
                                state: "active", "waiting" (for a listener's confirmation)
``GET /recipients``             → {people: [{person_id, name, role}], office_key, recovery_key, digest, changed_at_ms}
                                who can open recordings; keys as fingerprints. Any session, and the web process itself
``/invitations``                {name, role, extension?} → {invitation_id, code, name, role, extension, expires_at_ms}
``/invitations/{invitation_id}/withdraw``   {} → {}
``/people/{person_id}/confirm``   {fingerprint} → {}: as shown in people; both people have compared it
``/people/{person_id}/vouch``   {for: "lock" or "second-factor"} → {code, expires_at_ms}: told to the person, typed once
``/people/{person_id}/invite-again``   {} → as /invitations: after a forgotten pass phrase
``/people/{person_id}/change``  {role, extension} → {}: both as they shall be
``/people/{person_id}/leave``   {} → {}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.wiping import wipe
from firmware.cli.opener_composition import Office
from firmware.core.access_policy import Role
from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.core.recipients import fingerprint
from firmware.core.sign_in_stage import KNOWN, Stage
from firmware.services.account import FactorSet
from firmware.services.joining import NewInvitation
from firmware.services.opener_sessions import Session
from firmware.services.second_factors import Proof
from firmware.services.signing_in import SignedIn
from firmware.services.vouchers import VouchedFor

_LONGEST_NAME = 64


def people_routes(office: Office) -> dict[str, Handler]:
    """All routes of this module."""
    return {
        **_sign_in_routes(office),
        **_joining_routes(office),
        **_account_routes(office),
        **_factor_routes(office),
        **_desk_routes(office),
    }


def _sign_in_routes(office: Office) -> dict[str, Handler]:
    def sign_in(request: Request) -> Mapping[str, Any]:
        user, voucher = request.text("user", _LONGEST_NAME), _optional(request, "voucher")
        with _secret(request, "password") as pass_phrase:
            return _stage(office.signing_in.sign_in(user, pass_phrase, voucher))

    def stage(request: Request) -> Mapping[str, Any]:
        session = office.opener.session(request.token, activity=False, stages=frozenset(Stage))
        return _stage_of(session)

    def passkey(request: Request) -> Mapping[str, Any]:
        session = office.opener.session(request.token, stages=frozenset({Stage.SECOND_FACTOR}))
        person = office.people.by_id(session.person.person_id)
        if person is None:
            raise SignInRefused("This sign-in has ended.", "Sign in again.")
        return {"options": office.factors.challenge(person, session, request.text("host"))}

    def second_factor(request: Request) -> Mapping[str, Any]:
        return _stage(office.signing_in.second_factor(request.token, _proof(request)))

    return {
        "POST /sign-in": sign_in,
        "GET /sign-in/stage": stage,
        "POST /sign-in/passkey": passkey,
        "POST /sign-in/second-factor": second_factor,
    }


def _joining_routes(office: Office) -> dict[str, Handler]:
    def look(request: Request) -> Mapping[str, Any]:
        found = office.joining.look(request.text("name", _LONGEST_NAME), request.text("code", _LONGEST_NAME))
        return {
            "name": found.name,
            "role": found.role.value,
            "expires_at_ms": found.expires_at_ms,
            "words": office.joining.offer_words(),
        }

    def join(request: Request) -> Mapping[str, Any]:
        name, code = request.text("name", _LONGEST_NAME), request.text("code", _LONGEST_NAME)
        with _secret(request, "password") as pass_phrase:
            person = office.joining.join(name, code, pass_phrase)
        return {**_new_person(person), "must_be_confirmed": person.awaits_key}

    def recover(request: Request) -> Mapping[str, Any]:
        name = request.text("name", _LONGEST_NAME)
        with _secret(request, "password") as pass_phrase, _secret(request, "recovery_key") as key:
            return _new_person(office.recovering.recover(key, name, pass_phrase))

    return {"POST /join/look": look, "POST /join": join, "POST /recovery": recover}


def _account_routes(office: Office) -> dict[str, Handler]:
    account = office.account

    def shown(request: Request) -> Mapping[str, Any]:
        session, person = account.known(request.token)
        return {
            **_who(person),
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
        with _secret(request, "password") as old, _secret(request, "new_password") as new:
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


def _factor_routes(office: Office) -> dict[str, Handler]:
    account = office.account

    def begin_codes(request: Request) -> Mapping[str, Any]:
        with _secret(request, "password", needed=False) as pass_phrase:
            new = account.begin_codes(request.token, pass_phrase)
        return {"secret": new.secret, "uri": new.address, "qr_svg": new.picture}

    def finish_codes(request: Request) -> Mapping[str, Any]:
        return _factor_set(account.finish_codes(request.token, request.text("code", _LONGEST_NAME)))

    def remove_codes(request: Request) -> Mapping[str, Any]:
        with _secret(request, "password") as pass_phrase:
            account.remove_codes(request.token, pass_phrase)
        return {}

    def begin_passkey(request: Request) -> Mapping[str, Any]:
        with _secret(request, "password", needed=False) as pass_phrase:
            return {"options": account.begin_passkey(request.token, pass_phrase, request.text("host"))}

    def finish_passkey(request: Request) -> Mapping[str, Any]:
        name, origin = request.text("name"), request.text("origin")
        passkey_id, done = account.finish_passkey(request.token, name, origin, _credential(request))
        return {"passkey_id": passkey_id, **_factor_set(done)}

    def remove_passkey(request: Request) -> Mapping[str, Any]:
        with _secret(request, "password") as pass_phrase:
            account.remove_passkey(request.token, pass_phrase, request.parameters["passkey_id"])
        return {}

    def recovery_codes(request: Request) -> Mapping[str, Any]:
        with _secret(request, "password") as pass_phrase:
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


def _desk_routes(office: Office) -> dict[str, Handler]:
    desk, joining = office.desk, office.joining

    def people(request: Request) -> Mapping[str, Any]:
        session = desk.may_see_people(request.token)
        return {
            "people": [_person_json(office, each, session) for each in office.people.people()],
            "left": [
                {"person_id": each.person_id, "name": each.name, "role": each.role.value, "left_at_ms": each.left_at_ms}
                for each in office.people.left()
            ],
            "invitations": [
                {
                    "invitation_id": each.invitation_id,
                    "name": each.name,
                    "role": each.role.value,
                    "extension": each.extension,
                    "expires_at_ms": each.expires_at_ms,
                    "again": each.again,
                }
                for each in joining.waiting()
            ],
            "recipients": _recipients_json(office),
        }

    def recipients(request: Request) -> Mapping[str, Any]:
        if request.token:
            office.opener.session(request.token, activity=False)
        return _recipients_json(office)

    def invite(request: Request) -> Mapping[str, Any]:
        name, extension = request.text("name", _LONGEST_NAME), _optional(request, "extension")
        return _invitation_json(joining.invite(request.token, name, _role(request), extension))

    def withdraw(request: Request) -> Mapping[str, Any]:
        joining.withdraw(request.token, request.parameters["invitation_id"])
        return {}

    def invite_again(request: Request) -> Mapping[str, Any]:
        return _invitation_json(joining.invite_again(request.token, request.parameters["person_id"]))

    def confirm(request: Request) -> Mapping[str, Any]:
        desk.confirm(request.token, request.parameters["person_id"], request.text("fingerprint"))
        return {}

    def vouch(request: Request) -> Mapping[str, Any]:
        given = desk.vouch(request.token, request.parameters["person_id"], _vouched_for(request))
        return {"code": given.code, "expires_at_ms": given.expires_at_ms}

    def change(request: Request) -> Mapping[str, Any]:
        desk.change(request.token, request.parameters["person_id"], _role(request), request.text("extension"))
        return {}

    def leave(request: Request) -> Mapping[str, Any]:
        desk.leave(request.token, request.parameters["person_id"])
        return {}

    return {
        "GET /people": people,
        "GET /recipients": recipients,
        "POST /invitations": invite,
        "POST /invitations/{invitation_id}/withdraw": withdraw,
        "POST /people/{person_id}/invite-again": invite_again,
        "POST /people/{person_id}/confirm": confirm,
        "POST /people/{person_id}/vouch": vouch,
        "POST /people/{person_id}/change": change,
        "POST /people/{person_id}/leave": leave,
    }


# -- what was asked ---------------------------------------------------------------------------------------------------


@contextmanager
def _secret(request: Request, name: str, *, needed: bool = True) -> Iterator[str]:
    """A secret of the request, wiped afterwards: it came out of the request's JSON, nobody else holds it."""
    secret = request.text(name) if needed else _optional(request, name)
    try:
        yield secret
    finally:
        wipe(secret)


def _optional(request: Request, name: str) -> str:
    return request.text(name) if isinstance(request.body, dict) and request.body.get(name) else ""


def _proof(request: Request) -> Proof:
    if _optional(request, "code"):
        return Proof("totp", code=request.text("code", _LONGEST_NAME))
    if _optional(request, "recovery_code"):
        return Proof("recovery-code", code=request.text("recovery_code", _LONGEST_NAME))
    return Proof("passkey", credential=_credential(request), origin=request.text("origin"))


def _credential(request: Request) -> Mapping[str, Any]:
    found = request.body.get("credential") if isinstance(request.body, dict) else None
    if not isinstance(found, dict):
        raise RequestRefused("The request needs 'credential' as the browser gave it.")
    return found


def _role(request: Request) -> Role:
    try:
        return Role(request.text("role"))
    except ValueError:
        raise RequestRefused(f"'role' is one of {', '.join(Role)}.") from None


def _vouched_for(request: Request) -> VouchedFor:
    try:
        return VouchedFor(request.text("for"))
    except ValueError:
        raise RequestRefused(f"'for' is one of {', '.join(VouchedFor)}.") from None


# -- what is answered -------------------------------------------------------------------------------------------------


def _stage(signed_in: SignedIn) -> dict[str, Any]:
    return {**_stage_of(signed_in.session), "token": signed_in.token}


def _stage_of(session: Session) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "stage": session.stage.value,
        "user": session.person.name,
        "expires_at_ms": session.expires_at_ms,
    }
    if session.stage is Stage.SECOND_FACTOR:
        return {**shown, "methods": list(session.person.second_factor.methods)}
    if session.stage is Stage.WAITING:
        shown["fingerprint"] = fingerprint(session.keys.user_public_key)
    return {**shown, **_who(session.person), "session_id": session.session_id}


def _who(person: Person) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "user": person.name,
        "role": person.role.value,
        "extension": person.extension,
    }


def _new_person(person: Person) -> dict[str, Any]:
    return {"name": person.name, "role": person.role.value, "fingerprint": fingerprint(person.user_public_key)}


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
    return {"recovery_codes": done.recovery_codes, "stage": _stage(done.onwards) if done.onwards else None}


def _invitation_json(new: NewInvitation) -> dict[str, Any]:
    invitation = new.invitation
    return {
        "invitation_id": invitation.invitation_id,
        "code": new.code,
        "name": invitation.name,
        "role": invitation.role.value,
        "extension": invitation.extension,
        "expires_at_ms": invitation.expires_at_ms,
    }


def _person_json(office: Office, person: Person, asked_by: Session) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "name": person.name,
        "role": person.role.value,
        "extension": person.extension,
        "state": "waiting" if person.awaits_key else "active",
        "fingerprint": fingerprint(person.user_public_key),
        "holds_office_key": bool(person.office_keys),
        "joined_at_ms": person.joined_at_ms,
        "second_factor": person.second_factor.is_set,
        "locked_until_ms": office.signing_in.locked_until_ms(person),
        "sessions": sum(each.stage in KNOWN for each in office.account.sessions(person)),
        "you": person.person_id == asked_by.person.person_id,
    }


def _recipients_json(office: Office) -> dict[str, Any]:
    recipients, changed_at_ms = office.watch.look()
    return {
        "people": [{"person_id": each.person_id, "name": each.name, "role": each.role} for each in recipients.people],
        "office_key": fingerprint(recipients.office_key),
        "recovery_key": fingerprint(recipients.recovery_key),
        "digest": recipients.digest,
        "changed_at_ms": changed_at_ms,
    }
