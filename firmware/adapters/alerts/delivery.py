"""Sends one message and ends: ``python -m firmware.adapters.alerts.delivery``, with the order on standard input."""

from __future__ import annotations

import json
import logging
import sys

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode

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
    taken = apprise.notify(order["body"], title=order["title"], notify_type=kind, body_format=NotifyFormat.TEXT)
    return TAKEN if taken else NOT_TAKEN


if __name__ == "__main__":
    sys.exit(main())
