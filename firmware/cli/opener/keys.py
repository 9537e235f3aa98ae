"""The opener's routes for the office's own keys, and for what the keeper cannot read and a backup must hold.

``POST /keys/rotate``          → {epoch, holders}: a new office key for recordings from now on
``POST /keys/recovery``        ``public_key`` → {}: a new recovery key; all keyslots are wrapped to it behind this
``POST /keys/rewrap``          → {}: go on with that
``GET /keys/rewrap``           → {state, done, left_out, trouble}
``GET /backup/people``         → {sealed}: people and recipients, sealed for a backup; for the keeper alone

The first four are asked at a terminal of the box. The page may not pass them on: whoever broke into it while a director
is signed in could have every recording opened to a key of theirs.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from firmware.adapters.archive.sealed_backup import seal_people
from firmware.adapters.control.peer_policy import same_user, these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.office_key_maker import AgeOfficeKeyMaker
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.adapters.store.rewrapped_keyslots import RewrapFile, RewrappedKeyslots
from firmware.cli.opener.composition import Office
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.ports.office_keys import RewrapEvidence
from firmware.services.key_rotation import KeyRotation
from firmware.services.recovery_key_replacement import RecoveryKeyReplacement

_LOG = logging.getLogger(__name__)
_LONGEST_KEY = 100


@dataclass(frozen=True)
class KeyServices:
    rotation: KeyRotation
    replacement: RecoveryKeyReplacement


def compose_keys(home: Home, office: Office, slot_evidence: RewrapEvidence) -> KeyServices:
    recipients, public, maker = RecipientsFile(home.recipients_file), PublicKeyFiles(home), AgeOfficeKeyMaker()
    rotation = KeyRotation(office.people, recipients, public, maker, office.sessions, office.watch, office.evidence)
    replacement = RecoveryKeyReplacement(
        recipients,
        public,
        maker,
        RewrappedKeyslots(home),
        RewrapFile(home.rewrap_journal),
        slot_evidence,
        office.sessions,
        office.watch,
        office.evidence,
    )
    return KeyServices(rotation, replacement)


def key_routes(home: Home, services: KeyServices) -> dict[str, Handler]:
    """All but the last need the token of a session; whose it is decides."""
    is_keeper = these_users("earmark-keeper")

    def at_the_box(request: Request) -> None:
        if not same_user(request.peer):
            raise RequestRefused("The office's keys are changed at a terminal of the box: earmark keys", status=403)

    def rotate(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        return asdict(services.rotation.rotate(request.token))

    def replace_recovery(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        services.replacement.replace(request.token, request.text("public_key", _LONGEST_KEY))
        return {}

    def go_on(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        services.replacement.go_on(request.token)
        return {}

    def progress(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        return asdict(services.replacement.progress(request.token))

    def people(request: Request) -> Mapping[str, Any]:
        if not is_keeper(request.peer):
            raise RequestRefused("This is for the keeper's backups alone.", status=403)
        return {"sealed": b64encode(seal_people(home)).decode("ascii")}

    return {
        "POST /keys/rotate": rotate,
        "POST /keys/recovery": replace_recovery,
        "POST /keys/rewrap": go_on,
        "GET /keys/rewrap": progress,
        "GET /backup/people": people,
    }


def try_to_finish(services: KeyServices) -> bool:
    """What a kill left half-way with keyslots is put right; False: not yet, for the recorder is away."""
    try:
        services.replacement.finish_started()
    except EarmarkError as error:
        _LOG.warning("keyslots wait to be put in place: %s", error)
        return False
    return True
