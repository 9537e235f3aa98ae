"""The pages of the settings. What is typed is judged, put on record and put in effect by the opener; this asks."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from firmware.core.access_policy import Action
from firmware.core.errors import ActionRefused, NotAllowed
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import allowed, background, needs, visitor
from webui.error_words import in_words
from webui.navigation import Page, pages_for
from webui.sent_files import Room
from webui.settings.at_once import at_once
from webui.settings.drawing import Path
from webui.settings.fields import Section
from webui.settings.file_views import FILE_ROOMS, add_file
from webui.settings.history_views import add_history
from webui.settings.own_browser import shut_out
from webui.settings.pages import Place, by_name, drawn, moved, typed, without
from webui.settings.prompt_desk import PromptDesk
from webui.settings.prompt_views import PROMPT_ROOMS, add_prompts
from webui.settings.saying import say_what_became
from webui.settings.settings_desk import FormDesk, SettingsDesk, SettingsView
from webui.settings.summaries import summaries
from webui.settings.tables import GROUPS, SECTIONS
from webui.settings.tried_log import TriedLog, known_formats, tried_log
from webui.settings.trying_views import add_trying
from webui.translation import gettext as _

#: Two hundred phones are a form of a hundred kilobytes.
LARGEST_FORM = 400 * 1024


#: What else a person may change, on pages of their own.
_ELSEWHERE = frozenset(
    {"fitting.page", "people.page", "desks.page", "certificate.page", "updates.page", "programs.page"}
)


@dataclass(frozen=True)
class Wrong:
    """What stands at the head of a form that was not taken."""

    mistakes: Mapping[Path, str]
    why: str = ""


_NOTHING_WRONG = Wrong({})


def settings_rooms() -> dict[str, Room]:
    """For the forms that are larger than others."""
    forms = {f"settings.{view}": Room(f"{__name__}.{view}", LARGEST_FORM) for view in ("keep", "check", "try_log")}
    return {**forms, **FILE_ROOMS, **PROMPT_ROOMS}


def settings_views(desk: SettingsDesk, prompts: PromptDesk) -> Blueprint:
    views = Blueprint("settings", __name__, url_prefix="/settings")

    @views.get("")
    @needs(*LOOKING)
    def page() -> ResponseReturnValue:
        now = desk.shown(visitor())
        return render_template(
            "settings/page.html",
            groups=GROUPS,
            settings=now,
            summaries=summaries(now.document),
            elsewhere=_elsewhere(),
            at_once=at_once(visitor(), now.waiting),
        )

    @views.post("/restart-now")
    @needs(*LOOKING)
    def restart_now() -> ResponseReturnValue:
        desk.restart_now(visitor())
        flash(_("That is being done. You may have to sign in once more; what waits still is told here."), "note")
        return redirect(url_for("settings.page"), 303)

    _add_forms(views, desk)
    _add_keeping(views, desk)
    add_history(views, desk)
    add_file(views, desk)
    add_trying(views, desk)
    add_prompts(views, prompts)
    return views


def form_views(desk: FormDesk, sections: Container[str], back: Callable[[], str]) -> Blueprint:
    """The forms of some sections alone, for a box that is no office yet. ``back``: where they lead back to.

    They ask nobody who they are: whoever serves them lets in only who may.
    """
    views = Blueprint("settings", __name__, url_prefix="/settings")

    @views.before_request
    def only_these() -> None:
        name = (request.view_args or {}).get("name")
        if name is not None and name not in sections:
            abort(404)

    @views.get("")
    def page() -> ResponseReturnValue:
        return redirect(back(), 303)

    _add_forms(views, desk)
    _add_keeping(views, desk)
    return views


def _add_forms(views: Blueprint, desk: FormDesk) -> None:
    @views.get("/<name>")
    @needs(*LOOKING)
    def section(name: str) -> ResponseReturnValue:
        found, now = _section(name), desk.shown(visitor())
        if not found.is_list:
            return _form(Place(found), now)
        items = now.document[found.name]
        return render_template(
            "settings/list.html",
            section=found,
            items=[summaries(now.document).item(found, each) for each in items],
            settings=now,
            may_change=_may_change(found, now),
        )

    @views.get("/<name>/new")
    @needs(*LOOKING)
    def new(name: str) -> ResponseReturnValue:
        now = desk.shown(visitor())
        return _form(_place(name, now, None, request.args.get("kind", "")), now)

    @views.get("/<name>/<int:item>")
    @needs(*LOOKING)
    def one(name: str, item: int) -> ResponseReturnValue:
        now = desk.shown(visitor())
        return _form(_place(name, now, item), now)


def _add_keeping(views: Blueprint, desk: FormDesk) -> None:
    @views.post("/<name>/keep")
    @needs(*LOOKING)
    def keep(name: str) -> ResponseReturnValue:
        """What was typed, or the form again with what is wrong beside the fields."""
        current_app.extensions["csrf"].protect()
        now = desk.shown(visitor())
        place = _place_of_form(name, now)
        found = typed(place, now, request.form)
        document = place.put_in(now.document, found.value)
        if mistakes := _shut_out(place, document):
            return _form(place, now, found.value, Wrong(mistakes, _("That was not saved yet."))), 422
        try:
            done = desk.change(visitor(), document, request.form.get("version", ""))
        except (ActionRefused, NotAllowed) as refused:
            return _form(place, desk.shown(visitor()), found.value, Wrong({}, in_words(refused))), 409
        if done.mistakes:
            return _form(place, now, found.value, Wrong(done.mistakes, _("That was not saved yet."))), 422
        say_what_became(done)
        return _after(place)

    @views.post("/<name>/check")
    @needs(*LOOKING)
    @background
    def check(name: str) -> ResponseReturnValue:
        """What is wrong with a form as it stands, for the page's script."""
        current_app.extensions["csrf"].protect()
        now = desk.shown(visitor())
        place = _place_of_form(name, now)
        found = typed(place, now, request.form)
        document = place.put_in(now.document, found.value)
        mistakes = {**_shut_out(place, document), **desk.check(visitor(), document).mistakes}
        return jsonify(beside=by_name(place, found, mistakes))

    @views.post("/smdr/try")
    @needs(*LOOKING)
    def try_log() -> ResponseReturnValue:
        """How some lines of a call log read by the form as it stands: nothing is saved, and nothing of them is kept."""
        current_app.extensions["csrf"].protect()
        now = desk.shown(visitor())
        place = _place_of_form("smdr", now)
        found = typed(place, now, request.form)
        tried = tried_log(found.value, request.form.get("log_lines", ""), now.document["office"]["timezone"])
        return _form(place, now, found.value, tried=tried), 422 if tried.mistake else 200

    @views.post("/<name>/<int:item>/remove")
    @needs(*LOOKING)
    def remove(name: str, item: int) -> ResponseReturnValue:
        return _changed_list(desk, name, item, without)

    @views.post("/<name>/<int:item>/up")
    @needs(*LOOKING)
    def up(name: str, item: int) -> ResponseReturnValue:
        return _changed_list(desk, name, item, lambda document, place: moved(document, place, -1))

    @views.post("/<name>/<int:item>/down")
    @needs(*LOOKING)
    def down(name: str, item: int) -> ResponseReturnValue:
        return _changed_list(desk, name, item, lambda document, place: moved(document, place, 1))


