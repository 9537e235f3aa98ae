"""How a command shows the recovery key, sees that it was written down, and reads it back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

import click

from firmware.adapters.keys.private_files import read_key_file
from firmware.adapters.keys.recovery_words import WORDS, recovery_words, typed_again

_COLUMNS = 4
_ASKED_AGAIN = 3


def show_recovery_key(key: str) -> None:
    """In words and as text, once."""
    words = recovery_words(key)
    click.echo("The recovery key opens every recording when all pass phrases are lost. It is shown this once and")
    click.echo("kept nowhere. Write its 24 words down, and put them in the safe:\n")
    rows = WORDS // _COLUMNS
    for row in range(rows):
        line = "".join(f"{number + 1:>4} {words[number]:<10}" for number in range(row, WORDS, rows))
        click.echo(f"  {line.rstrip()}")
    click.echo("\nThe same as text, for the age command:\n")
    click.echo(f"  {key}\n")


def type_again(key: str) -> None:
    """Have three of the words typed, until they are right; Ctrl-C leaves it at that."""
    while True:
        asked = sorted(secrets.SystemRandom().sample(range(1, WORDS + 1), _ASKED_AGAIN))
        named = _listed(asked)
        typed = click.prompt(f"To see that it is kept and can be read, type its words {named}").split()
        if typed_again(key, asked, typed):
            click.echo("That is right. The recovery key can be read.")
            return
        click.echo("That is not what the key says. Look at it again.")


def read_recovery_key(file: Path | None) -> str:
    """From a file, or typed where nobody sees it.

    Raises:
        NotSetUp, StorageError: the file cannot be read.
    """
    if file is not None:
        return read_key_file(file).decode("ascii", "replace").strip()
    return str(click.prompt("The recovery key: its 24 words, or its text", hide_input=True, err=True))


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
