"""``earmark prompts list|play-info|add|say|remove``: what callers and staff are told, in the office's own voice."""

from __future__ import annotations

import json
from array import array
from dataclasses import asdict
from pathlib import Path

import click

from firmware.adapters.prompts.wave_file import NotPlayable
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.prompts.stock import OfficePrompts
from firmware.cli.text_table import text_table
from firmware.config.loader import load_settings
from firmware.core.errors import PromptError
from firmware.core.home import Home

_HEADINGS = ("ID", "LASTS", "WHOSE", "PLAYED BY", "WHAT IT IS")
_NOW = "The lines know that."
_NEXT_START = "Lines know that from their next start."


@click.group()
def prompts() -> None:
    """List what callers and staff are told, and add the office's own prompts."""


@prompts.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def list_prompts(home: Home, as_json: bool) -> None:
    """List every prompt.

    The office's own are played instead of those that came with the box.
    """
    rows = _office(home).rows()
    if as_json:
        click.echo(json.dumps({"prompts": [asdict(row) for row in rows]}, indent=2, ensure_ascii=False))
        return
    cells = [(row.id, row.lasts, row.whose, ", ".join(row.lines) or "-", row.fault or row.use or "-") for row in rows]
    click.echo(text_table(_HEADINGS, cells))


@prompts.command("play-info")
@click.argument("prompt", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def play_info(home: Home, prompt: str, as_json: bool) -> None:
    """Show what is played for a prompt.

    Its file, length, loudness, digest and words.
    """
    info = _office(home).info(prompt)
    if as_json:
        click.echo(json.dumps(info, indent=2, ensure_ascii=False))
        return
    width = max(map(len, info))
    for key, value in info.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{key.replace('_', ' '):<{width}}  {shown if shown not in ('', None) else '-'}")


@prompts.command("add")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--id", "prompt", required=True, help="What the settings call it: small letters, digits, - and _.")
@click.option("--replace", is_flag=True, help="Replace the office's prompt of that id.")
@click.pass_obj
def add(home: Home, file: Path, prompt: str, replace: bool) -> None:
    """Take in a sound file.

    FILE may be of any common format, half a second to two minutes long. It is converted to what telephones carry and
    brought to the loudness of the shipped prompts (ITU-R BS.1770). With the id of a shipped prompt it is played instead
    of that.
    """
    from firmware.adapters.prompts.read_apart import read_apart

    office = _office(home)
    office.refuse_to_overwrite(prompt, replace)
    try:
        with file.open("rb") as sound:
            samples = read_apart(sound)
    except NotPlayable as reason:
        raise PromptError(f"{file} {reason}.", "Give a recording in WAV, MP3, M4A, Ogg, FLAC or the like.") from None
    _keep(office, prompt, samples)


@prompts.command("say")
@click.argument("text")
@click.option("--id", "prompt", required=True, help="What the settings call it: small letters, digits, - and _.")
@click.option("--voice", default="en-gb", show_default=True, help="One of espeak-ng --voices.")
@click.option("--replace", is_flag=True, help="Replace the office's prompt of that id.")
@click.pass_obj
def say(home: Home, text: str, prompt: str, voice: str, replace: bool) -> None:
    """Have words spoken by the machine's voice.

    TEXT is spoken by espeak-ng. A person's recording sounds better: see add, and *90.
    """
    from firmware.adapters.prompts.spoken_text import speak

    office = _office(home)
    office.refuse_to_overwrite(prompt, replace)
    _keep(office, prompt, speak(text, voice))


@prompts.command("remove")
@click.argument("prompt", metavar="ID")
@click.pass_obj
def remove(home: Home, prompt: str) -> None:
    """Remove one of the office's own prompts.

    The shipped one of that id is played again, if there is one.
    """
    office = _office(home)
    office.remove(prompt)
    again = "; the shipped one is played again" if prompt in office.library.shipped() else ""
    click.echo(f"{prompt} is removed{again}. {_when(office, prompt)}")


def _keep(office: OfficePrompts, prompt: str, samples: array[int]) -> None:
    path = office.keep(prompt, samples)
    found = office.library.find(prompt)
    click.echo(f"{prompt} is in the stock: {path}, {found.duration_ms / 1000:.1f} s. {_when(office, prompt)}")


def _when(office: OfficePrompts, prompt: str) -> str:
    return _NOW if office.in_effect(prompt) else _NEXT_START


def _office(home: Home) -> OfficePrompts:
    store = SettingsFile(home.settings_file)
    return OfficePrompts(home, store, load_settings(store))
