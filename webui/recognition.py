"""Knows English sentences again that other programs of the box have finished, and says them in another language.

The core and the processes behind the page speak English: with one another, to a command line, in the evidence, in
alerts. Their sentences are taken from their code into the catalogues (``scripts/messages``) with a name for each thing
that is put in, ``Line %(name)s is busy.``; here a finished sentence is matched with these, and what was put in is put
into the translation. Pure; one for each language, which keeps what it worked out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

#: What stands before these sentences in a catalogue (GNU gettext manual, 11.2.5: the context, and end of transmission).
CONTEXT: Final = "box\x04"
_PUT_IN = re.compile(r"%\((\w+)\)s")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?:;]) (?=\S)")
_LENGTH = re.compile(r"\d+ [a-z]+")
_LENGTHS = re.compile(r"\d+ [a-z]+(?: \d+ [a-z]+)+")  # 1 hour 2 minutes
#: What stands between things that are told one after the other.
LISTED: Final = {", ": ",", " and ": "and", " or ": "or"}
_BETWEEN_LISTED = re.compile("(" + "|".join(LISTED) + ")")
#: Beyond these, one text after the other is worked out anew.
_KEPT = 2000


class Recogniser:
    """``sentences``: by context and English wording, the translation."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._whole = {key.removeprefix(CONTEXT): said for key, said in sentences.items()}
        templates = [each for each in self._whole if _PUT_IN.search(each) and _says_something(each)]
        # What has most words of its own is most surely what was said.
        self._templates = [(_pattern(each), self._whole[each]) for each in sorted(templates, key=_letters)[::-1]]
        self.translated = lru_cache(_KEPT)(self._translated)

    def _translated(self, text: str) -> str:
        if _LENGTHS.fullmatch(text):
            return " ".join(self._known(each) or each for each in _LENGTH.findall(text))
        pieces = _BETWEEN_SENTENCES.split(text)
        each_known = [self._known(piece) for piece in pieces]
        if None not in each_known:
            return " ".join(map(str, each_known))
        return self._known(text) or self._listed(text) or self._in_parts(pieces)

    def _listed(self, text: str) -> str:
        """Things of which each is known, said one after the other; empty where it is none."""
        parts = _BETWEEN_LISTED.split(text)
        if len(parts) < 3 or any(each not in LISTED and self._known(each) is None for each in parts):
            return ""
        return "".join(self._between(each) if each in LISTED else str(self._known(each)) for each in parts)

    def _between(self, listed: str) -> str:
        word = LISTED[listed]
        return listed.replace(word, self._whole.get(word, word))

    def _in_parts(self, pieces: Sequence[str]) -> str:
        """Sentences that follow one another, the longest run that is known first; what is not known stays as it is."""
        said, at = [], 0
        while at < len(pieces):
            for end in range(len(pieces), at, -1):
                found = self._known(" ".join(pieces[at:end]))
                if found is not None:
                    break
            else:
                found, end = pieces[at], at + 1
            said.append(found)
            at = end
        return " ".join(said)

    def _known(self, text: str) -> str | None:
        if text in self._whole:
            return self._whole[text]
        if (small := text[:1].lower() + text[1:]) in self._whole:  # the same at the beginning of a sentence
            return self._whole[small][:1].upper() + self._whole[small][1:]
        for pattern, said in self._templates:
            if found := pattern.fullmatch(text):
                values = {name: self._value(value) for name, value in found.groupdict().items()}
                return _PUT_IN.sub(partial(_put_in, values), said)
        return None

    def _value(self, text: str) -> str:
        """What was put in may itself be words of the box's: the name of a role, a length of time."""
        bare = text.strip()
        found = self._translated(bare) if bare else bare
        return text.replace(bare, found) if bare else text


def _put_in(values: Mapping[str, str], place: re.Match[str]) -> str:
    return values[place[1]]


def _says_something(template: str) -> bool:
    """Whether it has a word of its own besides what stands between any two things."""
    return bool(set(re.findall(r"[^\W\d_]{2,}", _PUT_IN.sub("", template))) - set(LISTED.values()))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, _PUT_IN.sub("", text)))


def _pattern(template: str) -> re.Pattern[str]:
    met: set[str] = set()
    parts = []
    for n, each in enumerate(_PUT_IN.split(template)):
        if n % 2 == 0:
            parts.append(re.escape(each))
        elif each in met:
            parts.append(f"(?P={each})")
        else:
            met.add(each)
            parts.append(f"(?P<{each}>.+?)")
    return re.compile("".join(parts), re.DOTALL)
