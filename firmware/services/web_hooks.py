"""The web hooks that a director sets: where the box tells of calls, with a secret for each that is shown once."""

from __future__ import annotations

import secrets
from typing import Protocol

from firmware.core.errors import NoSuchProgram, SettingsError
from firmware.core.program import checked_name
from firmware.core.web_hook import MOST_HOOKS, SECRET_BYTES, WebHook, new_secret, target_of
from firmware.ports.clock import Clock
from firmware.services.on_record_first import Evidence, given, taken_away
from firmware.services.programs import Director


class WebHookStore(Protocol):
    """What is kept of web hooks. Raises StorageError."""

    def hooks(self) -> tuple[WebHook, ...]: ...

    def put(self, hook: WebHook) -> None:
        """Add it. Durable when it returns."""
        ...

    def remove(self, hook_id: str) -> bool:
        """Forget it, durably. False: there was none of that id."""
        ...


class WebHooks:
    """Any thread. Every method raises StorageError when the store does."""

    def __init__(self, store: WebHookStore, evidence: Evidence, clock: Clock) -> None:
        self._store = store
        self._evidence = evidence
        self._clock = clock

    def set(self, name: str, url: str, numbers: bool, by: Director) -> WebHook:
        """A new one.

        Raises:
            SettingsError: it cannot be called so, or may not go there.
            ServiceAway: it could not be put on record, and was not set.
        """
        name, url = checked_name(name), url.strip()
        target = target_of(url)
        standing = self._store.hooks()
        if len(standing) >= MOST_HOOKS:
            raise SettingsError(f"There are {MOST_HOOKS} web hooks already.", "Remove one that is no longer used.")
        if any(each.name == name for each in standing):
            raise SettingsError(f"There is a web hook called {name} already.", "Remove it first, or name this one.")
        secret = new_secret(secrets.token_bytes(SECRET_BYTES))
        made = WebHook(secrets.token_hex(16), name, url, secret, numbers, self._clock.wall_ms(), by.name)
        told = {"name": by.name, "web_hook": name, "to": f"{target.scheme}://{target.host}", "numbers": numbers}
        entry = ("web-hook-set", {"web_hook": made.hook_id, **by.ids}, told)
        given(self._evidence, entry, "web-hook-not-set", lambda: self._store.put(made))
        return made

    def remove(self, hook_id: str, by: Director) -> WebHook:
        """
        Raises:
            NoSuchProgram: there is none of that id.
        """
        found = next((each for each in self._store.hooks() if each.hook_id == hook_id), None)
        if found is None:
            raise NoSuchProgram("There is no such web hook; it may have been removed already.")
        entry = ("web-hook-removed", {"web_hook": hook_id, **by.ids}, {"name": by.name, "web_hook": found.name})
        taken_away(self._evidence, entry, lambda: self._store.remove(hook_id))
        return found

    def hooks(self) -> tuple[WebHook, ...]:
        """With their secrets: for whoever sends."""
        return self._store.hooks()
