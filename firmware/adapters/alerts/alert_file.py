"""``AlertStore``: one small file on the state partition, which is there while the data disk is locked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson

from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.alert_message import Message
from firmware.core.alerting import Acknowledgement, AlertBook, Standing
from firmware.core.errors import StorageError
from firmware.core.health_check import Finding
from firmware.ports.alerts import AlertState, Waiting

_LOG = logging.getLogger(__name__)


class AlertFile:
    """Its folder is its own: whoever may write there may say what was told."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> AlertState:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return AlertState()
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be read: {error.strerror}.", "Check the state partition."
            ) from error
        try:
            return _state(orjson.loads(raw))
        except (ValueError, KeyError, TypeError, AttributeError):
            _LOG.error("%s is damaged: what is wrong now is told anew", self._path)
            return AlertState()

    def keep(self, state: AlertState) -> None:
        make_private_folder(self._path.parent)
        replace_file(self._path, orjson.dumps(asdict(state)))


def _state(document: Mapping[str, Any]) -> AlertState:
    book = document["book"]
    return AlertState(
        AlertBook(
            {name: _standing(each) for name, each in book["standing"].items()},
            tuple(_standing(each) for each in book["over"]),
            tuple(int(at_ms) for at_ms in book["alerts_at_ms"]),
            int(book["digest_at_ms"]),
        ),
        tuple(Waiting(Message(**each["message"]), tuple(map(str, each["to"]))) for each in document["waiting"]),
    )


def _standing(document: Mapping[str, Any]) -> Standing:
    known = {field.name: document[field.name] for field in fields(Standing) if field.name in document}
    said = known.get("acknowledged")
    known["acknowledged"] = Acknowledgement(**said) if said else None
    return Standing(**(known | {"finding": Finding.from_json(document["finding"])}))
