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

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.opener.account import account_routes, factor_routes
from firmware.cli.opener.composition import Office
from firmware.cli.opener.people_wire import LONGEST_NAME, optional, role_of
from firmware.cli.opener.sign_in import joining_routes, sign_in_routes
from firmware.core.people import Person
from firmware.core.recipients import fingerprint
from firmware.core.sign_in_stage import KNOWN
from firmware.services.joining import NewInvitation
from firmware.services.opener_sessions import Session
from firmware.services.vouchers import VouchedFor


def people_routes(office: Office) -> dict[str, Handler]:
    """All routes of this module."""
    return {
        **sign_in_routes(office),
        **joining_routes(office),
        **account_routes(office),
        **factor_routes(office),
        **_desk_routes(office),
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
        name, extension = request.text("name", LONGEST_NAME), optional(request, "extension")
        return _invitation_json(joining.invite(request.token, name, role_of(request), extension))

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
        desk.change(request.token, request.parameters["person_id"], role_of(request), request.text("extension"))
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


def _vouched_for(request: Request) -> VouchedFor:
    try:
        return VouchedFor(request.text("for"))
    except ValueError:
        raise RequestRefused(f"'for' is one of {', '.join(VouchedFor)}.") from None


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
