"""Pass phrases: five random words for a new person, and what is asked of one that a person chose."""

from __future__ import annotations

import secrets
import unicodedata

from diceware.wordlist import WordList, get_wordlist_path

from firmware.core.errors import SettingsError

WORDS = 5
SHORTEST = 12


def new_pass_phrase() -> str:
    """Five words of the EFF's large list (7,776 words): 64 bits, all small letters, with one space between."""
    words = [word for word in WordList(get_wordlist_path("en_eff")) if word.isalpha()]
    return " ".join(secrets.choice(words) for _ in range(WORDS))


def normalised(pass_phrase: str) -> bytes:
    """The bytes that are hashed: one form for what different keyboards make (NFKC), single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFKC", pass_phrase).split()).encode("utf-8", "surrogatepass")


def check_pass_phrase(pass_phrase: str) -> None:
    """PCI DSS 4.0.1, 8.3.6: at least 12 characters.

    Raises:
        SettingsError: it is shorter.
    """
    if len(normalised(pass_phrase).decode()) < SHORTEST:
        raise SettingsError(
            f"The pass phrase is shorter than {SHORTEST} characters.", "Five random words are strong and easy to keep."
        )
