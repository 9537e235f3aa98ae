"""An article of the help, and the shelf it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.access_policy import Role


@dataclass(frozen=True)
class Article:
    """``pages``: blueprints or endpoints beside whose pages it stands; an endpoint comes before its blueprint.
    ``words``: what people call it that does not stand in it. ``roles``: whose daily work it is.
    """

    slug: str
    title: str
    about: str
    pages: tuple[str, ...] = ()
    words: str = ""
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Shelf:
    """Articles that belong together."""

    title: str
    articles: tuple[Article, ...]


def of(*roles: Role) -> frozenset[Role]:
    """Whose daily work it is."""
    return frozenset(roles)
