"""What a form is answered with: it is done, and the next page says so; or the form again, with what was wrong."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.errors import EarmarkError


def answered(
    task: Callable[[], str],
    again: Callable[[str], str],
    then: str,
    mistakes: tuple[type[EarmarkError], ...],
) -> ResponseReturnValue:
    """
    Args:
        task: does it, and gives what is to be said of that.
        again: draws the page of the form once more, with what was wrong.
        then: the address of the next page.
        mistakes: what whoever filled in the form can put right; other errors have pages of their own.
    """
    try:
        said = task()
    except mistakes as mistake:
        return again(str(mistake)), 422
    flash(said, "note")
    return redirect(then, 303)
