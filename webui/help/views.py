"""The help: articles by shelf and by search, the table of roles against actions, and that of the front panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from firmware.core.access_policy import Role
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.panel_light import BUTTON
from webui.access.gatekeeper import signed_in, visitor
from webui.compliance.printables import code_rows
from webui.help.contents import articles, for_role, shelves
from webui.help.light_rows import STRIP_S, answers, states
from webui.help.role_table import role_table
from webui.help.search import Searched, plain_text, search
from webui.translation import SOURCE, language

_LONGEST_QUERY = 200


def help_views(office: Callable[[], OfficeFacts]) -> Blueprint:
    """The help pages, for everybody signed in. ``office``: what the settings say, as articles tell it."""
    views = Blueprint("help", __name__, url_prefix="/help")

    @views.get("")
    @signed_in
    def page() -> ResponseReturnValue:
        query = request.args.get("q", "").strip()[:_LONGEST_QUERY]
        known = articles()
        hits = search(_searched(office()), query) if query else []
        role = _role(visitor().role)
        return render_template(
            "help/page.html",
            query=query,
            hits=[(known[hit.slug], hit.excerpt) for hit in hits],
            shelves=shelves(),
            mine=for_role(role) if role else (),
        )

    @views.get("/all")
    @signed_in
    def everything() -> ResponseReturnValue:
        facts = office()
        texts = {slug: article_text(slug, facts) for slug in articles()}
        return render_template("help/everything.html", shelves=shelves(), texts=texts)

    @views.get("/about/<slug>")
    @signed_in
    def article(slug: str) -> ResponseReturnValue:
        found = articles().get(slug)
        if found is None:
            abort(404)
        return render_template("help/article.html", article=found, text=article_text(slug, office()))

    @views.get("/roles")
    @signed_in
    def roles() -> ResponseReturnValue:
        return render_template("help/roles.html", roles=list(Role), groups=role_table())

    @views.get("/panel")
    @signed_in
    def panel() -> ResponseReturnValue:
        return render_template("help/panel.html", button=BUTTON, states=states(), answers=answers(), strip_s=STRIP_S)

    return views


def article_text(slug: str, facts: OfficeFacts) -> str:
    """What an article says, as HTML, in the language of this request or else in English."""
    return written("articles", slug, facts)


def written(folder: str, slug: str, facts: OfficeFacts) -> str:
    """A text of the help, with this office's codes and times in it."""
    shown: Mapping[str, Any] = {"facts": facts, "codes": facts.codes, "code_rows": code_rows(facts)}
    wanted = language()
    found = current_app.jinja_env.select_template([f"help/{folder}/{each}/{slug}.html" for each in (wanted, SOURCE)])
    text = render_template(found, **shown)
    # A screen reader has to know where the language changes (WCAG 2.2, 3.1.2).
    return text if f"/{wanted}/" in str(found.name) else f'<div lang="{SOURCE}">{text}</div>'


def _searched(facts: OfficeFacts) -> list[Searched]:
    return [
        Searched(each.slug, each.title, each.about, each.words, plain_text(article_text(each.slug, facts)))
        for each in articles().values()
    ]


def _role(name: str) -> Role | None:
    """A role that this version knows."""
    return next((role for role in Role if role.value == name), None)
