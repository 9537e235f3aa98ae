"""What a person reads of an error: what happened and what to do, in words for whoever uses the page.

The errors of the box are told to whoever runs it, and so may name files or hold a library's own words; these stay in
the log.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from firmware.adapters.control.client import RequestRefused
from firmware.core import errors
from firmware.core.errors import EarmarkError, SettingsError
from webui.translation import from_the_box
from webui.translation import gettext as _

log = logging.getLogger("web.errors")

#: A file's path, a command, or how a library or Python calls its own errors.
_FOR_WHO_RUNS_THE_BOX = re.compile(
    r"(?<![\w/:])/(?:[\w.@+-]+/)+|\w(?:Error|Exception)\b|\bErrno\b|\b(?:chown|dmesg)\b|\bearmark [a-z]"
)


@dataclass(frozen=True)
class ErrorWords:
    """What the page of an error says, and the status of the answer."""

    status: int
    heading: str
    what: str
    remedy: str


def words_of(error: EarmarkError) -> ErrorWords:
    kind = next(kind for kind in _STATUS if isinstance(error, kind))
    heading, plain, remedy = _plainly(kind)
    not_understood = isinstance(error, RequestRefused)  # how the box's processes speak to each other
    if not_understood or _FOR_WHO_RUNS_THE_BOX.search(str(error)):
        log.error("not told to people: %s", error)
    what = "" if not_understood else for_people(error.what)
    said = "" if not_understood or not what else for_people(error.remedy)
    return ErrorWords(_STATUS[kind], heading, what or plain, said or remedy)


def for_people(text: str) -> str:
    """The text in the reader's language, or nothing where it names what only whoever runs the box can use."""
    return "" if _FOR_WHO_RUNS_THE_BOX.search(text) else from_the_box(text)


def in_words(mistake: EarmarkError) -> str:
    """The same beside a form, which says by itself what to do where the mistake does not."""
    found = words_of(mistake)
    if found.what == for_people(mistake.what) and not mistake.remedy:
        return found.what
    return f"{found.what} {found.remedy}"


def lines_of(mistake: SettingsError) -> list[str]:
    """What is wrong in a file or text that somebody wrote, line by line. Paths in it are theirs, and told."""
    return [from_the_box(line) for line in (*mistake.what.splitlines(), mistake.remedy) if line]


_STATUS: dict[type[EarmarkError], int] = {
    RequestRefused: 400,
    errors.SignInRefused: 401,
    errors.NotAllowed: 403,
    errors.NoSuchRecording: 404,
    errors.NoSuchCall: 404,
    errors.NoSuchDesk: 404,
    errors.NoSuchPerson: 404,
    errors.NoSuchProgram: 404,
    errors.NoSuchFinding: 404,
    errors.ActionRefused: 409,
    errors.KeyErased: 410,
    errors.SettingsError: 422,
    errors.PromptError: 422,
    errors.MissingComponent: 422,
    errors.TooBusy: 429,
    errors.ServiceAway: 503,
    errors.DamagedRecording: 500,
    errors.DamagedCatalogue: 500,
    errors.StorageFull: 503,
    errors.StorageError: 503,
    EarmarkError: 500,
}


def _plainly(kind: type[EarmarkError]) -> tuple[str, str, str]:
    """Heading; what happened, where the error's own words are not for people; what to do, where it does not say."""
    back, whom = _("Go back, and look at the page again."), _("Ask whoever looks after the box.")
    list_of_calls = _("Go back to the list of calls.")
    asked = _("Try again in a minute. If it stays so, look at Health.")
    words: dict[type[EarmarkError], tuple[str, str, str]] = {
        RequestRefused: (
            _("That request was not understood"),
            _("Something is missing, or cannot be read. Nothing was changed."),
            _("Go back, look at every field again, and send it once more."),
        ),
        errors.SignInRefused: (_("Please sign in again"), _("The sign-in has ended."), _("Sign in again.")),
        errors.NotAllowed: (
            _("Not allowed"),
            _("Your role does not allow that."),
            _("Ask somebody whose role does; Help lists the roles."),
        ),
        errors.NoSuchRecording: (_("No such recording"), _("The recording is not there (any more)."), list_of_calls),
        errors.NoSuchCall: (_("The call has ended"), _("There is no such call now."), back),
        errors.NoSuchDesk: (_("No such desk"), _("That desk is not paired."), back),
        errors.NoSuchPerson: (_("No such person"), _("Nobody of that name has a sign-in."), back),
        errors.NoSuchProgram: (_("No such program"), _("That program is not connected."), back),
        errors.NoSuchFinding: (_("It is over"), _("Nothing of that kind is wrong now."), back),
        errors.ActionRefused: (_("That may not be done now"), _("It is not in a state for that."), back),
        errors.KeyErased: (_("This recording was erased"), _("Nobody can hear it any more."), list_of_calls),
        errors.SettingsError: (_("That cannot be right"), _("Something that was typed cannot be so."), back),
        errors.PromptError: (
            _("That announcement cannot be used"),
            _("It is missing, is not sound, or came with the box."),
            _("Look at the announcements under Settings, and choose another one."),
        ),
        errors.MissingComponent: (
            _("The box has no part for that"),
            _("What this needs is not installed."),
            _("Send a recording instead, or ask whoever looks after the box."),
        ),
        errors.TooBusy: (_("Too much at once"), _("Others ask for the same now."), _("Try again in a minute.")),
        errors.ServiceAway: (_("Part of the box does not answer"), _("It may be starting anew."), f"{asked} {whom}"),
        errors.DamagedRecording: (
            _("This recording is damaged"),
            _("The sealed file is not as it was written. It may have been altered, or the disk may be failing."),
            _("Look at Health, and ask whoever looks after the box for the copy in the archive."),
        ),
        errors.DamagedCatalogue: (
            _("The list of calls cannot be read"),
            _("The recordings are untouched; the list of them is damaged, or of another version."),
            _("Ask whoever looks after the box to put the list back from a backup; Health says more."),
        ),
        errors.StorageFull: (
            _("The disk is full"),
            _("There is no room for what was to be written."),
            _("Look at Keeping for what a full disk means, and ask for a larger one."),
        ),
        errors.StorageError: (
            _("The disk cannot be read or written"),
            _("The disk with the recordings is locked, missing or failing. Calls go on, and wait to be taken in."),
            _("Look at Health: it says whether the disk has to be unlocked or plugged in."),
        ),
    }
    return words.get(kind, (_("That did not work"), _("Part of the box is not as it should be."), f"{asked} {whom}"))
