"""Changing settings for somebody who is signed in: whole documents, one at a time, on record and with a way back."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from firmware.core.access_policy import Action, check, may
from firmware.core.errors import ActionRefused, EarmarkError
from firmware.core.settings_changes import told_in_evidence
from firmware.core.settings_rights import action_to_restart, check_change, check_look, may_change
from firmware.ports.clock import Clock
from firmware.ports.settings_changes import (
    Clerk,
    EarlierSettings,
    KnownSettings,
    Restarts,
    SettingsHistory,
    SettingsShelf,
)
from firmware.services.opener_sessions import Session

#: Paths of stars in a document, each with the password to stand there.
Typed = Sequence[tuple[Sequence[str | int], str]]

KIND = "settings-changed"
_NOT_DONE = "settings-not-changed"
_TAKEN_OUT = "settings-exported"


class SettingsReception(Protocol):
    """What is needed of the opener."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...

    def enter_or_keep(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> bool: ...

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """``judged``: what the clerk found. ``saved``: whether it was put in effect. ``by_hand``: what to restart."""

    judged: Mapping[str, Any]
    saved: bool = False
    by_hand: tuple[str, ...] = ()


class SettingsChanges:
    """Any thread. Every method raises SignInRefused, NotAllowed, and what the clerk raises."""

    def __init__(
        self,
        reception: SettingsReception,
        clerk: Clerk,
        shelf: SettingsShelf,
        history: SettingsHistory,
        restarts: Restarts,
        clock: Clock,
    ) -> None:
        self._reception = reception
        self._clerk = clerk
        self._shelf = shelf
        self._history = history
        self._restarts = restarts
        self._clock = clock
        self._turn = threading.Lock()

    def shown(self, token: str) -> dict[str, Any]:
        """The settings without secrets, what of them this person may change, and what went before."""
        role = self._looking(token).person.role
        found = self._clerk.ask("show")
        with self._turn:
            self._list_what_others_changed(found["version"])
        mine = [section for section in found["document"] if may_change(role, section)]
        return {**found, "may_change": mine, "earlier": self._history.earlier(), "waiting": self._restarts.waiting()}

    def judged(self, token: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the document would change, or what is wrong with it. Nothing is changed."""
        self._looking(token)
        return self._clerk.ask("judge", document=document)

    def file(self, token: str, *, reveal: bool) -> str:
        """All of them as a TOML file. With passwords it is for whoever may change them, and on record."""
        session = self._looking(token)
        if reveal:
            check(session.person.role, Action.CHANGE_SETTINGS)
            self._reception.enter(_TAKEN_OUT, _ids(session), {"name": session.person.name})
        return str(self._clerk.ask("file", reveal=reveal)["toml"])

    def explained(self, token: str, call: Mapping[str, Any]) -> Mapping[str, Any]:
        """What would happen to a call by the settings in effect."""
        self._looking(token)
        return self._clerk.ask("explain", call=call)

    def change(self, token: str, document: Mapping[str, Any], version: str) -> Outcome:
        """Put a whole document in effect.

        Args:
            version: of the settings that it was made from.

        Raises:
            ActionRefused: somebody changed them since.
            StorageError, ServiceAway: it could not be put in place.
        """
        return self._changed(token, version, "judge", document=document)

    def take_file(self, token: str, toml: str, name: str, version: str) -> Outcome:
        """The same with a file. Raises SettingsError with the lines of what is wrong in it."""
        return self._changed(token, version, "judge-file", toml=toml, name=name)

    def looked_at_file(self, token: str, toml: str, name: str) -> Mapping[str, Any]:
        """What a file would change."""
        self._looking(token)
        return self._clerk.ask("judge-file", toml=toml, name=name)

    def way_back(self, token: str, change_id: str, typed: Typed = ()) -> Mapping[str, Any]:
        """What going back to before a change would change now; ``made``: all that the change itself did.

        Args:
            typed: passwords that it takes, each with the path that was told: old ones are not kept, and the one that is
                set now goes to no other server.
        """
        self._looking(token)
        earlier = self._earlier(change_id)
        return {**self._clerk.ask("judge", document=earlier.document, typed=typed), "made": earlier.changes}

    def go_back(self, token: str, change_id: str, version: str, typed: Typed = ()) -> Outcome:
        """Put in effect what was before a change: that is a change as any other, and can be gone back on."""
        self._looking(token)
        return self._changed(token, version, "judge", document=self._earlier(change_id).document, typed=typed)

    def restart_now(self, token: str) -> None:
        """What waits for a quiet moment does not wait any more, as far as it is this person's to have that."""
        session = self._looking(token)
        role = session.person.role
        waiting = tuple(self._restarts.waiting())
        theirs = tuple(process for process in waiting if may(role, action_to_restart(process)))
        if waiting and not theirs:
            check(role, action_to_restart(waiting[0]))
        detail = {"name": session.person.name, "sections": "in effect at once", "processes": ", ".join(theirs)}
        self._reception.enter(KIND, _ids(session), detail)
        self._restarts.ask(theirs, now=True)

    def _looking(self, token: str) -> Session:
        session = self._reception.session(token)
        check_look(session.person.role)
        return session

    def _earlier(self, change_id: str) -> EarlierSettings:
        found = next((each for each in self._history.earlier() if each.id == change_id), None)
        if found is None:
            raise ActionRefused("That change is not kept any more.", "Go back to another one.")
        return found

    def _changed(self, token: str, version: str, act: str, **what: Any) -> Outcome:
        session = self._looking(token)
        with self._turn:
            judged = self._clerk.ask(act, **what)
            if judged["mistakes"]:
                return Outcome(judged)
            if judged["version"] != version:
                raise ActionRefused(
                    "Somebody else changed the settings since this page was drawn.",
                    "Nothing was changed by you: load the page again, and make your change once more.",
                )
            check_change(session.person.role, judged["sections"])
            if not judged["sections"]:
                return Outcome(judged)
            self._list_what_others_changed(version)
            self._put_in_place(session, judged)
            with suppress(EarmarkError):  # what is known no longer is told from what is listed already
                self._know(self._clerk.ask("since", known=None))
        restart = tuple(judged["restart"])
        return Outcome(judged, True, () if self._restarts.ask(restart) else restart)

    def _list_what_others_changed(self, version: str) -> None:
        """By a command on the box, by hand, or by an update: listed once somebody looks, with a way back as well."""
        known = self._history.known()
        if known is not None and known.version == version:
            return
        told = self._clerk.ask("since", known=None if known is None else asdict(known))
        if known is not None and told["sections"] and not self._is_listed(told):
            self._history.add(self._shelf.changed_at_ms(), "", told)
        self._know(told)

    def _is_listed(self, told: Mapping[str, Any]) -> bool:
        """Whether it is the newest change of this page, which was cut short before it was known."""
        newest = next(iter(self._history.earlier()), None)
        return newest is not None and (newest.document, newest.changes) == (told["before"], tuple(told["changes"]))

    def _know(self, told: Mapping[str, Any]) -> None:
        self._history.know(KnownSettings(**told["now"]))

    def _put_in_place(self, session: Session, judged: Mapping[str, Any]) -> None:
        """On record first: nothing may be changed unseen. What then failed is on record, too, and not gone back on."""
        self._put_on_record(session, judged)
        earlier = ""
        try:
            earlier = self._history.add(self._clock.wall_ms(), session.person.name, judged)
            self._shelf.replace(judged["document"])
        except EarmarkError:
            if self._is_in_place(judged):
                return  # and only the answer was lost
            sections = ", ".join(judged["sections"])
            detail = {"name": session.person.name, "sections": sections}
            with suppress(EarmarkError):  # a full disk has kept nothing of the change either
                self._reception.enter_or_keep(_NOT_DONE, _ids(session), detail)
            if earlier:
                self._history.take_back(earlier)
            raise

    def _is_in_place(self, judged: Mapping[str, Any]) -> bool:
        try:
            return bool(self._clerk.ask("show")["version"] != judged["version"])
        except EarmarkError:
            return False

    def _put_on_record(self, session: Session, judged: Mapping[str, Any]) -> None:
        """A recorder that does not answer may be what the change is to mend: then it waits for that on disk."""
        detail = {
            "name": session.person.name,
            "made_at_ms": self._clock.wall_ms(),
            "sections": ", ".join(judged["sections"]),
            **told_in_evidence(judged["changes"]),
        }
        self._reception.enter_or_keep(KIND, _ids(session), detail)


def _ids(session: Session) -> dict[str, str]:
    return {"person": session.person.person_id, "session": session.session_id}
