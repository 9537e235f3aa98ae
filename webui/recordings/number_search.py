"""Reading a telephone number as somebody types it into the search box.

Numbers are stored as the network sent them: 020 7946 0123 may be there as 02079460123, +442079460123 or 442079460123.
All end in the same national significant number, so that is what is searched for, from the end.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"[\s().\-/–]")
_INTERNATIONAL = re.compile(r"(?:\+|00)44(?:0)?")
#: A national number of the United Kingdom has nine or ten digits after the leading 0 (Ofcom, National Telephone
#: Numbering Plan).
_WHOLE_NATIONAL = re.compile(r"0[1-9]\d{8,9}")
_WHOLE_INTERNATIONAL = re.compile(r"44[1-9]\d{8,9}")
_SEARCHABLE = re.compile(r"[0-9*#]{1,32}")


def number_suffix(typed: str) -> str | None:
    """What the numbers looked for must end in; None when nothing was typed.

    Raises:
        ValueError: what was typed is not part of a telephone number.
    """
    text = _PUNCTUATION.sub("", typed)
    if not text:
        return None
    international = _INTERNATIONAL.match(text)
    if international:
        text = text[international.end() :]
    elif _WHOLE_INTERNATIONAL.fullmatch(text):
        text = text[2:]
    elif _WHOLE_NATIONAL.fullmatch(text) or text.startswith("+"):
        text = text[1:]
    if not _SEARCHABLE.fullmatch(text):
        raise ValueError("A telephone number has digits only, such as 020 7946 0123, +44 20 7946 0123 or just 0123.")
    return text
