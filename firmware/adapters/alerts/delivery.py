"""Sends one message and ends: ``python -m firmware.adapters.alerts.delivery``, with the order on standard input."""

from __future__ import annotations

import json
import logging
import sys
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from apprise import Apprise, AppriseAsset, AppriseAttachment, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.attachment.memory import AttachMemory

from firmware.adapters.alerts.apprise_messenger import NOT_AN_ADDRESS, NOT_TAKEN, TAKEN

_TYPES = {"fault": NotifyType.FAILURE, "attention": NotifyType.WARNING, "well": NotifyType.SUCCESS}


def main() -> int:
    logging.disable(logging.CRITICAL)  # it would write addresses, and there are passwords in them
    order = json.load(sys.stdin)
    # Nothing is kept on disk, and no plug-in is looked for there.
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, plugin_paths=[], secure_logging=True)
    apprise = Apprise(asset=asset)
    if not apprise.add(order["url"]):
        return NOT_AN_ADDRESS
    kind = _TYPES.get(order["importance"], NotifyType.INFO)
    taken = apprise.notify(
        order["body"], title=order["title"], notify_type=kind, body_format=NotifyFormat.TEXT, attach=_attachment(order)
    )
    return TAKEN if taken else NOT_TAKEN


def _attachment(order: Mapping[str, Any]) -> AppriseAttachment | None:
    """From memory: a report is never a file on the disk."""
    file = order.get("attachment")
    if file is None:
        return None
    content = b64decode(file["content"])
    held = AttachMemory(content, name=file["name"], mimetype=file["kind"])  # type: ignore[no-untyped-call]  # Apprise's
    return AppriseAttachment(held)


if __name__ == "__main__":
    sys.exit(main())
