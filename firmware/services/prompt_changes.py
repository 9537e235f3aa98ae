"""The office's own prompts, kept and taken away for somebody signed in: on record, and never one that is needed."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.errors import PromptError
from firmware.core.settings_rights import check_look
from firmware.ports.settings_changes import Clerk
from firmware.services.opener_sessions import Session
from firmware.services.settings_changes import SettingsChanges, SettingsReception

LARGEST_BYTES = 2_200_000
_KEPT, _REMOVED = "prompt-kept", "prompt-removed"


class PromptShelf(Protocol):
    """The office's folder of prompts. Raises PromptError, StorageError, ServiceAway."""

    def put(self, prompt: str, file: str, content: bytes) -> None: ...

    def remove(self, prompt: str, file: str) -> None: ...


class PromptChanges:
    """Any thread. Sound comes in parts, one prompt at a time for each session."""

    def __init__(
        self, reception: SettingsReception, clerk: Clerk, shelf: PromptShelf, settings: SettingsChanges
    ) -> None:
        self._reception = reception
        self._clerk = clerk
        self._shelf = shelf
        self._settings = settings
        self._lock = threading.Lock()
        self._coming: dict[str, bytearray] = {}

    def listed(self, token: str) -> Mapping[str, Any]:
        self._looking(token)
        return self._clerk.ask("prompts")

    def sound(self, token: str, prompt: str) -> Mapping[str, Any]:
        """What is played for it, as a WAV file."""
        self._looking(token)
        return self._clerk.ask("prompt-sound", prompt=prompt)

    def take_part(self, token: str, offset: int, part: str) -> None:
        """The next piece of a sound file; the first, at 0, begins anew. Raises PromptError."""
        session = self._changing(token)
        try:
            content = b64decode(part, validate=True)
        except (NotBase64, ValueError):
            raise PromptError("A part of the sound came garbled.", "Send it once more.") from None
        with self._lock:
            if offset == 0:
                self._coming = {session.session_id: bytearray()}  # what somebody else left half-way goes
            so_far = self._coming.get(session.session_id)
            if so_far is None or len(so_far) != offset or offset + len(content) > LARGEST_BYTES:
                raise PromptError("The sound did not come whole.", "Send it once more; two minutes are the most.")
            so_far += content

    def keep(self, token: str, prompt: str) -> None:
        """Put what came in place as the prompt of that id; an older one of the office is replaced.

        Raises:
            PromptError: it is no id, or nothing that can be played came.
            StorageError, ServiceAway: it could not be put in place.
        """
        session = self._changing(token)
        file = str(self._clerk.ask("prompt-file", prompt=prompt, to_remove=False)["file"])
        with self._lock:
            content = bytes(self._coming.pop(session.session_id, b""))
        if not content:
            raise PromptError("No sound came.", "Choose a file, or record one.")
        digest = hashlib.sha256(content).hexdigest()
        self._shelf.put(prompt, file, content)
        self._enter(_KEPT, session, {"sha256": digest}, prompt)

    def remove(self, token: str, prompt: str) -> None:
        """Take one of the office's own away; the shipped one of that id is played again, if there is one."""
        session = self._changing(token)
        found = self._clerk.ask("prompt-file", prompt=prompt, to_remove=True)
        if found["named"]:  # the settings first: a prompt that they name must be there
            now = self._clerk.ask("show")
            prompts = {name: file for name, file in now["document"]["prompts"].items() if name != prompt}
            self._settings.change(token, {**now["document"], "prompts": prompts}, now["version"])
        self._shelf.remove(prompt, str(found["file"]))
        self._enter(_REMOVED, session, {}, prompt)

    def _looking(self, token: str) -> Session:
        session = self._reception.session(token)
        check_look(session.person.role)
        return session

    def _changing(self, token: str) -> Session:
        session = self._reception.session(token)
        check(session.person.role, Action.CHANGE_SETTINGS)
        return session

    def _enter(self, kind: str, session: Session, subject: Mapping[str, str], prompt: str) -> None:
        ids = {**subject, "person": session.person.person_id, "session": session.session_id}
        self._reception.enter_soon(kind, ids, {"name": session.person.name, "prompt": prompt})
