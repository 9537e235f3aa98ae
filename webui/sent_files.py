"""Forms with a file: how large each may be, and where what is sent lies until it was answered."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from flask import Flask, Request, current_app, request
from flask_wtf import CSRFProtect

#: The other fields of a form, and what lies between them.
BESIDE_THE_FILE = 64 * 1024
_ROOMS = "rooms-for-files"


def in_memory() -> IO[bytes]:
    """Memory of the kernel's (memfd_create(2)): a temporary file would be on a disk in clear."""
    return os.fdopen(os.memfd_create("sent"), "w+b")


@dataclass(frozen=True)
class Room:
    """What one form may send.

    Attributes:
        view: the function that answers it, with its module.
        most_bytes: of its file.
        place: opens what a file is written to while it comes.
    """

    view: str
    most_bytes: int
    place: Callable[[], IO[bytes]] = in_memory


class FormRequest(Request):
    """A request whose files lie where their form's room is, until it was answered."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._sent: list[IO[bytes]] = []

    def close(self) -> None:
        super().close()
        for file in self._sent:
            file.close()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        room = current_app.extensions[_ROOMS].get(self.endpoint)
        self._sent.append(room.place() if room else in_memory())
        return self._sent[-1]


def make_room(app: Flask, csrf: CSRFProtect, rooms: Mapping[str, Room]) -> None:
    """Let these forms be as large as that, by their endpoints. Before who sends one is known, nothing of it is read:
    the view itself asks for the form's token, which is in it.
    """
    app.request_class = FormRequest
    app.extensions[_ROOMS] = rooms
    for room in rooms.values():
        csrf.exempt(room.view)

    @app.before_request
    def give_room() -> None:
        room = rooms.get(request.endpoint or "")
        if room is not None:
            request.max_content_length = room.most_bytes + BESIDE_THE_FILE
            # What is read at once counts against it, together with what is left of the piece before.
            request.max_form_memory_size = 4 * BESIDE_THE_FILE
