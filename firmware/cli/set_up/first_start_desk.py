"""Setting up a box from a browser, step by step: the code, the office and its director, the keys on paper, the end.

Nothing is an office's until the director has shown that pass phrase and recovery key are written down.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from firmware.adapters.keys.pass_phrases import new_pass_phrase
from firmware.adapters.keys.recovery_page import RecoveryPage
from firmware.adapters.keys.recovery_words import WORDS, recovery_words, typed_again
from firmware.cli.set_up.first_start_disk import NewDisk
from firmware.cli.set_up.fitting import LineFitting
from firmware.cli.set_up.making import NewOffice, draft_office, open_office
from firmware.config.settings_model import Settings
from firmware.core.access_policy import Role
from firmware.core.errors import SettingsError, SignInRefused
from firmware.core.home import Home
from firmware.core.people import is_person_name
from firmware.core.scanner_watch import place_of
from firmware.core.set_up_code import CodeGuard, wrong_code

_ASKED_AGAIN = 3


@dataclass(frozen=True)
class _Draft:
    settings: Settings
    director: str
    made: NewOffice
    disk_phrase: str
    asked: tuple[int, ...]


class FirstStartDesk:
    """The ``SetUp`` of the page. Any thread.

    Attributes:
        done: set when the office is there, or will be at the next start.
    """

    def __init__(self, home: Home, code: str, bind: str, disk: NewDisk, fitting: LineFitting) -> None:
        """
        Args:
            bind: where the office's page will be served.
            fitting: what the installer has drafted.
        """
        self._fitting = fitting
        self._disk = disk
        self._home = home
        self._bind = bind
        self._guard = CodeGuard(code)
        self._token = ""
        self._draft: _Draft | None = None
        self._lock = threading.Lock()
        self.done = threading.Event()

    def enter(self, code: str, address: str) -> str:
        """A token for the browser that knew the code; an earlier one is good no longer, and what was drafted is gone.

        Args:
            address: where the browser is.

        Raises:
            SignInRefused: the code is wrong.
            TooBusy: too many from there were wrong.
        """
        with self._lock:
            self._guard, right = self._guard.heard(code, place_of(address), time.monotonic())
            if not right:
                raise wrong_code()
            self._draft = None
            self._token = secrets.token_urlsafe(32)
            return self._token

    def check(self, token: str) -> None:
        """Raises SignInRefused: as ``make``."""
        with self._lock:
            self._known(token)

    def disk_is_locked(self, token: str) -> bool:
        """Whether a set-up was cut short when it had encrypted the data disk. Raises SignInRefused: as ``make``."""
        with self._lock:
            self._known(token)
        return self._disk.is_locked()

    def make(self, token: str, office: str, director: str, disk_phrase: str = "") -> None:
        """Draft the office. ``disk_phrase`` opens a data disk that is locked; without it, it stays so for now.

        Raises:
            SignInRefused: another browser has gone on, or the box was started anew.
            SettingsError: the office's or the director's name will not do.
            WrongDiskKey, TooBusy: the data disk was not opened.
        """
        with self._lock:
            self._known(token)
            name, director = office.strip(), director.strip().lower()
            if not 0 < len(name) <= 100:
                raise SettingsError("The office has no name, or a very long one.", "Give it one of up to 100 letters.")
            if not is_person_name(director):
                raise SettingsError(
                    "A sign-in name has small letters, digits, '.', '_' and '-', and at most 32 of them.",
                    "Choose another one.",
                )
            if disk_phrase.strip():
                self._disk.unlock(disk_phrase)
            self._fitting.end_trial()  # from here on the director is alone with the box
            drafted, now = self._fitting.settings(), datetime.now(UTC)
            named = drafted.office.model_copy(update={"name": name})
            web = drafted.web.model_copy(update={"bind": self._bind})
            settings = drafted.model_copy(update={"office": named, "web": web})
            book = replace(self._fitting.book(), begun_at_ms=round(now.timestamp() * 1000))
            made = draft_office(self._home, settings, ((director, Role.DIRECTOR),), now, book)
            new_disk_phrase = new_pass_phrase() if self._disk.is_blank() else ""
            asked = tuple(sorted(secrets.SystemRandom().sample(range(1, WORDS + 1), _ASKED_AGAIN)))
            self._draft = _Draft(settings, director, made, new_disk_phrase, asked)

    def pass_phrase(self, token: str) -> tuple[str, str]:
        """The director's sign-in name and pass phrase. Raises SignInRefused as ``make``; so do all that follow."""
        draft = self._drafted(token)
        return draft.director, draft.made.people[0].pass_phrase

    def disk_phrase(self, token: str) -> str:
        """What will unlock the data disk; empty where there is none to be encrypted."""
        return self._drafted(token).disk_phrase

    def recovery_words(self, token: str) -> list[str]:
        return recovery_words(self._drafted(token).made.recovery_key)

    def recovery_page(self, token: str) -> bytes:
        """A PDF, to be printed."""
        draft = self._drafted(token)
        return RecoveryPage(draft.settings.office.name, draft.made.recovery_key, datetime.now(UTC).date()).to_pdf()

    def asked_words(self, token: str) -> tuple[int, ...]:
        """Which of the words are to be typed, counted from 1."""
        return self._drafted(token).asked

    def confirm(self, token: str, pass_phrase: str, words: list[str]) -> None:
        """Make an office of the draft.

        Raises:
            SettingsError: what was typed is not what was shown.
            AlreadySetUp, StorageError: as ``open_office``; or the data disk cannot be encrypted.
        """
        with self._lock:  # to the end: the office that is opened must be the one that was shown
            draft = self._known_draft(token)
            if " ".join(pass_phrase.split()) != draft.made.people[0].pass_phrase:
                raise SettingsError("That is not the pass phrase.", "Look at what you wrote down.")
            if not typed_again(draft.made.recovery_key, draft.asked, words):
                raise SettingsError("That is not what the recovery key says.", "Look at the paper again.")
            if draft.disk_phrase:
                self._disk.encrypt(draft.disk_phrase)
            try:
                open_office(self._home)
                self._fitting.forget()
            finally:
                # Decided on, whatever came then: what is left to do is done when this process starts again.
                self._draft, self._token = None, ""
                self.done.set()

    def _drafted(self, token: str) -> _Draft:
        with self._lock:
            return self._known_draft(token)

    def _known_draft(self, token: str) -> _Draft:
        self._known(token)
        if self._draft is None:
            raise _begin_again()
        return self._draft

    def _known(self, token: str) -> None:
        if not self._token or not secrets.compare_digest(token.encode(), self._token.encode()):
            raise _begin_again()


def _begin_again() -> SignInRefused:
    return SignInRefused(
        "Set-up was begun anew, here or in another browser.",
        "Type the code on the box's label again: no harm is done.",
    )
