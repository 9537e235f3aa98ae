"""Who has a sign-in, and who can open recordings, as the opener tells it, which decides what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.access_policy import Role
from firmware.core.errors import NoSuchPerson
from webui.access.opener import Visitor
from webui.access.reception import as_typed
from webui.translation import from_the_box, marked
from webui.translation import gettext as _

ROLE_UNKNOWN = marked("Unknown role")


@dataclass(frozen=True)
class Colleague:
    """Somebody with a sign-in."""

    person_id: str
    name: str
    role: str
    extension: str
    waits: bool
    holds_office_key: bool
    joined_at: datetime | None
    second_factor: bool
    locked_until: datetime | None
    sessions: int
    is_you: bool

    @property
    def role_shown(self) -> str:
        return shown_role(self.role)


@dataclass(frozen=True)
class Waiting:
    """An invitation that can still be taken up."""

    invitation_id: str
    name: str
    role: str
    extension: str
    expires_at: datetime
    again: bool

    @property
    def role_shown(self) -> str:
        return shown_role(self.role)


@dataclass(frozen=True)
class OneTimeCode:
    """A code that is shown once."""

    name: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Gone:
    """Somebody who left."""

    person_id: str
    name: str
    role_shown: str
    left_at: datetime


@dataclass(frozen=True)
class Everybody:
    people: tuple[Colleague, ...]
    invitations: tuple[Waiting, ...]
    left: tuple[Gone, ...]

    def one(self, person_id: str) -> Colleague:
        """Raises NoSuchPerson."""
        found = next((each for each in self.people if each.person_id == person_id), None)
        if found is None:
            raise NoSuchPerson(
                _("Nobody of that id has a sign-in here."), _("They may have left; look at the list again.")
            )
        return found


@dataclass(frozen=True)
class Recipients:
    """Who can open recordings at this moment, and since when it is these."""

    names: tuple[str, ...]
    office_key: str
    recovery_key: str
    changed_at: datetime

    def changed_lately(self, now: datetime) -> bool:
        """In the last week: it shall strike the eye."""
        return (now - self.changed_at).days < 7


class PeopleDesk:
    """Asks the opener's control socket in a visitor's name. Any thread.

    Every method raises ``ServiceAway`` when the opener does not answer, ``NotAllowed`` when it refuses,
    ``NoSuchPerson`` or ``ActionRefused`` when there is nobody to do it with, ``SettingsError`` for what makes no sense.
    """

    def __init__(self, client: ControlClient, patient: ControlClient) -> None:
        self._client = client
        self._patient = patient

    def everybody(self, who: Visitor) -> Everybody:
        answer = self._client.get("/people", token=who.token)
        return Everybody(
            tuple(_colleague(each) for each in answer["people"]),
            tuple(_waiting(each) for each in answer["invitations"]),
            tuple(_gone(each) for each in answer["left"]),
        )

    def recipients(self) -> Recipients:
        answer = self._client.get("/recipients")
        names = tuple(str(each["name"]) for each in answer["people"])
        changed_at = _moment(answer["changed_at_ms"])
        return Recipients(names, str(answer["office_key"]), str(answer["recovery_key"]), changed_at)

    def invite(self, who: Visitor, name: str, role: str, extension: str) -> OneTimeCode:
        asked = {"name": name, "role": role, "extension": extension}
        with as_typed():
            return _code(self._client.post("/invitations", asked, token=who.token))

    def withdraw_invitation(self, who: Visitor, invitation_id: str) -> None:
        self._client.post(path_of("invitations", invitation_id, "withdraw"), token=who.token)

    def invite_again(self, who: Visitor, person_id: str) -> OneTimeCode:
        return _code(self._client.post(path_of("people", person_id, "invite-again"), token=who.token))

    def confirm(self, who: Visitor, person_id: str, fingerprint: str) -> None:
        path = path_of("people", person_id, "confirm")
        with as_typed():
            self._patient.post(path, {"fingerprint": fingerprint}, token=who.token)

    def vouch(self, who: Visitor, person_id: str, against: str, name: str) -> OneTimeCode:
        """``against``: "lock" or "second-factor"."""
        path = path_of("people", person_id, "vouch")
        with as_typed():
            return _code({"name": name, **self._patient.post(path, {"for": against}, token=who.token)})

    def change(self, who: Visitor, person_id: str, role: str, extension: str) -> None:
        path = path_of("people", person_id, "change")
        with as_typed():
            self._patient.post(path, {"role": role, "extension": extension}, token=who.token)

    def leave(self, who: Visitor, person_id: str) -> None:
        self._patient.post(path_of("people", person_id, "leave"), token=who.token)


def shown_role(role: str) -> str:
    """As people read it; a role that this version of the page does not know is called so."""
    try:
        return from_the_box(Role(role).shown)
    except ValueError:
        return _(ROLE_UNKNOWN)


def _colleague(answer: Mapping[str, Any]) -> Colleague:
    return Colleague(
        person_id=str(answer["person_id"]),
        name=str(answer["name"]),
        role=str(answer["role"]),
        extension=str(answer["extension"]),
        waits=answer["state"] == "waiting",
        holds_office_key=bool(answer["holds_office_key"]),
        joined_at=_moment(answer["joined_at_ms"]) if answer["joined_at_ms"] else None,
        second_factor=bool(answer["second_factor"]),
        locked_until=_moment(answer["locked_until_ms"]) if answer["locked_until_ms"] else None,
        sessions=int(answer["sessions"]),
        is_you=bool(answer["you"]),
    )


def _waiting(answer: Mapping[str, Any]) -> Waiting:
    return Waiting(
        invitation_id=str(answer["invitation_id"]),
        name=str(answer["name"]),
        role=str(answer["role"]),
        extension=str(answer["extension"]),
        expires_at=_moment(answer["expires_at_ms"]),
        again=bool(answer["again"]),
    )


def _gone(answer: Mapping[str, Any]) -> Gone:
    left_at = _moment(answer["left_at_ms"])
    return Gone(str(answer["person_id"]), str(answer["name"]), shown_role(str(answer["role"])), left_at)


def _code(answer: Mapping[str, Any]) -> OneTimeCode:
    return OneTimeCode(str(answer["name"]), str(answer["code"]), _moment(answer["expires_at_ms"]))


def _moment(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, tz=UTC)
