"""Feature codes: what a person at the office's phone keys to steer the recording, and keys that turn out to be no code.

A leading ``*`` is held back, and every key after it for as long as a code may come of it. A match is an action, and its
keys go nowhere; anything else is let go in the order it was keyed. Telephone keys are those of ITU-T E.161.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import Literal

# What a code keyed on a phone can ask for.
CodeAction = Literal["pause", "resume", "start", "remind", "told"]
# Whatever can be asked of a call's recording.
Action = CodeAction | Literal["mark"]
# What a code asks for that is dialled as a call of its own.
Dialled = CodeAction | Literal["greeting"]
KeyWay = Literal["event", "info", "audible"]

# How long after a key the next one of a code may come.
KEYS_MS = 1_500
# No more of what a phone keys is listened to, so that no code can be longer (``EAR_CODE_KEYS`` in firmware/native).
_CODE = re.compile(r"\*[0-9A-D*#]{1,4}")


@dataclass(frozen=True)
class FeatureCodes:
    """The codes of an office; an empty one is switched off.

    Raises:
        ValueError: a code is not ``*`` with up to four keys after it, or one is the beginning of another.
    """

    pause: str = "*48"
    resume: str = "*49"
    start: str = "*44"
    remind: str = "*46"
    told: str = "*47"
    greeting: str = "*90"

    def __post_init__(self) -> None:
        codes = sorted(code for code in self._all.values() if code)
        for code in codes:
            if not _CODE.fullmatch(code):
                raise ValueError(f"{code!r} is not a feature code: * and one to four more keys, such as *48")
        for code, following in itertools.pairwise(codes):
            if following.startswith(code):
                raise ValueError(f"the code {following} begins with the code {code}, which would always come first")

    @property
    def _all(self) -> dict[Dialled, str]:
        return {
            "pause": self.pause,
            "resume": self.resume,
            "start": self.start,
            "remind": self.remind,
            "told": self.told,
            "greeting": self.greeting,
        }

    @property
    def in_call(self) -> dict[str, CodeAction]:
        """The codes that are obeyed during a call, and what they ask for."""
        return {code: action for action, code in self._all.items() if code and action != "greeting"}

    def dialled(self, number: str | None) -> Dialled | None:
        """What a call to ``number`` asks for; None when it is a number like any other."""
        return next((action for action, code in self._all.items() if code and code == number), None)


NO_CODES = FeatureCodes("", "", "", "", "", "")


@dataclass(frozen=True)
class Key:
    """A key that was pressed. Never shown."""

    key: str = field(repr=False)
    duration_ms: int
    way: KeyWay


@dataclass(frozen=True)
class Collected:
    """What became of a key: an action, keys let go in order, or neither while a code may still come."""

    action: CodeAction | None = None
    released: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Collector:
    """The keys of one leg that are held back."""

    held: tuple[Key, ...] = ()

    def press(self, key: Key, codes: FeatureCodes) -> tuple[Collector, Collected]:
        """Take one key."""
        wanted = codes.in_call
        keys = (*self.held, key)
        action = wanted.get(_text(keys))
        if action is not None:
            return Collector(), Collected(action)
        # The longest end of what was keyed that may still become a code stays; what is before it never can.
        kept = next((keys[at:] for at in range(len(keys)) if _begins_one(keys[at:], wanted)), ())
        action = wanted.get(_text(kept))
        released = keys[: len(keys) - len(kept)]
        if action is not None:
            return Collector(), Collected(action, released)
        return replace(self, held=kept), Collected(released=released)

    def let_go(self) -> tuple[Collector, Collected]:
        """Nothing more came: what is held was no code."""
        return Collector(), Collected(released=self.held)


NOTHING_HELD = Collector()


def _text(keys: tuple[Key, ...]) -> str:
    return "".join(key.key for key in keys)


def _begins_one(keys: tuple[Key, ...], codes: dict[str, CodeAction]) -> bool:
    text = _text(keys)
    return any(code.startswith(text) for code in codes)
