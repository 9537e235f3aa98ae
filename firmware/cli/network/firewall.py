"""``earmark firewall``: the packet filter as the settings ask for it, and who is not heard for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from firmware.adapters.control.client import ControlClient
from firmware.adapters.network.block_requests import BlockRequests
from firmware.adapters.network.firewall import Firewall, Unheard
from firmware.adapters.network.kept_addresses import keep, read_kept
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.network.firewall_plan import firewall_plan, names_of
from firmware.cli.network.never_blocked import never_blocked
from firmware.cli.text_table import text_table
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings, WebSettings
from firmware.core.errors import EarmarkError, FirewallError, ServiceAway, StorageError
from firmware.core.firewall_rules import ruleset
from firmware.core.home import Home
from firmware.core.lines_instance import LinesInstance, process_name
from firmware.core.remembered_addresses import Remembered, remember
from firmware.core.scanner_watch import place_of

_LOG = logging.getLogger(__name__)
#: Where the page is on which a box is set up (earmark-first-start.service).
_FIRST_START = "0.0.0.0:443"
#: Who hears strangers, and may tire of them.
_ANSWERING: tuple[LinesInstance, ...] = ("sip", "siprec")
_REMEMBERED = click.option(
    "--remembered", is_flag=True, help="Look no name up: take the addresses that peers had. For the start of the box."
)


@click.group()
def firewall() -> None:
    """See, check and put in place the packet filter that the settings ask for."""


@firewall.command("print")
@_REMEMBERED
@click.pass_obj
def print_rules(home: Home, remembered: bool) -> None:
    """Print the rules, each with the setting it comes from. Nothing is changed."""
    click.echo(_rules(home, remembered, keeps=False), nl=False)


@firewall.command("check")
@_REMEMBERED
@click.pass_obj
def check(home: Home, remembered: bool) -> None:
    """Have the kernel's own tool read the rules. Nothing is changed."""
    Firewall().check(_rules(home, remembered, keeps=False))
    click.echo("The rules can be put in place.")


@firewall.command("apply")
@_REMEMBERED
@click.option(
    "--trial",
    type=click.Path(path_type=Path),
    help="On a box that is no office yet: let in whom these settings name, or without this file nobody but the page.",
)
@click.pass_obj
def apply(home: Home, remembered: bool, trial: Path | None) -> None:
    """Put the rules in place, in one step; with a mistake in them the ones before stand. The box does it by itself."""
    packet_filter = Firewall()
    if home.settings_file.exists():
        trial = None
    elif trial is None and packet_filter.in_place():
        click.echo("This box has no settings; the rules that are in place stay.")
        return
    packet_filter.apply(_rules(home, remembered, keeps=not remembered and trial is None, trial=trial))
    click.echo("The rules are in place.")


@firewall.command("blocked")
@click.pass_obj
def blocked(home: Home) -> None:
    """List the addresses that are not heard on the telephony ports for a while."""
    rows = [(str(each.place), _time(each.left_s), "the packet filter") for each in _filtered()]
    for name, client in _lines(home):
        rows += [(str(each["address"]), _time(int(each["left_s"])), name) for each in _unheard_by(client)]
    click.echo(text_table(("Address", "For", "Not heard by"), rows) if rows else "No address is blocked.")


@firewall.command("take-requests")
@click.pass_obj
def take_requests(home: Home) -> None:
    """Block what the lines ask for. The box does it by itself; peers, the office's networks and its router never."""
    requests = list(BlockRequests(home.block_requests).take())
    settings, known = load_settings(SettingsFile(home.settings_file)), read_kept(home.peer_addresses)
    for request in requests:
        if never_blocked(settings, known, request.place):
            _LOG.warning("%s is not blocked: a peer, the office's own network, or its router is there", request.place)
        else:
            Firewall().no_longer_hear(request.place, request.seconds)
            click.echo(f"{request.place} is not heard for {_time(request.seconds)}.")


@firewall.command("unblock")
@click.argument("address")
@click.pass_obj
def unblock(home: Home, address: str) -> None:
    """Hear ADDRESS again at once."""
    try:
        place = place_of(address)
    except ValueError:
        raise click.BadParameter(f"{address!r} is not an IP address.") from None
    if place in {each.place for each in _filtered()}:
        Firewall().hear_again(place)
    for _, client in _lines(home):
        with suppress(ServiceAway):
            client.post("/scanners/forgive", {"address": address})
    click.echo(f"{address} is heard again.")


def _filtered() -> list[Unheard]:
    """None where there is no packet filter, as in a clone: the lines have lists of their own."""
    firewall = Firewall()
    try:
        return sorted(firewall.unheard(), key=lambda each: -each.left_s) if firewall.in_place() else []
    except FirewallError as error:
        click.echo(f"What the packet filter drops cannot be told: {error.what}", err=True)
        return []


def _lines(home: Home) -> Iterator[tuple[str, ControlClient]]:
    for instance in _ANSWERING:
        if home.lines_socket_of(instance).exists():
            yield f"earmark {process_name(instance)}", ControlClient(home.lines_socket_of(instance))


def _unheard_by(client: ControlClient) -> list[dict[str, Any]]:
    try:
        return list(client.get("/scanners")["places"])
    except ServiceAway:
        return []


def _time(seconds: int) -> str:
    return f"{seconds // 60} min {seconds % 60} s"


def _rules(home: Home, remembered: bool, *, keeps: bool, trial: Path | None = None) -> str:
    settings = _settings_on_trial(trial) if trial else _settings(home)
    kept = read_kept(home.peer_addresses)
    known: Remembered = kept if remembered else _looked_up(settings, kept)
    if keeps and known != kept:
        try:
            keep(home.peer_addresses, known)
        except StorageError as error:  # the rules matter more
            _LOG.error("the addresses of peers are not kept for the next start: %s", error)
    return ruleset(firewall_plan(settings, known))


def _looked_up(settings: Settings, kept: Remembered) -> Remembered:
    # Not while the box starts, when everything waits for the network and that for these rules.
    from firmware.adapters.network.peer_names import addresses_of

    names = names_of(settings)
    servers = dict.fromkeys(s for line in settings.lines if isinstance(line, SipLine) for s in line.sip.nameservers)
    known = remember(kept, addresses_of(names, servers) if names else {}, round(time.time()))
    for name in names:
        if not known.get(name):
            _LOG.warning("%s has no address that is known; calls from it are let in once it answers the box", name)
    return known


def _settings_on_trial(file: Path) -> Settings:
    """The page stays where it is, whatever is drafted for later."""
    settings = load_settings(SettingsFile(file)) if file.exists() else Settings()
    return settings.model_copy(update={"web": WebSettings(bind=_FIRST_START)})


def _settings(home: Home) -> Settings:
    """A box without settings has the rules for the page on which it is set up; one that starts with settings it
    refuses, those of a box without lines: its page must be reached to put that right.

    Raises:
        EarmarkError: settings that cannot be read while rules are in place, which may be what lets calls in.
    """
    if not home.settings_file.exists():
        return Settings(web=WebSettings(bind=_FIRST_START))
    try:
        return load_settings(SettingsFile(home.settings_file))
    except EarmarkError as error:
        if Firewall().in_place():
            raise
        _LOG.error("the packet filter is made for a box without lines: %s", error)
        return Settings()
