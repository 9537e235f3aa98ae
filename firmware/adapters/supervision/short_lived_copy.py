"""Finding something out in a copy of this process that ends with it, so that what it loads for that is not kept."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable
from typing import NoReturn, TypeVar

from firmware.core.errors import EarmarkError, StartFailed

_LOG = logging.getLogger(__name__)
_Found = TypeVar("_Found")


def found_by_a_copy(find: Callable[[], _Found]) -> _Found:
    """What ``find`` gives, which imports for itself what it needs. Only while the process has one thread (fork(2)).

    Raises:
        EarmarkError: ``find`` raised it.
        StartFailed: the copy ended otherwise; it has said how.
    """
    reading, writing = os.pipe()
    copy = os.fork()
    if copy == 0:
        _tell(find, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(copy, 0)
    if status:
        raise StartFailed("What a process needs to know before it starts could not be found out.", "Look at its log.")
    found, refused = pickle.loads(told)
    if refused is not None:
        raise refused
    answer: _Found = found
    return answer


def _tell(find: Callable[[], object], writing: int) -> NoReturn:
    """As the copy. Nothing of the original's ending may happen here."""
    try:
        try:
            told = pickle.dumps((find(), None))
        except EarmarkError as refused:
            told = pickle.dumps((None, type(refused)(refused.what, refused.remedy)))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(told)
    except BaseException:  # noqa: BLE001 - its root: it must not go on as the process that it was copied from
        _LOG.exception("the copy failed")
        os._exit(1)
    os._exit(0)
