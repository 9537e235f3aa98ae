"""Makes a new office in an empty data folder: keys, first people, certificate, settings. All of it, or nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pyrage

from firmware.adapters.disk.luks import MAPPED
from firmware.adapters.keys.device_key import new_device_key
from firmware.adapters.keys.listening_keys import new_person, seal_office_key
from firmware.adapters.keys.pass_phrases import new_pass_phrase
from firmware.adapters.keys.private_files import make_private_folder, write_new
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.adapters.settings.set_up_book_file import SetUpBookFile
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.durable_files import sync_folder
from firmware.cli.panel.fitted import with_its_panel
from firmware.cli.set_up.moving_in import move_in
from firmware.config.settings_model import Settings
from firmware.core.access_policy import Role, role_may_open
from firmware.core.errors import AlreadySetUp, StorageError
from firmware.core.home import Home
from firmware.core.set_up_book import SetUpBook

#: By the label that it was encrypted with.
_ENCRYPTED = Path("/dev/disk/by-label") / MAPPED
_NO_BOOK = SetUpBook()


@dataclass(frozen=True)
class FirstPerson:
    """Somebody who was given a sign-in, and the pass phrase that is told once."""

    name: str
    role: Role
    pass_phrase: str = field(repr=False)


@dataclass(frozen=True)
class NewOffice:
    """What set-up made and a person must be told. ``recovery_key`` (``AGE-SECRET-KEY-1…``) is kept nowhere."""

    people: tuple[FirstPerson, ...]
    recovery_key: str = field(repr=False)


def set_up_office(home: Home, settings: Settings, people: tuple[tuple[str, Role], ...], now: datetime) -> NewOffice:
    """Make the office: all of it, or nothing.

    Args:
        people: who is present when the keys are made: the first director alone, or everybody of a demonstration.
            Whoever joins later is invited, and has the office key sealed to them by one of these.

    Raises:
        AlreadySetUp: an office is there; nothing was changed.
        StorageError: the folder cannot be written.
    """
    office = draft_office(home, settings, people, now)
    open_office(home)
    return office


def draft_office(
    home: Home, settings: Settings, people: tuple[tuple[str, Role], ...], now: datetime, book: SetUpBook = _NO_BOOK
) -> NewOffice:
    """Make all that an office needs, where nobody looks for it, in place of an earlier draft: see ``open_office``.

    Args:
        book: what the guide through setting up begins with.

    Raises: as ``set_up_office``.
    """
    make_private_folder(home.root)
    with _only_one(home.root), _named(home):
        refuse_if_set_up(home)
        draft = _draft(home)
        shutil.rmtree(draft.root, ignore_errors=True)  # of a set-up that was cut short: nobody was told its keys
        try:
            made = _make_state(draft, with_its_panel(settings), people, now)
            if book != _NO_BOOK:
                SetUpBookFile(draft.set_up_book).keep(book)
            return made
        except BaseException:
            shutil.rmtree(draft.root, ignore_errors=True)
            raise


def open_office(home: Home) -> None:
    """Make an office of what was drafted, by one rename; what is left to do after it is done at any later start.

    Raises: as ``set_up_office``.
    """
    with _only_one(home.root), _named(home):
        refuse_if_set_up(home)
        _draft(home).root.replace(_decided(home).root)
        sync_folder(home.root)
    finish_opening(home)


def finish_opening(home: Home) -> None:
    """Put in its place what was decided on; nothing where nothing waits. The settings come last: they say so.

    A box makes the folders of its state when it starts, before there is an office.
    """
    with _only_one(home.root), _named(home):
        decided = _decided(home)
        if not decided.root.exists():
            return
        for folder in (home.data, home.recordings, home.evidence, home.run):
            make_private_folder(folder)
        move_in(decided.state, home.state, but_for=decided.settings_file)
        if not is_locked(home):  # it becomes this office's when it is opened
            MarkedDataDisk(home).prepare()
        if decided.settings_file.exists():
            decided.settings_file.replace(home.settings_file)
            sync_folder(home.state)
        shutil.rmtree(decided.root)
        sync_folder(home.root)


def refuse_if_set_up(home: Home) -> None:
    """Raises AlreadySetUp when the folder holds an office, or recordings of one whose state is gone."""
    if any(path.exists() for path in (home.settings_file, home.people_file, home.device_key, _decided(home).root)):
        raise AlreadySetUp(
            f"{home.root} already holds an office; nothing was changed.",
            "Use it as it is, or name another folder with --home. Making new keys would orphan its recordings.",
        )
    if home.recordings.exists() and any(home.recordings.iterdir()):
        raise AlreadySetUp(
            f"{home.root} holds recordings, but not the keys they were made for; nothing was changed.",
            "Put the state folder back from a backup, or name another folder with --home.",
        )


def _draft(home: Home) -> Home:
    """Of an office whose director has not seen the keys yet."""
    return Home(home.root / ".setting-up")


def _decided(home: Home) -> Home:
    """An office that was confirmed, on its way to its place."""
    return Home(home.root / ".set-up")


def is_locked(home: Home) -> bool:
    """Whether a box's data disk is encrypted, and not open."""
    return _ENCRYPTED.exists() and not home.data.is_mount()


@contextmanager
def _named(home: Home) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The office cannot be set up in {home.root}: {error.strerror}.", "Check the folder's owner and disk."
        ) from error


def _make_state(draft: Home, settings: Settings, people: tuple[tuple[str, Role], ...], now: datetime) -> NewOffice:
    for folder in (draft.keys, draft.box_secret.parent, draft.prompts, draft.spool):
        make_private_folder(folder)
    office_key, recovery_key = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    box_secret = os.urandom(32)
    device = new_device_key("earmark-" + os.urandom(4).hex())
    write_new(draft.office_public_key, f"{office_key.to_public()}\n".encode())
    write_new(draft.recovery_public_key, f"{recovery_key.to_public()}\n".encode())
    write_new(draft.device_public_key, f"{device.public_text()}\n".encode())
    write_new(draft.device_key, f"{device.private_text()}\n".encode())
    write_new(draft.box_secret, box_secret)
    SettingsFile(draft.settings_file).replace(settings.to_document())
    for_recovery = seal_office_key(office_key, 1, recovery_key.to_public())
    RecipientsFile(draft.recipients_file).set_office_keys_for_recovery((for_recovery,))
    told = []
    for name, role in people:
        pass_phrase = new_pass_phrase()
        sealed_to = office_key if role_may_open(role) else None
        person = new_person(name, role, pass_phrase, box_secret, sealed_to)
        PeopleFile(draft.people_file).put(replace(person, joined_at_ms=round(now.timestamp() * 1000)))
        told.append(FirstPerson(name, role, pass_phrase))
    return NewOffice(tuple(told), str(recovery_key))


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
