"""A pass phrase as it was typed, as the bytes that stand for it."""

from __future__ import annotations

import unicodedata


def normalised(pass_phrase: str) -> bytes:
    """The bytes that are hashed: one form for what different keyboards make (NFKC), single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFKC", pass_phrase).split()).encode("utf-8", "surrogatepass")
