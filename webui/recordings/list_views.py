"""The list of calls: what narrows it, its pages, and the searches that somebody keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.adapters.catalogue.reader import RecordingQuery, RecordingRow
from firmware.core.access_policy import Action
from firmware.core.errors import SettingsError, StorageError
from webui.access.gatekeeper import needs, visitor
from webui.error_words import in_words
from webui.recordings.call_search import CallSearch, read_search
from webui.recordings.catalogue import Catalogue
from webui.recordings.days import by_day
from webui.recordings.saved_searches import SavedSearches
from webui.recordings.search_desk import SearchDesk
from webui.translation import gettext as _
from webui.wording import plain_day

PAGE_LENGTH = 50


def add_list(
    views: Blueprint, catalogue: Catalogue, searches: SearchDesk, saved: SavedSearches, zone: ZoneInfo
) -> None:
    """What is found is in the evidence before it is shown, whether it was asked for by a form or while it was typed."""

    def drawn(search: CallSearch) -> Mapping[str, Any]:
        if not search.mistakes:
            searches.tell(visitor(), search)
        rows = [] if search.mistakes else catalogue.recordings(_query(search))
        further = len(rows) > PAGE_LENGTH
        rows = rows[:PAGE_LENGTH]
        return {
            "search": search,
            "days": by_day(rows, zone),
            "shown": len(rows),
            "newest": _address(search),
            "earlier": _address(search, rows[-1].cursor) if further else None,
            "choices": choice_words(),
            "chosen": [(words, _address_of(search.without(name))) for name, words in _narrowed_words(search)],
            "lines": _known(rows, "line"),
            "extensions": _known(rows, "extension"),
        }

    @views.get("/calls")
    @needs(Action.SEE_RECORDINGS)
    def list_calls() -> ResponseReturnValue:
        search = read_search(request.args, zone)
        if request.headers.get("HX-Request") == "true":
            return render_template("recordings/found.html", whole=False, **drawn(search))
        kept = [(each.name, _address_of(each.query)) for each in saved.of(visitor())]
        return render_template("recordings/list.html", whole=True, saved=kept, **drawn(search))

    @views.post("/calls/searches")
    @needs(Action.SEARCH)
    def save_search() -> ResponseReturnValue:
        search = read_search(request.form, zone)
        try:
            saved.save(visitor(), request.form.get("name", ""), search.parameters())
        except (SettingsError, StorageError) as mistake:
            flash(in_words(mistake), "alert")
        else:
            flash(_("The search is saved."), "note")
        return redirect(_address(search), 303)

    @views.post("/calls/searches/delete")
    @needs(Action.SEARCH)
    def delete_search() -> ResponseReturnValue:
        saved.delete(visitor(), request.form.get("name", ""))
        flash(_("The saved search is deleted."), "note")
        return redirect(url_for(".list_calls"), 303)


def _query(search: CallSearch) -> RecordingQuery:
    return RecordingQuery(
        limit=PAGE_LENGTH + 1,
        before=search.cursor or None,
        text=search.find or None,
        line=search.line or None,
        extension=search.extension or None,
        direction=search.direction or None,
        started_from=search.since,
        started_to=search.until,
        length=cast(Any, search.length or None),  # read_search let through what there is, and nothing else
        recorded=_yes_or_no(search.recorded),
        paused=_yes_or_no(search.paused),
        tagged=search.tagged == "yes",
        held=search.held == "yes",
    )


def _yes_or_no(said: str) -> bool | None:
    return {"yes": True, "no": False}.get(said)


def _narrowed_words(search: CallSearch) -> Iterable[tuple[str, str]]:
    """Each thing asked for beside what was typed, by its name in the address, in words."""
    for name, value in ({} if search.mistakes else search.narrowed).items():
        yield name, _words(name, value)


def _words(name: str, value: str) -> str:
    if name in ("from", "to"):
        day = plain_day(date.fromisoformat(value), date.min)
        return (_("From %(day)s") if name == "from" else _("To %(day)s")) % {"day": day}
    if name in ("line", "extension"):
        return f"{_('Line') if name == 'line' else _('Extension')} {value}"
    return choice_words()[name][value]


def choice_words() -> Mapping[str, Mapping[str, str]]:
    """What each choice of a filter is called."""
    return {
        "direction": {"inbound": _("Incoming"), "outbound": _("Outgoing")},
        "length": {
            "to-1": _("Under 1 minute"),
            "1-to-5": _("1 to 5 minutes"),
            "5-to-15": _("5 to 15 minutes"),
            "15-to-60": _("15 to 60 minutes"),
            "over-60": _("Over an hour"),
        },
        "recorded": {"yes": _("Recorded"), "no": _("Not recorded")},
        "paused": {"yes": _("Paused"), "no": _("Not paused")},
        "tagged": {"yes": _("With a tag")},
        "held": {"yes": _("Under a legal hold")},
    }


def _known(rows: Iterable[RecordingRow], name: str) -> list[str]:
    return sorted({value for row in rows if (value := getattr(row, name))})


def _address(search: CallSearch, cursor: str = "") -> str:
    return _address_of(search.parameters(cursor))


def _address_of(query: Mapping[str, str]) -> str:
    return f"{url_for('recordings.list_calls')}?{urlencode(query)}" if query else url_for("recordings.list_calls")
