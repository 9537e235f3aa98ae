"""``earmark first-start``: the page of a box that is not set up yet. Ends when it is."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from functools import partial
from pathlib import Path

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.issued_certificates import fingerprint_of, read_certificate
from firmware.adapters.keys.page_certificate import page_pair
from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.keys.process_memory import forget_what_is_freed, keep_memory_private
from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.supervision import notify
from firmware.cli.network.own_certificates import ensure_where_we_may
from firmware.cli.set_up.first_start_desk import FirstStartDesk
from firmware.cli.set_up.first_start_disk import PATIENCE_S, DiskOfTheBox
from firmware.cli.set_up.fitting import LineFitting, forget_draft
from firmware.cli.set_up.making import finish_opening
from firmware.cli.set_up.trial_runner import ChildTrial, UnitTrial
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.core.set_up_code import CODE_LENGTH, is_set_up_code
from firmware.core.typed_code import CODE_LETTERS, shown_code
from webui.first_start.application import create_first_start
from webui.server import WebServer

_LOG = logging.getLogger(__name__)
_BEAT_S = 1.0
_LAST_PAGE_S = 3.0


@click.command("first-start")
@click.option("--bind", default="0.0.0.0:8443", show_default=True, help="Where the page is served, now and afterwards.")
@click.option("--screen", "screens", multiple=True, help="A terminal on which the code is shown; otherwise, this one.")
@click.pass_obj
def first_start(home: Home, bind: str, screens: tuple[str, ...]) -> None:
    """Show the page on which a new box is set up, until it is. The code that it asks for is printed."""
    forget_what_is_freed()
    keep_memory_private(overwrite_freed=True)
    make_private_folder(home.root)
    finish_opening(home)
    if home.settings_file.exists():
        forget_draft(home)
        notify.ready()  # systemd starts everything else when this ends well, which it cannot before it was ready
        click.echo("This box is set up.")
        return
    folder = home.root / "first-start"
    make_private_folder(folder)
    code = _code(folder / "code")
    ensure_where_we_may(home)
    fitting = LineFitting(home, UnitTrial(home) if home.box_socket.exists() else ChildTrial(home))
    desk = FirstStartDesk(home, code, bind, DiskOfTheBox(ControlClient(home.box_socket, PATIENCE_S)), fitting)
    server = WebServer(create_first_start(desk, fitting), bind, partial(page_pair, home))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    notify.ready()
    _tell(bind, code, screens, fingerprint_of(read_certificate(home.authority_certificate)))
    while not (stop.is_set() or desk.done.wait(_BEAT_S)):
        notify.watchdog()
    # The last page is on its way: stopping finishes what is being answered. Its style comes after it.
    stop.wait(_LAST_PAGE_S if desk.done.is_set() else 0.0)
    server.stop()
    fitting.end_trial()
    notify.stopping()
    if desk.done.is_set():
        finish_opening(home)
        if not home.settings_file.exists():
            raise StorageError("The office is not in its place.", "Begin again: the page is there in a moment.")


def _code(file: Path) -> str:
    """The same at each start, for the label. Only root can read it."""
    try:
        kept = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        kept = ""
    if is_set_up_code(kept):
        return kept
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    replace_file(file, f"{code}\n".encode(), 0o600)
    return code


def _tell(bind: str, code: str, screens: tuple[str, ...], fingerprint: str) -> None:
    """To whoever stands at the box; never to the log."""
    port = bind.rpartition(":")[2]
    address = "https://earmark.local" + ("" if port == "443" else f":{port}")
    text = f"\r\n  This box is not set up yet. Open {address} and type this code:  {shown_code(code)}\r\n"
    half = len(fingerprint) // 2
    text += (
        "\r\n  Your browser warns, as nobody else vouches for the box. Its issuer's SHA-256 must be:\r\n"
        f"  {fingerprint[:half]}\r\n  {fingerprint[half + 1 :]}\r\n\r\n"
    )
    for screen in screens:
        try:
            there = os.open(screen, os.O_WRONLY | os.O_NOCTTY)
            try:
                os.write(there, text.encode("ascii"))
            finally:
                os.close(there)
        except OSError as error:  # a box without a screen, or without a serial line
            _LOG.info("nothing is shown on %s: %s", screen, error.strerror)
    if not screens:
        click.echo(text)
