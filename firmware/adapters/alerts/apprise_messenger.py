"""``Messenger`` and ``Mailer`` by Apprise, each message in a short-lived process of its own.

Apprise knows a hundred services and imports accordingly: kept in the keeper it would cost more memory than the keeper
itself, and a service that hangs would hang there. The address goes in by a pipe, so that no list of processes shows it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from firmware.adapters.alerts.mail_way import addressed_to
from firmware.core.alert_message import Message
from firmware.ports.alerts import Attachment, Destination

_DELIVERY = "firmware.adapters.alerts.delivery"
#: Exit statuses of ``delivery``.
TAKEN, NOT_TAKEN, NOT_AN_ADDRESS = 0, 3, 4
_WHY = {
    NOT_TAKEN: "it did not take the message, or does not answer",
    NOT_AN_ADDRESS: "its address is none that Apprise knows",
}


class AppriseMessenger:
    def __init__(self, within_s: float = 60.0) -> None:
        self._within_s = within_s

    def send(self, destination: Destination, message: Message) -> str:
        return self._deliver({"url": destination.url, **asdict(message)})

    def mail(self, way: Destination, to: Sequence[str], message: Message, attachment: Attachment) -> str:
        content = b64encode(attachment.content).decode("ascii")
        file = {"name": attachment.name, "kind": attachment.kind, "content": content}
        return self._deliver({"url": addressed_to(way.url, to), **asdict(message), "attachment": file})

    def _deliver(self, order: Mapping[str, Any]) -> str:
        command, written = [sys.executable, "-m", _DELIVERY], json.dumps(order).encode()
        try:
            done = subprocess.run(command, input=written, capture_output=True, timeout=self._within_s, check=False)
        except subprocess.TimeoutExpired:
            return f"it did not answer within {self._within_s:.0f} s"
        except OSError as error:
            return f"no message could be sent: {error.strerror}"
        if done.returncode == TAKEN:
            return ""
        return _WHY.get(done.returncode, "sending failed")
