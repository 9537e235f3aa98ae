"""``earmark export``: open one recording for somebody who may, and write it as a sound file."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.sealing.sound_file import SoundForm, sound_parts
from firmware.adapters.sealing.unsealer import Interval, SealedSegment, Unsealed, unseal
from firmware.adapters.store.recording_files import sealed_files
from firmware.adapters.store.whole_file import remove_leftovers, write_whole
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opening import opened_for_export
from firmware.cli.text_table import clock_text
from firmware.core.errors import DamagedRecording, StorageError
from firmware.core.home import Home
from firmware.core.packet_loss import network_loss_lines
from firmware.core.vcon.document import Making, vcon_document
from firmware.core.vcon.signed import UnsignedVcon, unsigned
from firmware.core.vcon.sound import recorded_sound

_VCON_ENDINGS = (".vcon", ".json")
_FORMS: dict[str, SoundForm] = {".wav": "wav", ".mp3": "mp3", ".opus": "opus"}


@click.command()
@click.argument("recording_id", metavar="ID")
@click.option("--user", required=True, help="Who opens it: a listener's sign-in name.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write; its ending says the form: .wav (8 kHz, 16 bit), .mp3 or .opus (as recorded); with --vcon "
    "it ends in .vcon or .json.",
)
@click.option("--vcon", is_flag=True, help="As a signed vCon: the call's record with its sound in it.")
@click.option(
    "--sound-url",
    default="",
    metavar="URL",
    help="With --vcon: the sound is written beside it, as NAME.opus, and the vCon says that it lies there (https://…).",
)
@click.option("--purpose", default="export on the command line", show_default=True, help="Goes into the evidence log.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("--salvage", is_flag=True, help="Of a damaged recording, write what still verifies.")
@click.pass_obj
def export(
    home: Home,
    recording_id: str,
    user: str,
    out: Path,
    vcon: bool,
    sound_url: str,
    purpose: str,
    force: bool,
    salvage: bool,
) -> None:
    """Open one recording and write it: the far party on the left, the office on the right.

    The pass phrase is asked for, or taken from EARMARK_PASSWORD. The file that is written is sealed no longer.
    """
    form = _form_of(out, vcon, sound_url)
    beside = out.with_suffix(".opus") if sound_url else None
    for each in filter(None, (out, beside)):
        if each.exists() and not force:
            raise click.UsageError(f"{each} is already there; name another file, or say --force.")
    _clear_away_leftovers(out.parent)
    keep_memory_private(overwrite_freed=True)
    pass_phrase = os.environ.get("EARMARK_PASSWORD") or _asked_for(user)
    with opened_for_export(home, user, pass_phrase, recording_id, purpose) as opened:
        files = sealed_files(home.recordings, recording_id)
        keys = sorted(opened.keys.items())
        unsealed = _unseal([SealedSegment(files[segment], key) for segment, key in keys], salvage)
        if form is None:
            made = _vcon(unsealed, recording_id, sound_url)
            signature = opened.sign(made)
            _write(out, lambda: made.signed(signature))
    if form is not None:
        _write(out, lambda: sound_parts(unsealed.ogg, unsealed.duration_ms, form))
    if beside is not None:
        _write(beside, lambda: iter((unsealed.ogg,)))
    _tell(out, unsealed)


def _form_of(out: Path, vcon: bool, sound_url: str) -> SoundForm | None:
    """None for a vCon."""
    ending = out.suffix.lower()
    if sound_url and not vcon:
        raise click.UsageError("--sound-url is for --vcon.")
    if sound_url and not sound_url.startswith("https://"):
        raise click.UsageError("A vCon's sound lies at an address that begins with https://")
    if vcon and ending not in _VCON_ENDINGS:
        raise click.UsageError(f"{out.name}: the name of a vCon's file must end in .vcon or .json.")
    if not vcon and ending not in _FORMS:
        raise click.UsageError(f"{out.name}: the file's name must end in .wav, .mp3 or .opus.")
    return None if vcon else _FORMS[ending]


def _asked_for(user: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("This is no terminal: give the pass phrase in EARMARK_PASSWORD.")
    return str(click.prompt(f"Pass phrase of {user}", hide_input=True, err=True))


def _unseal(segments: list[SealedSegment], salvage: bool) -> Unsealed:
    try:
        return unseal(segments)
    except DamagedRecording as error:
        if not salvage:
            raise DamagedRecording(
                f"{error.what} Nothing was exported.", f"{error.remedy} --salvage writes what still verifies."
            ) from error
        click.echo(f"Damaged: {error.what}", err=True)
        return unseal(segments, salvage=True)


def _write(out: Path, pieces: Callable[[], Iterable[bytes]]) -> None:
    try:
        write_whole(out, pieces)
    except OSError as error:
        raise StorageError(f"Cannot write {out}: {error.strerror}.", "Check the folder and its disk.") from error


def _vcon(unsealed: Unsealed, recording_id: str, sound_url: str) -> UnsignedVcon:
    making = Making(SystemClock().wall_ms(), socket.gethostname().lower(), os.urandom(2))
    sound = recorded_sound(unsealed, f"{recording_id}.opus", sound_url)
    return unsigned(vcon_document(unsealed.record, sound, making), b"" if sound_url else unsealed.ogg)


def _clear_away_leftovers(folder: Path) -> None:
    removed, kept = remove_leftovers(folder)
    for path in removed:
        click.echo(f"Removed {path}: sound in clear, which an export that was cut short had left.", err=True)
    for path in kept:
        click.echo(f"{path} is sound in clear, left by an export that was cut short: remove it.", err=True)


def _tell(out: Path, unsealed: Unsealed) -> None:
    record = unsealed.record
    click.echo(f"{out}: {clock_text(unsealed.duration_ms / 1000)}, {record.direction} call on line {record.line}.")
    click.echo(f"Left: {record.far_party.shown} (far party). Right: {record.office_party.shown} (office).")
    if unsealed.state != "complete":
        click.echo(f"The recording is {unsealed.state}: it may end before the call did.")
    for word, intervals in (("taken off the call", unsealed.losses), ("stored", unsealed.gaps)):
        seconds = sum(each.samples for each in intervals) / unsealed.sample_rate_hz
        if intervals:
            click.echo(f"{seconds:.1f} s {_in_places(intervals)} could not be {word}, and is silent in the file.")
    for words, intervals in (("the recording was paused", unsealed.pauses), ("a party was on hold", unsealed.holds)):
        if intervals:
            seconds = sum(each.samples for each in intervals) / unsealed.sample_rate_hz
            click.echo(f"{seconds:.1f} s {_in_places(intervals)}, silent because {words}.")
    if unsealed.touch_tones[0]:
        click.echo(f"{unsealed.touch_tones[0]} touch-tones were taken out.")
    for line in network_loss_lines(record.legs, record.direction):
        click.echo(line)


def _in_places(intervals: Sequence[Interval]) -> str:
    return "in one place" if len(intervals) == 1 else f"in {len(intervals)} places"
