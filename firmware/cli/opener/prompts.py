"""The opener's routes for the office's prompts. All need the token of a session; whose it is decides.

============================  ===========================================================================
``GET /prompts``              {prompts: [{id, duration_ms, whose, lines, use, fault, words}]}
``GET /prompts/{id}/sound``   {wav}: base64
``POST /prompt-sound``        {offset, part} → {}: the next piece of a WAV file, base64; at 0 it begins anew
``POST /prompts/{id}``        → {}: what came is the prompt of that id
``POST /prompts/{id}/remove`` → {}: one of the office's own goes
============================  ===========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.cli.settings.prompt_shelf import OwnPrompts
from firmware.core.home import Home
from firmware.services.prompt_changes import PromptChanges

_BOX_PATIENCE_S = 20.0
_LONGEST_PART = 1_000_000


class PromptsBehindTheBox:
    """``PromptShelf``: on the box root puts them in place; in a clone the folder is ours."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._own = OwnPrompts(home)
        self._box = ControlClient(home.box_socket, _BOX_PATIENCE_S)

    def put(self, prompt: str, file: str, content: bytes) -> None:
        replace_file(self._home.new_prompt, content)
        try:
            if self._home.box_socket.exists():
                self._box.post("/prompts", {"prompt": prompt, "file": file})
            else:
                self._own.take(prompt, file)
        finally:
            self._home.new_prompt.unlink(missing_ok=True)

    def remove(self, prompt: str, file: str) -> None:
        if self._home.box_socket.exists():
            self._box.post("/prompts/remove", {"prompt": prompt, "file": file})
        else:
            self._own.remove(prompt, file)


def prompt_routes(desk: PromptChanges) -> dict[str, Handler]:
    def take_part(request: Request) -> Mapping[str, Any]:
        offset = request.body.get("offset") if isinstance(request.body, dict) else None
        if not isinstance(offset, int) or offset < 0:
            raise RequestRefused("'offset' is a number.")
        desk.take_part(request.token, offset, request.text("part", _LONGEST_PART))
        return {}

    def keep(request: Request) -> Mapping[str, Any]:
        desk.keep(request.token, request.parameters["prompt"])
        return {}

    def remove(request: Request) -> Mapping[str, Any]:
        desk.remove(request.token, request.parameters["prompt"])
        return {}

    return {
        "GET /prompts": lambda request: desk.listed(request.token),
        "GET /prompts/{prompt}/sound": lambda request: desk.sound(request.token, request.parameters["prompt"]),
        "POST /prompt-sound": take_part,
        "POST /prompts/{prompt}": keep,
        "POST /prompts/{prompt}/remove": remove,
    }
