"""Finding an article by what somebody types: words in any form, the title first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

_WORD = re.compile(r"[\w*#']+")
_ENDINGS = ("ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y")
_SHORTEST_STEM = 3
_LONGEST_EXCERPT = 220
#: Words of questions that stand in every article.
_NO_NEWS = re.compile(
    "a|an|and|are|at|be|by|can|do|does|for|from|how|i|if|in|is|it|its|may|me|my|of|on|or|our|that|the|their|there|they|"
    "this|to|was|we|what|when|where|which|who|why|will|with|you|your"
)
_TITLE, _NAMED, _ABOUT, _SAID = 8, 5, 4, 1


@dataclass(frozen=True)
class Searched:
    """One article as it is searched: ``named`` is what people call it besides, ``text`` what it says."""

    slug: str
    title: str
    about: str
    named: str
    text: str


@dataclass(frozen=True)
class Hit:
    """``excerpt``: a sentence in which what was looked for stands, in parts; every second part is it."""

    slug: str
    excerpt: tuple[str, ...]


def search(articles: Iterable[Searched], query: str) -> list[Hit]:
    """The best first: articles that have all of the words; where none has, those that have some."""
    stems = [_stem(word) for word in _words(query)]
    wanted = [stem for stem, word in zip(stems, _words(query), strict=True) if not _NO_NEWS.fullmatch(word)] or stems
    if not wanted:
        return []
    scored = [(article, [_score(article, stem) for stem in wanted]) for article in articles]
    whole = [(article, scores) for article, scores in scored if all(scores)]
    found = whole or [(article, scores) for article, scores in scored if any(scores)]
    found.sort(key=lambda each: (-sum(each[1]), each[0].title))
    return [Hit(article.slug, _excerpt(article, wanted)) for article, _ in found]


def plain_text(html: str) -> str:
    """What a reader reads of it."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.parts).split())


def _score(article: Searched, stem: str) -> int:
    parts = ((article.title, _TITLE), (article.named, _NAMED), (article.about, _ABOUT), (article.text, _SAID))
    return sum(worth for text, worth in parts if any(_stem(word).startswith(stem) for word in _words(text)))


def _excerpt(article: Searched, stems: list[str]) -> tuple[str, ...]:
    sentences = re.split(r"(?<=[.!?:])\s+", article.text)
    best = max(sentences, key=lambda each: sum(_has(each, stem) for stem in stems), default="")
    if not any(_has(best, stem) for stem in stems):
        best = article.about
    best = best if len(best) <= _LONGEST_EXCERPT else best[:_LONGEST_EXCERPT].rsplit(" ", 1)[0] + " …"
    parts, at = [], 0
    for found in _WORD.finditer(best):
        if any(_stem(found[0].lower()).startswith(stem) for stem in stems):
            parts += [best[at : found.start()], found[0]]
            at = found.end()
    return (*parts, best[at:])


def _has(text: str, stem: str) -> bool:
    return any(_stem(word).startswith(stem) for word in _words(text))


def _words(text: str) -> list[str]:
    return [found.lower() for found in _WORD.findall(text)]


def _stem(word: str) -> str:
    """Without its ending, as far as three letters are left: pause, paused and pausing are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """An entry of a list is a sentence of its own, whatever it ends with."""
        ended = "".join(self.parts[-1:]).rstrip().endswith((".", "!", "?"))
        self.parts.append(". " if tag == "li" and not ended else " ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
