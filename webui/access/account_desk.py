"""One's own sign-in, as the opener looks after it: pass phrase, second factors, what is open elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from firmware.adapters.control.client import ControlClient, path_of
from webui.access.reception import Step, as_typed, step_from


@dataclass(frozen=True)
class NewSecret:
    """What an authenticator app is given, once."""

    secret: str = field(repr=False)
    address: str = field(repr=False)
    picture: Markup = field(repr=False)


@dataclass(frozen=True)
class FactorSet:
    """A second factor was set up. ``onwards`` is the next step of a sign-in that asked for it."""

    recovery_codes: tuple[str, ...] = field(repr=False)
    onwards: Step | None


class AccountDesk:
    """Asks the opener with the token of a sign-in; for second factors one that is still asked for one will do.

    Every method raises ``ServiceAway`` when the opener does not answer, ``SignInRefused`` when the pass phrase is
    wrong or the sign-in has ended, and ``SettingsError`` or ``ActionRefused`` for what cannot be done.
    """

    def __init__(self, client: ControlClient, patient: ControlClient) -> None:
        self._client = client
        self._patient = patient

    def account(self, token: str) -> Mapping[str, Any]:
        """As ``GET /account`` of the opener tells it."""
        return self._client.get("/account", token=token)

    def words(self, token: str) -> str:
        """Five random words for a pass phrase."""
        return str(self._client.get("/account/words", token=token)["words"])

    def change_password(self, token: str, password: str, new: str) -> None:
        with as_typed():
            self._patient.post("/account/password", {"password": password, "new_password": new}, token=token)

    def begin_codes(self, token: str, password: str = "") -> NewSecret:
        with as_typed():
            made = self._patient.post("/account/totp/begin", {"password": password}, token=token)
        # The picture is drawn by the opener, and goes into the page as it is.
        return NewSecret(str(made["secret"]), str(made["uri"]), Markup(str(made["qr_svg"])))

    def finish_codes(self, token: str, code: str) -> FactorSet:
        with as_typed():
            return _factor_set(self._client.post("/account/totp/finish", {"code": code}, token=token))

    def remove_codes(self, token: str, password: str) -> None:
        with as_typed():
            self._patient.post("/account/totp/remove", {"password": password}, token=token)

    def begin_passkey(self, token: str, host: str, origin: str, password: str = "") -> Mapping[str, Any]:
        asked = {"host": host, "origin": origin, "password": password}
        with as_typed():
            return dict(self._patient.post("/account/passkeys/begin", asked, token=token)["options"])

    def finish_passkey(self, token: str, name: str, origin: str, credential: Mapping[str, Any]) -> FactorSet:
        asked = {"name": name, "origin": origin, "credential": credential}
        with as_typed():
            return _factor_set(self._client.post("/account/passkeys/finish", asked, token=token))

    def remove_passkey(self, token: str, passkey_id: str, password: str) -> None:
        path = path_of("account", "passkeys", passkey_id, "remove")
        with as_typed():
            self._patient.post(path, {"password": password}, token=token)

    def new_recovery_codes(self, token: str, password: str) -> list[str]:
        with as_typed():
            made = self._patient.post("/account/recovery-codes", {"password": password}, token=token)
        return [str(each) for each in made["recovery_codes"]]

    def sign_out_everywhere(self, token: str) -> int:
        return int(self._client.post("/account/sign-out-everywhere", token=token)["ended"])

    def end_session(self, token: str, session_id: str) -> None:
        self._client.post(path_of("account", "sessions", session_id, "end"), token=token)


def _factor_set(answer: Mapping[str, Any]) -> FactorSet:
    onwards = step_from(answer["stage"]) if answer.get("stage") else None
    return FactorSet(tuple(str(each) for each in answer["recovery_codes"]), onwards)
