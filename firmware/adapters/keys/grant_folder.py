"""Grant files beside the keyslots: made whole or not at all, and destroyed by being overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from firmware.adapters.keys.wiping import wipe
from firmware.adapters.sealing.grant_file import dates_of, seal_grant
from firmware.adapters.sealing.keyslot import erase_keyslot, parse_recipient
from firmware.adapters.store.durable_files import key_mode, storage_errors, sync_folder
from firmware.adapters.store.recording_files import day_folders, sealed_files
from firmware.adapters.store.whole_file import write_whole
from firmware.core.errors import DamagedRecording, KeyErased, NoSuchRecording
from firmware.core.grant import GrantTerms
from firmware.core.home import Home
from firmware.ports.listening_keys import Keyslot, UnlockedKeys

_PERSON = re.compile(r"[0-9a-f]{32}")


class GrantFolder:
    """``GrantShelf`` over ``data/recordings``. Like ``KeyslotFolder`` it goes by the sealed files."""

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings

    def put(self, terms: GrantTerms, content: bytes) -> None:
        segment = sealed_files(self._recordings, terms.recording_id).get(terms.segment)
        if segment is None:
            raise NoSuchRecording(f"The recording has no segment {terms.segment}.", "Look at its page again.")
        path = Home.grant_of(segment, _person(terms.person_id))
        erase_keyslot(path)
        with storage_errors("written", path):
            write_whole(path, lambda: [content], key_mode(path.parent))
            sync_folder(path.parent)

    def grants(self, recording_id: str, person_id: str) -> Sequence[Keyslot]:
        return [
            Keyslot(segment, _read(Home.grant_of(path, _person(person_id))))
            for segment, path in sealed_files(self._recordings, recording_id).items()
        ]

    def erase(self, recording_id: str, person_id: str) -> None:
        for path in self._of(recording_id, _person(person_id)):
            erase_keyslot(path)

    def erase_all(self, recording_id: str) -> None:
        """Destroy everybody's grant files for a recording, which may be gone already. Raises as ``erase``."""
        for path in self._of(recording_id, "*"):
            erase_keyslot(path)

    def erase_past(self, now_ms: int) -> int:
        """Destroy every grant whose date has come, and what is none any more; gives how many. Reads every folder."""
        with storage_errors("read", self._recordings):
            past = [path for path in self._recordings.rglob("*.grant") if _is_past(path, now_ms)]
        for path in past:
            erase_keyslot(path)
        return len(past)

    def _of(self, recording_id: str, person: str) -> Iterator[Path]:
        for folder in day_folders(self._recordings, recording_id):
            yield from folder.glob(f"{recording_id}.*.{person}.grant")


class AgeGrantSealer:
    """``GrantSealer`` to age user keys."""

    def reseal(self, keys: UnlockedKeys, keyslot: bytes, terms: GrantTerms, user_public_key: str) -> bytes:
        recipient = parse_recipient(user_public_key, "person's")
        key = keys.open_keyslot(keyslot)
        try:
            return seal_grant(key, terms, recipient)
        finally:
            wipe(key)


def _read(path: Path) -> bytes:
    with storage_errors("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise KeyErased("There is no grant for this call any more.", "Ask for the call anew.") from None


def _is_past(path: Path, now_ms: int) -> bool:
    try:
        _, ends_at_ms = dates_of(path.read_bytes())
    except FileNotFoundError:  # the opener was quicker
        return False
    except DamagedRecording:  # overwritten, and not unlinked yet
        return True
    return ends_at_ms <= now_ms


def _person(person_id: str) -> str:
    if not _PERSON.fullmatch(person_id):
        raise ValueError("a person's id is 32 hexadecimal digits")
    return person_id
