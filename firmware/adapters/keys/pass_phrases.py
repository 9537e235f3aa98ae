"""Pass phrases: five random words for a new person, and what is asked of one that a person chose."""

from __future__ import annotations

import secrets

from firmware.adapters.keys.typed_phrase import normalised
from firmware.core.errors import SettingsError

WORDS = 5
SHORTEST = 12
_FEWEST_LETTERS = 5
#: Parts that add nothing: what lists of leaked pass phrases are made of, and runs of keys.
_TRIED_FIRST = (
    "password", "passphrase", "pass phrase", "passw0rd", "p@ssw0rd", "welcome", "letmein", "administrator", "admin",
    "director", "earmark", "office", "secret", "changeme", "iloveyou", "monkey", "dragon", "football", "liverpool",
    "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "abcdefgh", "1234567890", "123456789", "12345678", "123456",
    "0987654321", "987654321", "654321", "12345", "1q2w3e4r", "2024", "2025", "2026", "123",
)  # fmt: skip
_ADVICE = "Five random words are strong and easy to keep."


def new_pass_phrase() -> str:
    """Five words of the EFF's large list (7,776 words): 64 bits, all small letters, with one space between."""
    # Only now: it brings what reads a command line, and people are invited a few times a year.
    from diceware.wordlist import WordList, get_wordlist_path

    words = [word for word in WordList(get_wordlist_path("en_eff")) if word.isalpha()]
    return " ".join(secrets.choice(words) for _ in range(WORDS))


def check_pass_phrase(pass_phrase: str, name: str = "") -> None:
    """PCI DSS 4.0.1, 8.3.6: at least 12 characters; and none of those that are tried first.

    Raises:
        SettingsError: it is shorter, says little more than the name, or is a run of keys or a few letters.
    """
    typed = normalised(pass_phrase).decode("utf-8", "surrogatepass").lower()
    if len(typed) < SHORTEST:
        raise SettingsError(f"The pass phrase is shorter than {SHORTEST} characters.", _ADVICE)
    rest = typed.replace(name.lower(), "") if name else typed
    for word in _TRIED_FIRST:
        rest = rest.replace(word, "")
    if len(rest) < SHORTEST // 2 or len(set(rest)) < _FEWEST_LETTERS:
        raise SettingsError("This pass phrase is among the first that anybody would try.", _ADVICE)


class OfficePassPhrases:
    """``PassPhraseRules``."""

    def offer(self) -> str:
        return new_pass_phrase()

    def check(self, pass_phrase: str, name: str) -> None:
        check_pass_phrase(pass_phrase, name)
