"""The attendant's menu: what a key that the caller pressed, or the silence after the question, leads to."""

from __future__ import annotations

from dataclasses import dataclass

TIMEOUT_MS = 5_000
REPEATS = 2


@dataclass(frozen=True)
class Choice:
    """One key of the menu and the office's number behind it."""

    key: str
    number: str


@dataclass(frozen=True)
class AttendantMenu:
    """A menu as it is said to callers.

    Args:
        prompt: names the choices; its id.
        choices: what may be pressed.
        invalid_prompt: said first when a key is none of the choices; empty: the choices are only said again.
        timeout_ms: how long a caller may think once the choices have been said.
        repeats: how often the choices are said again.
        otherwise: the number for a caller who chooses nothing; empty: the number that was called.
        hang_up: whether such a caller is not put through at all.
    """

    prompt: str
    choices: tuple[Choice, ...]
    invalid_prompt: str = ""
    timeout_ms: int = TIMEOUT_MS
    repeats: int = REPEATS
    otherwise: str = ""
    hang_up: bool = False

    def answer(self, key: str | None, times_said: int) -> Move:
        """What follows a key, or the silence (None) after the choices have been said so often."""
        chosen = next((choice for choice in self.choices if choice.key == key), None)
        if chosen is not None:
            return PutThrough(chosen.number, chosen.key)
        if times_said > self.repeats:
            return GoodBye() if self.hang_up else PutThrough(self.otherwise)
        return SayAgain(after=self.invalid_prompt if key is not None else "")


@dataclass(frozen=True)
class PutThrough:
    """Dial the number; empty is the number that was called. ``key`` is empty when nothing was chosen."""

    number: str
    key: str = ""


@dataclass(frozen=True)
class SayAgain:
    """Say the choices once more, after the prompt ``after`` if there is one."""

    after: str = ""


@dataclass(frozen=True)
class GoodBye:
    """Nothing was chosen, and such callers are not put through."""


Move = PutThrough | SayAgain | GoodBye
