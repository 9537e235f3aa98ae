"""How the error family crosses a control socket: ``{"error": {"code", "message", "remedy"}}`` and an HTTP status.

The code is the class's own name, so the client raises the very class that the server raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from firmware.core import errors
from firmware.core.errors import EarmarkError

_STATUS: tuple[tuple[type[EarmarkError], int], ...] = (
    (errors.SignInRefused, 401),
    (errors.NotAllowed, 403),
    (errors.NoSuchRecording, 404),
    (errors.NoSuchCall, 404),
    (errors.NoSuchFinding, 404),
    (errors.NoSuchDesk, 404),
    (errors.NoSuchPerson, 404),
    (errors.NoSuchProgram, 404),
    (errors.ActionRefused, 409),
    (errors.KeyErased, 410),
    (errors.SettingsError, 422),
    (errors.WrongDiskKey, 422),
    (errors.TooBusy, 429),
    (errors.ServiceAway, 503),
    (errors.StorageFull, 507),
    (EarmarkError, 500),
)


class RequestRefused(EarmarkError):
    """The request itself is wrong: no such path, a field missing, not JSON, a caller who may not ask.

    Handlers raise it for bad input; ``status`` is the HTTP status.
    """

    exit_code = 45

    def __init__(self, what: str, remedy: str = "", status: int = 400) -> None:
        super().__init__(what, remedy)
        self.status = status


def status_of(error: EarmarkError) -> int:
    if isinstance(error, RequestRefused):
        return error.status
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def to_wire(error: EarmarkError) -> dict[str, Any]:
    return {"error": {"code": type(error).__name__, "message": error.what, "remedy": error.remedy}}


def from_wire(status: int, document: Any) -> EarmarkError:
    """The error that the other side raised; a ``RequestRefused`` when it is none that we know."""
    body = document.get("error") if isinstance(document, dict) else None
    if not isinstance(body, dict):
        return RequestRefused(f"The control socket answered {status} without saying why.", status=status)
    what, remedy = str(body.get("message", "")), str(body.get("remedy", ""))
    for kind in _family(EarmarkError):
        if kind.__name__ == body.get("code") and kind is not RequestRefused:
            return kind(what, remedy)
    return RequestRefused(what, remedy, status)


def _family(kind: type[EarmarkError]) -> Iterator[type[EarmarkError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)