def _elsewhere() -> list[Page]:
    pages = [each for each in pages_for(visitor()) if each.endpoint in _ELSEWHERE]
    if allowed(visitor(), Action.CONFIRM_DUTIES):
        pages.append(Page(_("Set-up guide"), "guide.page"))
    return pages


def _shut_out(place: Place, document: Mapping[str, Any]) -> dict[Path, str]:
    lan = document["network"]["lan"]
    return shut_out(lan, request.remote_addr or "") if place.section.name == "network" else {}


def _changed_list(
    desk: FormDesk, name: str, item: int, how: Callable[[Mapping[str, Any], Place], dict[str, Any]]
) -> ResponseReturnValue:
    now = desk.shown(visitor())
    place = _place(name, now, item)
    done = desk.change(visitor(), how(now.document, place), request.form.get("version", ""))
    if done.mistakes:
        raise ActionRefused(_("Other settings need it: ") + "; ".join(done.mistakes.values()) + ".")
    say_what_became(done)
    return redirect(url_for("settings.section", name=name), 303)


def _form(
    place: Place,
    now: SettingsView,
    value: Mapping[str, Any] | None = None,
    wrong: Wrong = _NOTHING_WRONG,
    tried: TriedLog | None = None,
) -> str:
    section = place.section
    drawing, rest = drawn(place, now, place.value_in(now) if value is None else value, wrong.mistakes)
    return render_template(
        "settings/form.html",
        section=section,
        place=place,
        drawing=drawing,
        rest=rest,
        why=wrong.why,
        version=now.version,
        options=_options(now),
        title=_title(place, now),
        log=tried,
        may_change=_may_change(section, now),
    )


def _title(place: Place, now: SettingsView) -> str:
    if place.item is None:
        return _(place.section.title)
    if place.blank:
        return _("New: ") + _(dict(place.section.blanks)[place.blank])
    item = place.value_in(now)
    return f"{_(place.section.one)} {item.get('name') or item.get('number')}"


def _options(now: SettingsView) -> dict[str, Sequence[str]]:
    return {
        "prompts": now.prompts,
        "lines": [line["name"] for line in now.document["lines"]],
        "classes": sorted({"standard", *(each["name"] for each in now.document["retention"])}),
        "formats": known_formats(),
    }


def _after(place: Place) -> ResponseReturnValue:
    if place.item is None:
        return redirect(url_for("settings.page"), 303)
    return redirect(url_for("settings.section", name=place.section.name), 303)


def _section(name: str) -> Section:
    found = SECTIONS.get(name)
    if found is None:
        abort(404)
    return found


def _place_of_form(name: str, now: SettingsView) -> Place:
    item = request.form.get("item", "")
    return _place(name, now, int(item) if item.isascii() and item.isdigit() else None, request.form.get("blank", ""))


def _place(name: str, now: SettingsView, item: int | None, blank: str = "") -> Place:
    section = _section(name)
    if not section.is_list:
        return Place(section)
    if blank and blank in dict(section.blanks):
        return Place(section, len(now.document[section.name]), blank)
    place = Place(section, item)
    if item is None or not place.is_in(now.document):
        abort(404)
    return place


def _may_change(section: Section, now: SettingsView) -> bool:
    return set(section.parts) <= now.may_change
