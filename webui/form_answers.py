"""What a form is answered with: it is done, and the next page says so; or the form again, with what was wrong."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.control.client import RequestRefused
from firmware.core.errors import EarmarkError
from webui.error_words import in_words


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
    told_again: tuple[type[EarmarkError], ...] = (*mistakes, RequestRefused)
    try:
        said = task()
    except told_again as mistake:
        return again(in_words(mistake)), 422
    flash(said, "note")
    return redirect(then, 303)
