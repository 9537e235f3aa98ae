"""What the page asks the box's own process about the data disk, and how that reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.adapters.control.client import ControlClient
from firmware.core.data_volume import VolumeState
from firmware.core.errors import EarmarkError
from webui.access.opener import Visitor
from webui.translation import from_the_box, marked
from webui.translation import gettext as _

_WORDS: Mapping[VolumeState, tuple[str, str]] = {
    VolumeState.OPEN: ("well", marked("The data disk is unlocked and in use.")),
    VolumeState.CLOSED: (
        "attention",
        marked(
            "The data disk is locked. Phones work and calls are recorded; they wait in the spool until it is unlocked."
        ),
    ),
    VolumeState.MISSING: (
        "attention",
        marked(
            "The data disk is missing. Phones work and calls are recorded; they wait in the spool until it is there."
        ),
    ),
    VolumeState.BLANK: (
        "attention",
        marked("The data disk was never encrypted. At the box: earmark disk format."),
    ),
    VolumeState.NONE: ("well", marked("This box has no data disk of its own.")),
}


@dataclass(frozen=True)
class DiskView:
    """``mood`` as on the health page."""

    mood: str
    words: str
    trouble: str
    stick_is_in: bool
    is_locked: bool
    is_open: bool


class DiskDesk:
    """Any thread."""

    def __init__(self, box: ControlClient) -> None:
        self._box = box

    def shown(self) -> DiskView | None:
        """None where there is no data disk of its own, or nobody to ask."""
        try:
            told = self._box.get("/disk")
            state = VolumeState(told["state"])
        except (EarmarkError, ValueError):
            return None
        if state is VolumeState.NONE:
            return None
        mood, words = _WORDS[state]
        locked = state is VolumeState.CLOSED
        return DiskView(
            mood, _(words), from_the_box(told["trouble"]), told["stick"] == "in", locked, state is VolumeState.OPEN
        )

    def unlock(self, who: Visitor, pass_phrase: str) -> None:
        """
        Raises:
            WrongDiskKey, TooBusy: it opens nothing, or too many did not lately.
            StorageError, NotAllowed, SignInRefused, ServiceAway: as the box's process and the opener do.
        """
        self._box.post("/disk/open", {"pass_phrase": pass_phrase}, token=who.token)

    def lock(self, who: Visitor) -> None:
        self._box.post("/disk/close", token=who.token)
