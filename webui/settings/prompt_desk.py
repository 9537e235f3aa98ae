"""What the page asks the opener about prompts."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass

from firmware.adapters.control.client import ControlClient, path_of
from webui.access.opener import Visitor

_PART_BYTES = 600_000


@dataclass(frozen=True)
class PromptView:
    """One prompt. ``words``: what a shipped one says; ``fault``: why it cannot be played."""

    id: str
    lasts: str
    is_own: bool
    instead_of_shipped: bool
    lines: tuple[str, ...]
    use: str
    words: str
    fault: str


class PromptDesk:
    """Any thread. Raises what the opener does, PromptError among it."""

    def __init__(self, opener: ControlClient) -> None:
        self._opener = opener

    def listed(self, who: Visitor) -> list[PromptView]:
        return [
            PromptView(
                each["id"],
                "" if each["duration_ms"] is None else f"{each['duration_ms'] / 1000:.0f} s",
                each["whose"].startswith("own"),
                "shipped" in each["whose"] and each["whose"] != "shipped",
                tuple(each["lines"]),
                each["use"],
                each["words"],
                each["fault"],
            )
            for each in self._opener.get("/prompts", token=who.token)["prompts"]
        ]

    def sound(self, who: Visitor, prompt: str) -> bytes:
        """A WAV file."""
        return b64decode(self._opener.get(path_of("prompts", prompt, "sound"), token=who.token)["wav"])

    def keep(self, who: Visitor, prompt: str, wav: bytes) -> None:
        for offset in range(0, len(wav), _PART_BYTES):
            part = b64encode(wav[offset : offset + _PART_BYTES]).decode("ascii")
            self._opener.post("/prompt-sound", {"offset": offset, "part": part}, token=who.token)
        self._opener.post(path_of("prompts", prompt), token=who.token)

    def remove(self, who: Visitor, prompt: str) -> None:
        self._opener.post(path_of("prompts", prompt, "remove"), token=who.token)
