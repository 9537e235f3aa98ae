"""``earmark firewall``: the packet filter as the settings ask for it, and who is not heard for a while."""

from __future__ import annotations

import ipaddress
import logging
import time

import click

from firmware.adapters.network.firewall import Firewall
from firmware.adapters.network.kept_addresses import keep, read_kept
from firmware.adapters.network.peer_names import addresses_of
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.firewall_plan import firewall_plan, names_of
from firmware.cli.text_table import text_table
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings, WebSettings
from firmware.core.errors import EarmarkError, StorageError
from firmware.core.firewall_rules import Address, ruleset
from firmware.core.home import Home
from firmware.core.remembered_addresses import Remembered, remember

_LOG = logging.getLogger(__name__)
#: Where the page is on which a box is set up (earmark-first-start.service).
_FIRST_START = "0.0.0.0:443"
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
@click.pass_obj
def apply(home: Home, remembered: bool) -> None:
    """Put the rules in place, in one step; with a mistake in them the ones before stand. The box does it by itself."""
    Firewall().apply(_rules(home, remembered, keeps=not remembered))
    click.echo("The rules are in place.")


@firewall.command("blocked")
@click.pass_obj
def blocked(home: Home) -> None:
    """List the addresses that are not heard on the telephony ports for a while."""
    found = sorted(Firewall().unheard(), key=lambda each: -each.left_s)
    if not found:
        click.echo("No address is blocked.")
        return
    rows = [(each.address, f"{each.left_s // 60} min {each.left_s % 60} s") for each in found]
    click.echo(text_table(("Address", "For"), rows))


@firewall.command("unblock")
@click.argument("address")
@click.pass_obj
def unblock(home: Home, address: str) -> None:
    """Hear ADDRESS again at once."""
    if Firewall().hear_again(_address(address)):
        click.echo(f"{address} is heard again.")
    else:
        click.echo(f"{address} was not blocked.")


def _rules(home: Home, remembered: bool, *, keeps: bool) -> str:
    settings = _settings(home)
    kept = read_kept(home.peer_addresses)
    known: Remembered = kept if remembered else _looked_up(settings, kept)
    if keeps and known != kept:
        try:
            keep(home.peer_addresses, known)
        except StorageError as error:  # the rules matter more
            _LOG.error("the addresses of peers are not kept for the next start: %s", error)
    return ruleset(firewall_plan(settings, known))


def _looked_up(settings: Settings, kept: Remembered) -> Remembered:
    names = names_of(settings)
    servers = dict.fromkeys(s for line in settings.lines if isinstance(line, SipLine) for s in line.sip.nameservers)
    known = remember(kept, addresses_of(names, servers) if names else {}, round(time.time()))
    for name in names:
        if not known.get(name):
            _LOG.warning("%s has no address that is known; calls from it are let in once it answers the box", name)
    return known


def _settings(home: Home) -> Settings:
    """A box that starts with settings it refuses has the rules of one without lines: its page must be reached to put
    that right; and so must the page on which a box is set up.

    Raises:
        EarmarkError: settings that cannot be read while rules are in place, which may be what lets calls in.
    """
    try:
        return load_settings(SettingsFile(home.settings_file))
    except EarmarkError as error:
        if not home.office_public_key.exists():
            return Settings(web=WebSettings(bind=_FIRST_START))
        if Firewall().in_place():
            raise
        _LOG.error("the packet filter is made for a box without lines: %s", error)
        return Settings()


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an IP address.") from None
