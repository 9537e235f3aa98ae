"""The keeper's end of a redaction, put together: the page sends the sealed revision here, part by part."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from firmware.adapters.catalogue.redactions import RedactionRows
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.store.revision_files import RevisionFolder
from firmware.cli.keeper.parts import KeeperParts
from firmware.services.revision_intake import RevisionIntake

REVISION_ROUTES = ("POST /revisions/{revision_id}/parts", "POST /revisions/{revision_id}/finish")
_LONGEST_PART = 1 << 20
_LONGEST_KEYSLOT = 2048
_DIGEST_LENGTH = 64


def compose_revision_intake(parts: KeeperParts) -> RevisionIntake:
    rows = RedactionRows(parts.catalogue, parts.home.catalogue)
    return RevisionIntake(rows, RevisionFolder(parts.home), parts.evidence, parts.clock)


def revision_routes(intake: RevisionIntake) -> dict[str, Handler]:
    """For the web process alone, which has unsealed what was ordered. Bytes come as base64."""
    is_web = these_users("earmark-web")

    def from_the_page(request: Request) -> str:
        if not is_web(request.peer):
            raise RequestRefused("Only the page sends revisions.", status=403)
        return request.parameters["revision_id"]

    def part(request: Request) -> Mapping[str, Any]:
        revision_id, at = from_the_page(request), request.body.get("at")
        if not isinstance(at, int) or at < 0:
            raise RequestRefused("'at' is how many bytes came before.")
        intake.take(revision_id, at, _bytes(request, "content", _LONGEST_PART))
        return {}

    def finish(request: Request) -> Mapping[str, Any]:
        revision_id = from_the_page(request)
        intake.finish(revision_id, request.text("sha256", _DIGEST_LENGTH), _bytes(request, "keyslot", _LONGEST_KEYSLOT))
        return {}

    return dict(zip(REVISION_ROUTES, (part, finish), strict=True))


def _bytes(request: Request, name: str, longest: int) -> bytes:
    try:
        return b64decode(request.text(name, longest), validate=True)
    except (binascii.Error, ValueError):
        raise RequestRefused(f"{name!r} is base64.") from None
