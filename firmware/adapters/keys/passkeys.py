"""Passkeys by ``fido2``."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from firmware.core.errors import SettingsError, SignInRefused
from firmware.core.second_factor import Passkey
from firmware.ports.second_factor import Challenge


class WebAuthnPasskeys:
    """``PasskeyChecker``. The person's presence alone is not enough: a finger, a face or a PIN must be given.

    Args:
        office: the office's name, which the browser shows.
    """

    def __init__(self, office: str) -> None:
        self._office = office

    def ask_to_make(self, host: str, person_id: str, name: str, have: Sequence[Passkey]) -> Challenge:
        user = PublicKeyCredentialUserEntity(id=person_id.encode("ascii"), name=name, display_name=name)
        options, state = self._server(host).register_begin(
            user,
            [AttestedCredentialData(each.credential) for each in have if each.host == host],
            resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Challenge(host, dict(options), state)

    def made(self, challenge: Challenge, origin: str, credential: Mapping[str, Any]) -> tuple[bytes, int]:
        try:
            made = self._server(challenge.host, origin).register_complete(challenge.state, credential)
        except (ValueError, KeyError, TypeError) as error:
            raise _refusal() from error
        if made.credential_data is None:
            raise _refusal()
        return bytes(made.credential_data), made.counter

    def ask_to_use(self, host: str, have: Sequence[Passkey]) -> Challenge:
        here = [AttestedCredentialData(each.credential) for each in have if each.host == host]
        if not here:
            raise SignInRefused(
                f"None of your passkeys was made for {host}.", "Use the address it was made for, or another way."
            )
        options, state = self._server(host).authenticate_begin(here, UserVerificationRequirement.REQUIRED)
        return Challenge(host, dict(options), state)

    def used(
        self, challenge: Challenge, origin: str, have: Sequence[Passkey], credential: Mapping[str, Any]
    ) -> Passkey:
        known = {bytes(AttestedCredentialData(each.credential).credential_id): each for each in have}
        try:
            signed = self._server(challenge.host, origin).authenticate_complete(
                challenge.state, [AttestedCredentialData(each.credential) for each in have], credential
            )
            counter = AuthenticationResponse.from_dict(credential).response.authenticator_data.counter
        except (ValueError, KeyError, TypeError) as error:
            raise _refusal() from error
        passkey = known[bytes(signed.credential_id)]
        if counter <= passkey.counter and (counter or passkey.counter):
            raise SignInRefused(
                "This passkey's counter went back: it may have been copied.", "Remove it, and make a new one."
            )
        return replace(passkey, counter=counter)

    def _server(self, host: str, origin: str = "") -> Fido2Server:
        if not host or _is_address(host):
            raise SettingsError(
                "A passkey can only be made for a name, not for a number.",
                "Open the page by the box's name, such as earmark.local, or use one-time codes.",
            )
        office = PublicKeyCredentialRpEntity(name=self._office, id=host)
        return Fido2Server(office, verify_origin=lambda seen: seen == origin)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _refusal() -> SignInRefused:
    return SignInRefused("The passkey's answer proves nothing.", "Try again, or use another way.")
