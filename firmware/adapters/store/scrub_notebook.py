"""Where the integrity scrub is up to, as a small file beside what it reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.adapters.store.durable_files import make_folders, replace_file, storage_errors
from firmware.core.entered_files import SegmentName
from firmware.ports.integrity import ScrubMark


class ScrubNotebookFile:
    """The ``ScrubNotebook``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> ScrubMark:
        with storage_errors("read", self._path):
            if not self._path.exists():
                return ScrubMark()
            content = self._path.read_bytes()
        try:
            return _mark(json.loads(content))
        except (ValueError, TypeError, KeyError):
            return ScrubMark()

    def save(self, mark: ScrubMark) -> None:
        with storage_errors("made", self._path.parent):
            make_folders(self._path.parent)
        replace_file(self._path, json.dumps(asdict(mark)).encode())


def _mark(document: Any) -> ScrubMark:
    return ScrubMark(
        last=_name(document["last"]),
        left=int(document["left"]),
        suspects=_names(document["suspects"]),
        faulty=_names(document["faulty"]),
        log_fault=str(document["log_fault"]),
        rested_ms=int(document["rested_ms"]),
    )


def _names(pairs: Iterable[Any]) -> tuple[SegmentName, ...]:
    return tuple(_name(pair) for pair in pairs)


def _name(pair: Any) -> SegmentName:
    recording, segment = pair
    return str(recording), int(segment)
