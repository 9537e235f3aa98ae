"""What of a client's own words is kept with a recording: bounded, and nothing where a number is withheld."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

# Bytes of JSON. A record has to fit, whole, into a packet to the recorder (60,000), with all its lists full: 42,000.
MOST_BYTES = 12_000
_LONGEST_DOCUMENT = MOST_BYTES // 2
_MOST_DOCUMENTS = 40
_BETWEEN_ELEMENTS = re.compile(r">\s+<")
#: Stands where something was left out.
LEFT_OUT = "(more was said, and is not kept: too long)"
WITHHELD_TOO = "(what was said is not kept: a party withheld their number)"


class KeptMetadata:
    """The documents of one call, as they came; the first and the newest where they are too many."""

    def __init__(self) -> None:
        self._documents: list[str] = []
        self._more = False

    def add(self, documents: Sequence[str]) -> bool:
        """Keep what is new; gives whether anything was."""
        new = dict.fromkeys(_BETWEEN_ELEMENTS.sub("><", document).strip() for document in documents)
        added = [_shortened(document) for document in new if document]
        added = [document for document in added if document not in self._documents]
        self._documents += added
        if len(self._documents) > _MOST_DOCUMENTS:
            del self._documents[1 : len(self._documents) - _MOST_DOCUMENTS + 1]
            self._more = True
        return bool(added)

    def texts(self, withheld: bool) -> tuple[str, ...]:
        """What goes into the record. ``withheld``: some party asked for privacy, whatever else the client says."""
        if withheld or not self._documents:
            return (WITHHELD_TOO,) if self._documents else ()
        first, *later = self._documents
        room = MOST_BYTES - _size(first)
        newest: list[str] = []
        for document in reversed(later):
            room -= _size(document)
            if room < 0:
                break
            newest.insert(0, document)
        left_out = (LEFT_OUT,) if self._more or len(newest) < len(later) else ()
        return (first, *left_out, *newest)


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace"))


def _shortened(text: str) -> str:
    if _size(text) <= _LONGEST_DOCUMENT:
        return text
    kept = text.encode(errors="replace")[: _LONGEST_DOCUMENT // 2].decode(errors="ignore")
    return kept + LEFT_OUT
