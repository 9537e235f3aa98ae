"""A forgotten pause is put right: unsealed here, silenced, sealed anew to public keys, and handed to the keeper."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress

from firmware.adapters.control.client import ControlClient, path_of
from firmware.adapters.sealing.revision import make_revision
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.core.errors import EarmarkError, SettingsError
from firmware.core.home import Home
from firmware.core.typed_spans import typed_spans
from webui.access.opener import SegmentKey, Visitor
from webui.recordings.listening import Listening
from webui.translation import gettext as _

_PART_BYTES = 512 * 1024
_LONGEST_REASON = 500


class Redacting:
    """Any thread. What is unsealed here is in memory only, and what leaves is sealed.

    Args:
        opener: patient enough for an evidence entry.
        keeper: patient enough for a revision to be flushed and entered.
    """

    def __init__(self, home: Home, listening: Listening, opener: ControlClient, keeper: ControlClient) -> None:
        self._home = home
        self._listening = listening
        self._opener = opener
        self._keeper = keeper

    def redact(self, who: Visitor, recording_id: str, typed: str, because: str) -> str:
        """Replace a recording by one with silence in the spans typed; returns the id of that one.

        Raises:
            SettingsError: spans or reason make no sense; or the recording was not opened for listening.
            NotAllowed, NoSuchRecording, ActionRefused, KeyErased, DamagedRecording, ServiceAway, StorageError: as they
                say; nothing was replaced.
        """
        heard = self._listening.audio(who, recording_id)
        if heard is None:
            raise SettingsError(
                _("The recording has not been opened."), _("Listen to it first, to know what to silence.")
            )
        spans = typed_spans(typed, heard.duration_ms)
        sealer = PublicKeySealer.from_home(self._home)
        body = {"spans": [list(span) for span in spans], "because": because[:_LONGEST_REASON]}
        answer = self._opener.post(path_of("recordings", recording_id, "redact"), body, token=who.token)
        revision_id = str(answer["revision_id"])
        keys = [SegmentKey(int(each["segment"]), base64.b64decode(each["key"])) for each in answer["keys"]]
        made = make_revision(self._listening.unsealed(recording_id, keys), revision_id, spans, sealer)
        self._hand_over(revision_id, made.sealed, made.keyslot)
        self._listening.forget(recording_id)
        return revision_id

    def _hand_over(self, revision_id: str, sealed: bytes, keyslot: bytes) -> None:
        for at in range(0, len(sealed), _PART_BYTES):
            content = base64.b64encode(sealed[at : at + _PART_BYTES]).decode("ascii")
            self._keeper.post(path_of("revisions", revision_id, "parts"), {"at": at, "content": content})
        digest, slot = hashlib.sha256(sealed).hexdigest(), base64.b64encode(keyslot).decode("ascii")
        self._keeper.post(path_of("revisions", revision_id, "finish"), {"sha256": digest, "keyslot": slot})
        with suppress(EarmarkError):  # it looks by itself each minute, and erases the old one then
            self._keeper.post("/look-now", {})
