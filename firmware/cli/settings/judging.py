"""What the clerk of settings finds out: how they are, what a new document would change, and how a file reads."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.settings.restart_advice import processes_to_restart
from firmware.cli.settings.shown_changes import shown_changes
from firmware.config.blanks import blanks
from firmware.config.kept_secrets import with_kept_secrets, with_typed
from firmware.config.loader import load_settings
from firmware.config.notice_doubts import notice_doubts
from firmware.config.number_check import Mistake, first_of
from firmware.config.secret_marks import secret_marks
from firmware.config.settings_check import checked
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.errors import PromptError
from firmware.core.home import Home
from firmware.core.settings_changes import HIDDEN, named_path, sections

#: Passes for a password, and for the address of an alert.
_ANY = "none://0123456789abcdefghij"


class Judge:
    """Over the settings of one data folder, read anew for each question. Everything it gives is plain JSON.

    Raises (from every method): NotSetUp, StorageError, SettingsError: the stored settings cannot be had.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._store = SettingsFile(home.settings_file)

    def shown(self) -> dict[str, Any]:
        """The settings with stars for secrets, which version of them it is, and what a page needs beside them."""
        now = load_settings(self._store)
        return {
            "document": now.to_shown(),
            "version": _version(now),
            "blanks": blanks(),
            "prompts": self._prompts(now),
            "doubts": [doubt for _, doubt in notice_doubts(now)],
        }

    def judged(self, document: Mapping[str, Any], typed: Sequence[Any] = ()) -> dict[str, Any]:
        """What would change if these were the settings, or what is wrong with them.

        Args:
            typed: [path, password] for stars of the document.
        """
        now = load_settings(self._store)
        given = with_typed(document, {tuple(path): password for path, password in typed})
        filled, stars = with_kept_secrets(given, now.to_document())
        found = checked(filled, PhoneNumbers, self.why_no_prompt)
        if isinstance(found, Settings) and not stars:
            return self._difference(now, found)
        other = () if isinstance(found, Settings) else found
        return {"version": _version(now), "mistakes": _told((*stars, *other), given)}

    def judged_file(self, text: str, name: str) -> dict[str, Any]:
        """The same of a TOML file. Raises SettingsError with the lines of all that is wrong."""
        now = load_settings(self._store)
        new = settings_from_toml(text, name, PhoneNumbers, self.why_no_prompt, now.to_document())
        return self._difference(now, new)

    def since(self, known: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the settings are, without secrets, and how they differ from what they were; None: nobody knows that.

        Of what this version does not understand any more only the sections are told.
        """
        now = load_settings(self._store)
        salt = known["salt"] if known is not None else secrets.token_hex(16)
        marks = secret_marks(now, salt)
        told = {"now": {"version": _version(now), "document": now.to_shown(), "marks": marks, "salt": salt}}
        if known is None:
            return told
        before = known["document"]
        was = _with_any_secrets(before, now)
        if was is None:
            return {**told, "sections": sections(before, now.to_shown()), "changes": [], "before": before}
        retyped = [path for path, mark in known["marks"].items() if marks.get(path, mark) != mark]
        hidden = [{"path": path, "before": HIDDEN, "after": HIDDEN} for path in retyped]
        parts = [*sections(was.to_document(), now.to_document()), *(path.partition(".")[0] for path in retyped)]
        changed = [*shown_changes(was, now), *hidden]
        return {**told, "sections": list(dict.fromkeys(parts)), "changes": changed, "before": before}

    def file(self, reveal: bool) -> dict[str, Any]:
        return {"toml": settings_to_toml(load_settings(self._store), reveal=reveal)}

    def why_no_prompt(self, settings: Settings, prompt: str) -> str:
        try:
            PromptLibrary(self._home.prompts, settings.prompts).find(prompt)
        except PromptError as error:
            return str(error).removesuffix(".")
        return ""

    def _prompts(self, now: Settings) -> list[str]:
        """The ids of all that can be played."""
        shipped = PromptLibrary(self._home.prompts, now.prompts).shipped()
        own = (path.stem for path in self._home.prompts.glob("*.wav"))
        return sorted({*shipped, *own, *now.prompts})

    def _difference(self, now: Settings, new: Settings) -> dict[str, Any]:
        before, after = now.to_document(), new.to_document()
        return {
            "version": _version(now),
            "mistakes": [],
            "sections": sections(before, after),
            "changes": shown_changes(now, new),
            "before": now.to_shown(),
            "document": after,
            "restart": processes_to_restart(now, new),
            "doubts": [doubt for _, doubt in notice_doubts(new)],
        }


def _with_any_secrets(document: Mapping[str, Any], now: Settings) -> Settings | None:
    """A document with stars as settings, with the secrets of now, or where there is none with another."""
    filled, unknown = with_kept_secrets(document, now.to_document())
    try:
        whole = with_typed(filled, dict.fromkeys((each.path for each in unknown), _ANY))
        return Settings.model_validate_json(orjson.dumps(whole))
    except ValidationError:
        return None


def _version(settings: Settings) -> str:
    return hashlib.sha256(orjson.dumps(settings.to_document(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _told(mistakes: Iterable[Mistake], document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``secret``: whose password it is that has to be typed."""
    told = []
    for each in first_of(tuple(mistakes)):
        secret = {"secret": named_path(document, each.path)} if each.is_secret else {}
        told.append({"path": list(each.path), "what": each.what, **secret})
    return told
