"""A call as a signed vCon, for somebody who may download it: its record and its sound in one file of JSON."""

from __future__ import annotations

import os
import socket
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.access_policy import Action
from firmware.core.call_record import CallRecord
from firmware.core.errors import NotAllowed
from firmware.core.vcon.document import Making, vcon_document
from firmware.core.vcon.signed import Signature, UnsignedVcon, unsigned
from firmware.core.vcon.sound import recorded_sound
from webui.access.gatekeeper import needs, visitor
from webui.access.opener import Visitor
from webui.recordings.download_name import download_name
from webui.recordings.listening import Listening
from webui.translation import gettext as _

_MEDIA_TYPE = "application/vcon+json"


class VconMaker:
    """Any thread. ``opener`` signs: it has the key for that, and is given a digest only."""

    def __init__(self, listening: Listening, opener: ControlClient, zone: ZoneInfo) -> None:
        self._listening = listening
        self._opener = opener
        self._zone = zone

    def make(self, who: Visitor, recording_id: str) -> tuple[str, Iterator[bytes]]:
        """The file's name, and its bytes as they are sent.

        Raises:
            NotAllowed: no purpose was given for the call, or it may not be downloaded.
            NoSuchRecording, KeyErased, DamagedRecording, ServiceAway, StorageError: as they say.
        """
        unsealed = self._listening.whole_copy(who, recording_id)
        if unsealed is None:
            raise NotAllowed(
                _("This recording has not been opened."), _("Go to the call's page and say what you need it for.")
            )
        sound = recorded_sound(unsealed, self._name(unsealed.record, "opus"))
        making = Making(time.time_ns() // 1_000_000, socket.gethostname().lower(), os.urandom(2))
        made = unsigned(vcon_document(unsealed.record, sound, making), unsealed.ogg)
        return self._name(unsealed.record, "vcon"), made.signed(self._signature(who, recording_id, made))

    def _signature(self, who: Visitor, recording_id: str, made: UnsignedVcon) -> Signature:
        asked = {"digest": b64encode(made.digest()).decode("ascii"), "vcon": made.uuid}
        answer = self._opener.post(path_of("recordings", recording_id, "sign"), asked, token=who.token)
        return Signature(b64decode(answer["signature"]), [str(each) for each in answer["chain"]])

    def _name(self, record: CallRecord, ending: str) -> str:
        started_at = datetime.fromtimestamp(record.started_at_ms / 1000, UTC)
        parties = (record.far_party.shown, record.office_party.shown)
        return download_name(started_at, self._zone, record.direction, *parties, ending)


def vcon_views(maker: VconMaker) -> Blueprint:
    views = Blueprint("vcon", __name__)

    @views.post("/calls/<recording_id>/vcon")
    @needs(Action.DOWNLOAD)
    def download(recording_id: str) -> ResponseReturnValue:
        name, pieces = maker.make(visitor(), recording_id)
        answer = Response(pieces, mimetype=_MEDIA_TYPE)
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    return views
