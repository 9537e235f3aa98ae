"""The page in other languages: every sentence is asked for by its English wording (GNU gettext).

A language is there when ``translations/<language>/LC_MESSAGES/earmark.mo`` is; British English needs none. The browser
says which it wants (RFC 9110, 12.5.4). In a template, text stands in ``{% trans %}`` or ``_("…")``; in code, in
``_("…")``, which is asked at the moment of a request and not when a module is loaded; what a module says before
(tables of labels) is ``marked("…")`` and asked for where it is shown. What other programs of the box say comes in
English, finished: ``from_the_box`` knows it again (``recognition.py``).
"""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from flask import Flask, Response, g, has_request_context, request

from webui.recognition import CONTEXT, Recogniser

SOURCE: Final = "en-GB"
_DOMAIN: Final = "earmark"
_SHIPPED: Final = Path(__file__).parent / "translations"
_ENGLISH: Final = catalogues.NullTranslations()
_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")


def gettext(message: str) -> str:
    """The sentence in the language of this request."""
    return _asked_for().gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The sentence for that many, in the language of this request."""
    return _asked_for().ngettext(one, many, count)


def marked(message: str) -> str:
    """The message as it is: it goes into the catalogues, and whoever shows it asks for it."""
    return message


def from_the_box(text: str) -> str:
    """What the core or another program of the box says in English, in the language of this request."""
    catalogue = _asked_for()
    return text if catalogue is _ENGLISH else _recogniser(language()).translated(text)


def language() -> str:
    """As BCP 47 names it: the one this browser likes best of those there are."""
    if spoken := _SPOKEN.get():
        return spoken
    if not _languages() or not has_request_context():
        return SOURCE
    if "language" not in g:
        g.language = request.accept_languages.best_match([SOURCE, *_languages()], SOURCE)
    return str(g.language)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """For what is said after the request was answered, as streams do: in the language that it was asked for in."""
    before = _SPOKEN.set(wanted)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def translate(app: Flask) -> None:
    """Have the templates ask for their sentences, and every page say in which language it is."""
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]  # the extension brings it
    install(gettext, ngettext, newstyle=True)
    app.jinja_env.filters["from_the_box"] = from_the_box
    app.context_processor(lambda: {"language": language()})

    @app.after_request
    def depends_on_the_language(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.vary.add("Accept-Language")
            response.content_language.add(language())
        return response


def _asked_for() -> catalogues.NullTranslations:
    """Quick where there is nothing but English: a page asks a hundred times."""
    return _catalogue(language()) if _languages() else _ENGLISH


@cache
def _languages() -> tuple[str, ...]:
    return tuple(sorted(each.name for each in _SHIPPED.iterdir() if each.is_dir())) if _SHIPPED.exists() else ()


@cache
def _catalogue(name: str) -> catalogues.NullTranslations:
    return _ENGLISH if name == SOURCE else catalogues.translation(_DOMAIN, _SHIPPED, [name], fallback=True)


def forget_languages() -> None:
    """Look anew which there are; for tests, which bring one."""
    for each in (_languages, _catalogue, _recogniser):
        each.cache_clear()


@cache
def _recogniser(name: str) -> Recogniser:
    sentences = getattr(_catalogue(name), "_catalog", {})
    return Recogniser({key: said for key, said in sentences.items() if isinstance(key, str) and CONTEXT in key})
