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
``password`` is the pass phrase again; for a stage set-second-factor it may be left out.

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
