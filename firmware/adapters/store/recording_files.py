"""Finds a recording's sealed files by its id alone, without the catalogue.

A recording id is a UUIDv7 (RFC 9562, 5.7), which begins with its Unix milliseconds, and the store's folders are UTC
days: so there are at most three days to look in.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware.core.errors import NoSuchRecording

_SEGMENT = re.compile(r"\.(\d{1,6})\.ear$")


def sealed_files(recordings: Path, recording_id: str) -> dict[int, Path]:
    """The sealed file of each segment, by number, in order.

    Raises:
        NoSuchRecording: there is none of that id.
    """
    found = {
        int(match[1]): path
        for folder in day_folders(recordings, recording_id)
        for path in folder.glob(f"{recording_id}.*.ear")
        if (match := _SEGMENT.search(path.name))
    }
    if not found:
        raise _unknown(recording_id)
    return dict(sorted(found.items()))


def day_folders(recordings: Path, recording_id: str) -> Iterator[Path]:
    """The folders in which a recording's files may lie, whether they are there or not.

    Raises:
        NoSuchRecording: it is no recording's id.
    """
    try:
        identifier = uuid.UUID(recording_id)
        made = datetime.fromtimestamp((identifier.int >> 80) / 1000, tz=UTC)
        days = (made, made - timedelta(days=1), made + timedelta(days=1))
    except (ValueError, OverflowError):
        raise _unknown(recording_id) from None
    if recording_id not in (str(identifier), identifier.hex):
        raise _unknown(recording_id)
    for day in days:
        yield recordings / f"{day:%Y/%m/%d}"


def _unknown(recording_id: str) -> NoSuchRecording:
    return NoSuchRecording(f"There is no recording {recording_id[:64]!r}.", "List them with: earmark recordings list")
