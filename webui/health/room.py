"""The room on the data disk and how long it will do, as the keeper reckons it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.space_forecast import size
from webui.translation import gettext as _


@dataclass(frozen=True)
class Room:
    """In words for a person."""

    words: str
    short: bool
    used_share: float
    free: str
    total: str
    recordings: int
    recordings_size: str
    choice: str
    taken_at: datetime


def room_of(keeper: ControlClient) -> Room | None:
    """None when the keeper does not answer, which its own card says, or has not looked yet."""
    try:
        answer = keeper.get("/space")
    except EarmarkError:
        return None
    if not answer.get("words"):
        return None
    free, total = int(answer["free_bytes"]), int(answer["total_bytes"])
    shorten = ", ".join(map(str, answer["shorten"]))
    return Room(
        str(answer["words"]),
        answer["shortage"] != "none",
        1 - free / total if total else 1.0,
        size(free),
        size(total),
        int(answer["recordings"]),
        size(int(answer["recordings_bytes"])),
        _("The oldest recordings go first of: %(shorten)s") % {"shorten": shorten}
        if answer["when_full"] == "shorten"
        else _("New calls are not recorded; calls go on"),
        datetime.fromtimestamp(int(answer["taken_at_ms"]) / 1000, UTC),
    )
