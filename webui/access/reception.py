"""The opener, as it is asked in the name of people who are not signed in yet: sign-in by steps, joining, coming back.

Nothing here is kept: a pass phrase, a code or a key goes from the form to the opener.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from firmware.adapters.control.client import ControlClient, RequestRefused
from firmware.core.errors import NoSuchPerson, SettingsError, SignInRefused
from firmware.core.sign_in_stage import Stage
from webui.access.opener import Visitor
from webui.translation import gettext as _


@dataclass(frozen=True)
class Step:
    """How far somebody has come in signing in. ``token`` is good for the next step only, unless it is complete."""

    stage: Stage
    token: str = field(repr=False)
    user: str
    role: str
    expires_at_ms: int
    methods: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def visitor(self) -> Visitor:
        """Of a complete sign-in."""
        return Visitor(self.token, self.user, self.role, self.expires_at_ms)


@dataclass(frozen=True)
class NewPerson:
    """Somebody who has a sign-in now. ``fingerprint`` is that of their own key."""

    name: str
    role: str
    fingerprint: str
    must_be_confirmed: bool


class Reception:
    """Every method raises ``ServiceAway`` when the opener does not answer."""

    def __init__(self, client: ControlClient, patient: ControlClient) -> None:
        self._client = client
        self._patient = patient

    def sign_in(self, user: str, password: str, voucher: str = "") -> Step:
        """
        Raises:
            SignInRefused: the message may be shown as it is; it does not say whether the name exists.
        """
        try:
            asked = {"user": user, "password": password, "voucher": voucher}
            return step_from(self._patient.post("/sign-in", asked))
        except RequestRefused as error:  # too long to be anybody's
            raise SignInRefused(_("The name or the pass phrase is wrong."), _("Try again.")) from error

    def step(self, token: str) -> Step | None:
        """Where a sign-in stands; None when it has ended."""
        try:
            return step_from(self._client.get("/sign-in/stage", token=token), token)
        except SignInRefused:
            return None

    def passkey_options(self, token: str, host: str, origin: str) -> Mapping[str, Any]:
        """What the browser is to sign. Raises SignInRefused or SettingsError when no passkey can be used here."""
        answer = self._client.post("/sign-in/passkey", {"host": host, "origin": origin}, token=token)
        return dict(answer["options"])

    def second_factor(self, token: str, proof: Mapping[str, Any]) -> Step:
        """
        Raises:
            SignInRefused: it proves nothing, must wait, or the sign-in has ended.
        """
        try:
            return step_from(self._patient.post("/sign-in/second-factor", proof, token=token))
        except RequestRefused as error:
            raise SignInRefused(_("This code is wrong, or was used already."), _("Try again.")) from error

    def look(self, name: str, code: str) -> tuple[str, str]:
        """The role that an invitation is for, and five words on offer. Raises NoSuchPerson when there is none."""
        try:
            found = self._client.post("/join/look", {"name": name, "code": code})
        except RequestRefused as error:
            raise NoSuchPerson(_("This name and code are no invitation."), _("Type both again.")) from error
        return str(found["role"]), str(found["words"])

    def join(self, name: str, code: str, password: str) -> NewPerson:
        """Raises NoSuchPerson when the invitation is not good, SettingsError when the pass phrase is too weak."""
        with as_typed():
            return _new_person(self._patient.post("/join", {"name": name, "code": code, "password": password}))

    def recover(self, recovery_key: str, name: str, password: str) -> NewPerson:
        """Raises SignInRefused when that is not the recovery key, SettingsError when the rest cannot be used."""
        asked = {"recovery_key": recovery_key, "name": name, "password": password}
        with as_typed():
            return _new_person(self._patient.post("/recovery", asked))


def step_from(answer: Mapping[str, Any], token: str = "") -> Step:
    """A stage as the opener's socket tells it."""
    return Step(
        stage=Stage(answer["stage"]),
        token=str(answer.get("token") or token),
        user=str(answer["user"]),
        role=str(answer.get("role", "")),
        expires_at_ms=int(answer["expires_at_ms"]),
        methods=tuple(answer.get("methods", ())),
        fingerprint=str(answer.get("fingerprint", "")),
    )


def _new_person(answer: Mapping[str, Any]) -> NewPerson:
    must_be_confirmed = bool(answer.get("must_be_confirmed"))
    return NewPerson(str(answer["name"]), str(answer["role"]), str(answer["fingerprint"]), must_be_confirmed)


@contextmanager
def as_typed() -> Iterator[None]:
    """What the opener's socket would not even look at is a mistake in what was typed: SettingsError."""
    try:
        yield
    except RequestRefused as error:
        raise SettingsError(
            _("A field is empty, or holds far too much."), _("Fill in every field and try again.")
        ) from error
