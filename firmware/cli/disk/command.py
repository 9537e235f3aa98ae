"""``earmark disk``: the encrypted data disk at the box itself. As root; pass phrases are asked for, never options."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from firmware.adapters.disk.key_stick import UsbKeyStick, make_stick
from firmware.adapters.disk.luks import LuksVolume, data_device
from firmware.adapters.keys.pass_phrases import check_pass_phrase, new_pass_phrase
from firmware.adapters.keys.typed_phrase import normalised
from firmware.adapters.keys.wiping import wipe
from firmware.cli.disk.composition import data_volume, disk_door, welcome
from firmware.core.data_volume import STICK_KEY_BYTES, KeyKind, VolumeState
from firmware.core.errors import ActionRefused, NotAllowed
from firmware.core.home import Home

_WORDS = {
    VolumeState.NONE: "No data disk is to be seen: recordings lie beside the settings, or the disk is missing.",
    VolumeState.MISSING: "The data disk is missing.",
    VolumeState.BLANK: "The data disk is there, and not encrypted yet.",
    VolumeState.CLOSED: "The data disk is locked. Calls are recorded to the spool until somebody unlocks it.",
    VolumeState.OPEN: "The data disk is unlocked and in use.",
}
_STICK_PROTECTS_NOTHING = (
    "Whoever takes the box with the stick in it has all that the disk would protect: who called whom, and when. "
    "Take it out once the box has started, and keep it elsewhere. (Nobody hears a recording by it.)"
)


@click.group()
def disk() -> None:
    """Encrypt, unlock and lock the data disk, and see to its keys."""
    if os.geteuid() != 0:
        raise NotAllowed("Only root may do anything to a disk.", "Run it with sudo, or unlock the disk on the page.")


@disk.command()
@click.pass_obj
def status(home: Home) -> None:
    """Say whether the data disk is unlocked, and what opens it."""
    volume = data_volume(home)
    state = volume.state()
    click.echo(f"{_WORDS[state]} ({data_device()})")
    if state in (VolumeState.CLOSED, VolumeState.OPEN):
        for key in volume.slots():
            made = f", made {key.made_on}" if key.made_on else ""
            click.echo(f"  key {key.slot}: {key.kind.value}{made}")
    if UsbKeyStick().is_in:
        click.echo(f"A stick is in. {_STICK_PROTECTS_NOTHING}")


@disk.command("format")
@click.option("--choose", is_flag=True, help="Choose the pass phrase yourself; otherwise the box makes one up.")
@click.pass_obj
def format_disk(home: Home, choose: bool) -> None:
    """Encrypt a blank data disk, and tell its pass phrase once."""
    volume = data_volume(home)
    if volume.state() is not VolumeState.BLANK:
        raise ActionRefused(_WORDS[volume.state()], "Only a blank disk is encrypted; nothing was changed.")
    pass_phrase = _chosen() if choose else new_pass_phrase()
    volume.format(normalised(pass_phrase))
    welcome(home)
    click.echo("The data disk is encrypted, and in use.")
    if not choose:
        click.echo(f"Its pass phrase, shown this once: {pass_phrase}")
        click.echo("Put it in the safe. After a power cut somebody types it on the page, or puts in a stick.")


@disk.command("open")
@click.pass_obj
def open_disk(home: Home) -> None:
    """Unlock the data disk with its pass phrase."""
    with _known() as key:
        disk_door(home).open(key)
    click.echo(_WORDS[VolumeState.OPEN])


@disk.command("close")
@click.pass_obj
def close_disk(home: Home) -> None:
    """Lock the data disk. Calls go to the spool from then on; who is signed in is signed out."""
    if UsbKeyStick().is_in:
        raise ActionRefused("The stick is in: it would unlock the disk again at once.", "Take it out, then lock it.")
    disk_door(home).close()
    click.echo(_WORDS[data_volume(home).state()])


@disk.group("key")
def key_group() -> None:
    """See to the pass phrases and sticks that unlock the disk."""


@key_group.command("add")
@click.pass_obj
def add_key(home: Home) -> None:
    """Add a pass phrase. To change one, add the new one, then remove the old."""
    with _known() as known:
        new = _chosen()
        added = data_volume(home).add_key(known, normalised(new), KeyKind.PHRASE)
    click.echo(f"Key {added.slot} is added.")


@key_group.command("remove")
@click.argument("number", type=int)
@click.pass_obj
def remove_key(home: Home, number: int) -> None:
    """Remove key NUMBER, as `earmark disk status` counts them. The pass phrase asked for is another one."""
    with _known() as known:
        data_volume(home).remove_key(number, known)
    click.echo(f"Key {number} opens the disk no longer.")


@disk.command("make-stick")
@click.argument("device", type=click.Path(path_type=Path, exists=True))
@click.option("--keep-what-is-on-it", is_flag=True, help="The stick is one already: add this disk's key to it.")
@click.pass_obj
def make_a_stick(home: Home, device: Path, keep_what_is_on_it: bool) -> None:
    """Make a USB stick at DEVICE that unlocks the disk at each start while it is in. All that is on it goes."""
    volume = data_volume(home)
    uuid = volume.uuid()
    if not uuid:
        raise ActionRefused("The data disk is not encrypted yet.", "Format it first: earmark disk format.")
    if not keep_what_is_on_it:
        click.confirm(f"All that is on {device} goes. Is that the stick?", abort=True)
    with _known() as known:
        if not keep_what_is_on_it:
            make_stick(device)
        added = _new_stick_key(volume, UsbKeyStick(device), uuid, known)
    click.echo(f"The stick unlocks the data disk (key {added}). {_STICK_PROTECTS_NOTHING}")


def _new_stick_key(volume: LuksVolume, stick: UsbKeyStick, uuid: str, known: bytes) -> int:
    """On the stick first: a key that is nowhere would be one that nobody can remove by its own."""
    key = secrets.token_bytes(STICK_KEY_BYTES)
    try:
        stick.keep(uuid, key)
        return volume.add_key(known, key, KeyKind.STICK).slot
    finally:
        wipe(key)


@contextmanager
def _known() -> Iterator[bytes]:
    typed = click.prompt("Pass phrase of the data disk", hide_input=True)
    key = normalised(typed)
    try:
        yield key
    finally:
        wipe(key)


def _chosen() -> str:
    typed: str = click.prompt("New pass phrase for the data disk", hide_input=True, confirmation_prompt=True)
    check_pass_phrase(typed)
    return typed
