"""What is to happen when the disk is nearly full: a choice of a person who may, in the evidence before it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.errors import ActionRefused, SettingsError
from firmware.core.legal_hold import reason
from firmware.core.retention import RetentionClass
from firmware.core.space_forecast import SPACE_CHOICE
from firmware.ports.clock import Clock
from firmware.ports.space_watch import ChosenForSpace, SpaceChoice, SpaceChoiceStore, WhenFull
from firmware.services.opener_sessions import Session

_WORDS: Mapping[WhenFull, str] = {
    "stop": "record no new calls",
    "shorten": "erase the oldest calls of some classes before their time",
}


class ChoiceReception(Protocol):
    """What is needed of the opener."""

    def session(self, token: str, *, activity: bool = True) -> Session: ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int: ...


class SpaceChoices:
    """Any thread. Every method raises SignInRefused, NotAllowed, StorageError and ServiceAway as the opener does."""

    def __init__(self, reception: ChoiceReception, store: SpaceChoiceStore, clock: Clock) -> None:
        self._reception = reception
        self._store = store
        self._clock = clock

    def standing(self, token: str) -> ChosenForSpace | None:
        """What was chosen last; None as long as nobody has."""
        session = self._reception.session(token, activity=False)
        check(session.person.role, Action.SEE_RETENTION)
        return self._store.chosen()

    def choose(self, token: str, when_full: str, shorten: Sequence[str], because: str) -> ChosenForSpace:
        """Choose anew. It stands in the evidence when this returns; the keeper acts upon it when it next looks.

        Raises:
            SettingsError: there is no such choice or class, or no reason.
            ActionRefused: a regulated class was named.
        """
        session = self._reception.session(token)
        check(session.person.role, Action.CHOOSE_WHEN_FULL)
        choice, why = read_choice(when_full, shorten, self._store.classes()), reason(because)
        ids = {"when_full": choice.when_full, "person": session.person.person_id, "session": session.session_id}
        detail = {"name": session.person.name, "what": _WORDS[choice.when_full], "shorten": list(choice.shorten)}
        line = self._reception.enter(SPACE_CHOICE, ids, {**detail, "because": why})
        chosen = ChosenForSpace(choice, session.person.name, self._clock.wall_ms(), line)
        self._store.keep(chosen)
        return chosen


def read_choice(when_full: str, shorten: Sequence[str], classes: Mapping[str, RetentionClass]) -> SpaceChoice:
    """A choice as it was typed. Raises as ``SpaceChoices.choose``."""
    if when_full == "stop":
        return SpaceChoice()
    if when_full != "shorten":
        raise SettingsError("Choose what is to happen when the disk is nearly full.", "Nothing was changed.")
    named = tuple(dict.fromkeys(shorten))
    if not named:
        raise SettingsError("Name the classes of which the oldest recordings go first.", "Nothing was changed.")
    for name in named:
        found = classes.get(name)
        if found is None:
            raise SettingsError(f"There is no retention class {name!r}.", f"There are: {', '.join(sorted(classes))}.")
        if found.regulated:
            raise ActionRefused(f"The class {name} is regulated: none of it goes before its time.", "Leave it out.")
    return SpaceChoice("shorten", named)
