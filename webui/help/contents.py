"""All articles of the help: on their shelves, beside which page each stands, and whose daily work each is.

What an article says is a template of its own, in a folder by language.
"""

from __future__ import annotations

from firmware.core.access_policy import Role
from webui.help import about_calls, about_the_office
from webui.help.articles import Article, Shelf
from webui.translation import gettext as _


def shelves() -> tuple[Shelf, ...]:
    """All articles, in the language of this request."""
    return (
        Shelf(_("At the telephone"), tuple(about_calls.at_the_telephone())),
        Shelf(_("Finding and hearing calls"), tuple(about_calls.hearing())),
        Shelf(_("Asking for calls"), tuple(about_calls.asking())),
        Shelf(_("People's data and the law"), tuple(about_the_office.law())),
        Shelf(_("People and sign-in"), tuple(about_the_office.people())),
        Shelf(_("Looking after the box"), tuple(about_the_office.box())),
    )


def articles() -> dict[str, Article]:
    """By slug."""
    return {article.slug: article for shelf in shelves() for article in shelf.articles}


def article_for(endpoint: str) -> Article | None:
    """What stands beside a page; None where nothing does."""
    found = articles().values()
    by_page = {page: article for article in found for page in article.pages}
    return by_page.get(endpoint) or by_page.get(endpoint.partition(".")[0])


def for_role(role: Role) -> tuple[Article, ...]:
    """What somebody of this role does daily."""
    return tuple(each for each in articles().values() if role in each.roles)
