"""Where C++ calls Python: nothing may be raised into the library, which would end the process and every call in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

_LOG = logging.getLogger(__name__)
_Self = TypeVar("_Self")
_P = ParamSpec("_P")


def callback(method: Callable[Concatenate[_Self, _P], None]) -> Callable[Concatenate[_Self, _P], None]:
    """Mark a method that pjsua2 calls. What it raises is logged; the call it was about ends by its own timers."""

    @wraps(method)
    def guarded(self: _Self, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception:  # noqa: BLE001 - a root: SWIG turns what leaves it into the end of the process
            _LOG.exception("%s failed", method.__name__)

    return guarded
