"""Whether the keys that a backup brings are the office's own: recordings are sealed to them from the restore on.

Anybody who has the public keys can seal a backup, with an office key of their own making in it. They cannot make the
keyslots of what was recorded before open with that.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nlargest

import pyrage

from firmware.adapters.keys.listening_keys import identity_from
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import read_keyslot, unwrap_key
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.core.errors import EarmarkError
from firmware.core.home import Home

_TRIED = 20


def doubts_of_keys(draft: Home, identity: pyrage.x25519.Identity) -> Iterator[str]:
    """What is wrong with them, in sentences.

    Args:
        identity: the recovery key that opened the backup.

    Raises:
        NotSetUp, SettingsError, StorageError: they are not there, or no keys.
    """
    public = PublicKeyFiles(draft).read()
    if public.recovery != str(identity.to_public()):
        yield "Recordings would be sealed to another recovery key than the one that opened the backup."
    sealed = RecipientsFile(draft.recipients_file).office_keys_for_recovery()
    if not sealed:  # the first versions kept none
        return
    try:
        held = {each.epoch: identity_from(pyrage.decrypt(each.blob, [identity])) for each in sealed}
    except pyrage.DecryptError:
        yield "The recovery key does not open the office key that the backup has for it."
        return
    now = held.get(public.epoch)
    if now is None or public.office != str(now.to_public()):
        yield "Recordings would be sealed to an office key that is not the one the recovery key opens."
    if unopened := sum(not _opens(draft, name, list(held.values())) for name in _newest_keyslots(draft)):
        yield (
            f"{unopened} keyslots of the newest recordings do not open with the office key that the backup brings: "
            "somebody may have put one of their own in its place, to hear what is recorded from now on. Let no calls "
            "be recorded before a director who could hear the old recordings hears them again."
        )


def _newest_keyslots(draft: Home) -> list[str]:
    """Ids begin with the time, and folders are days."""
    names = (str(path.relative_to(draft.recordings)) for path in draft.recordings.rglob("*.key"))
    return nlargest(_TRIED, names)


def _opens(draft: Home, name: str, keys: list[pyrage.x25519.Identity]) -> bool:
    try:
        unwrap_key(read_keyslot(draft.recordings / name), keys, name)
    except EarmarkError:
        return False
    return True
