"""``earmark certificate``: what the page proves itself with, the box's authority, and one of the office's own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from firmware.adapters.keys.issued_certificates import (
    ensure_issued,
    fingerprint_of,
    may_sign,
    read_certificate,
    wanted_now,
)
from firmware.adapters.keys.office_certificate import MOST_BYTES, examine, install, remove
from firmware.adapters.keys.page_certificate import page_certificate_state
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.network.page_names import page_names
from firmware.cli.settings.evidence import enter_certificate
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.errors import CertificateError, EarmarkError, StorageError
from firmware.core.home import Home

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def certificate() -> None:
    """See and change what the page proves itself with to browsers."""


@certificate.command("show")
@click.option("--fingerprint", is_flag=True, help="Only the SHA-256 fingerprint of the box's authority, for its label.")
@click.option("--pem", is_flag=True, help="Only the authority's certificate, to be installed elsewhere.")
@click.pass_obj
def show(home: Home, fingerprint: bool, pem: bool) -> None:
    """Say which certificate the page uses, until when, and what people's systems must trust."""
    if fingerprint:
        click.echo(fingerprint_of(read_certificate(home.authority_certificate)))
        return
    if pem:
        read_certificate(home.authority_certificate)
        click.echo(home.authority_certificate.read_text(encoding="ascii"), nl=False)
        return
    state = page_certificate_state(home, datetime.now(UTC), _settings(home).web.hosts)
    if state.ends is not None:
        click.echo(f"The page's certificate is {'of the box itself' if state.issued_here else 'one of the office'}.")
        click.echo(f"  good until   {state.ends:%-d %B %Y}")
        click.echo(f"  for          {', '.join(state.names)}")
        click.echo(f"  issued by    {state.issuer}")
        click.echo(f"  SHA-256      {state.fingerprint}")
    if home.authority_certificate.exists():
        authority = read_certificate(home.authority_certificate)
        click.echo("The box's authority, which people install (see /help/certificate on the page):")
        click.echo(f"  SHA-256      {fingerprint_of(authority)}")
    if state.problem:
        click.echo(f"Attention: {state.problem}")


@certificate.command("renew")
@click.option("--now", "anew", is_flag=True, help="Also while the ones that are there can be used.")
@click.option(
    "--new-authority",
    is_flag=True,
    help="With a new authority: everybody has to install it again. Asks before it does.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def renew(home: Home, anew: bool, new_authority: bool, yes: bool) -> None:
    """Have the box's authority issue what is missing, ends soon or does not fit the box's names and addresses."""
    if not may_sign(home):
        raise StorageError(
            f"This user may not make certificates in {home.certificates}.",
            "On the box: systemctl start earmark-certificate. In a clone: as whoever owns the folder.",
        )
    if new_authority and home.authority_key.exists() and not yes:
        click.confirm("Everybody will be warned until they have installed the new authority. Go on?", abort=True)
    wanted = wanted_now(_settings(home).web.hosts)
    made = ensure_issued(home, wanted, datetime.now(UTC), anew=anew, authority_anew=new_authority)
    click.echo("New certificates are there, and taken up without a restart." if made else "Nothing had to be renewed.")


@certificate.command("install")
@click.argument("chain", type=_FILE)
@click.argument("key", type=_FILE)
@click.pass_obj
def install_own(home: Home, chain: Path, key: Path) -> None:
    """Use a certificate that the office had issued elsewhere.

    CHAIN is a PEM file with the page's certificate and who issued it, KEY one with its private key, without a pass
    phrase. They are looked at first; what cannot work is refused.
    """
    made = examine(_read(chain), _read(key), page_names(_settings(home).web.hosts), datetime.now(UTC))
    install(home.office_certificate, home.office_certificate_key, made)
    enter_certificate(home)
    click.echo(f"The page uses it from now on; it is good until {made.leaf.not_valid_after_utc:%-d %B %Y}.")
    for doubt in made.doubts:
        click.echo(f"Note: {doubt}.", err=True)


@certificate.command("use-own")
@click.pass_obj
def use_own(home: Home) -> None:
    """Go back to what the box's own authority issues, and forget the office's certificate and key."""
    if not (home.office_certificate.exists() or home.office_certificate_key.exists()):
        click.echo("The page uses the box's own already.")
        return
    read_certificate(home.page_certificate)
    remove(home.office_certificate, home.office_certificate_key)
    enter_certificate(home)
    click.echo("The page uses the box's own from now on.")


def _read(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise CertificateError(
            f"{path} is far too large for a certificate or key.", "Look whether it is the right file."
        )
    return path.read_bytes()


def _settings(home: Home) -> Settings:
    try:
        return load_settings(SettingsFile(home.settings_file))
    except EarmarkError:  # certificates are wanted before there is an office, and while its settings are wrong
        return Settings()
