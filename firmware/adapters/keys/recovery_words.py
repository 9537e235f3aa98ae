"""The recovery key as people keep it: 24 words with a checksum (BIP 39, English), or age's own text in groups.

Both say the same 32 bytes. Words survive handwriting; the text is what the ``age`` command reads.
"""

from __future__ import annotations

from collections.abc import Sequence

import bech32
import pyrage
from mnemonic import Mnemonic

from firmware.adapters.keys.wiping import wipe
from firmware.core.errors import SignInRefused

WORDS = 24
_PREFIX = "age-secret-key-"
_GROUP = 6


def recovery_words(key: str) -> list[str]:
    """The 24 words of ``AGE-SECRET-KEY-1…``."""
    _, digits = bech32.bech32_decode(key.strip().lower())
    raw = bech32.convertbits(digits or [], 5, 8, False)
    if raw is None or len(raw) != 32:
        raise ValueError("not an age secret key")
    return str(Mnemonic("english").to_mnemonic(bytes(raw))).split()


def text_in_groups(key: str) -> list[str]:
    """The key's text as it is printed: what it begins with, then groups of six."""
    text = key.strip()
    head = len(_PREFIX) + 1
    return [text[:head], *(text[start : start + _GROUP] for start in range(head, len(text), _GROUP))]


def recovery_key_text(typed: str) -> str:
    """The key's text, from the text or the words, however they are spaced.

    Raises:
        SignInRefused: it is neither; a word is wrong, missing or in another's place.
    """
    words = typed.lower().replace(",", " ").split()
    if len(words) == WORDS and all(word.isalpha() for word in words):
        return _from_words(words)
    return "".join(words).upper()


def recovery_identity(typed: str) -> pyrage.x25519.Identity:
    """The recovery key itself. Raises as ``recovery_key_text``."""
    text = recovery_key_text(typed)
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        raise _not_a_key() from None
    finally:
        wipe(text)


def typed_again(key: str, positions: Sequence[int], typed: Sequence[str]) -> bool:
    """Whether the words at these positions (from 1) were typed as they are printed: the paper exists and is legible."""
    words = recovery_words(key)
    return [words[position - 1] for position in positions] == [word.strip().lower() for word in typed]


def _from_words(words: Sequence[str]) -> str:
    try:
        raw = bytes(Mnemonic("english").to_entropy(list(words)))
    except (ValueError, LookupError):
        raise _not_a_key() from None
    digits = bech32.convertbits(list(raw), 8, 5)
    if digits is None:
        raise _not_a_key()
    return str(bech32.bech32_encode(_PREFIX, digits)).upper()


def _not_a_key() -> SignInRefused:
    return SignInRefused("This is not a recovery key.", "Type its 24 words in their order, or its text, as printed.")
