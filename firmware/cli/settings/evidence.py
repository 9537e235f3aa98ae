"""That settings were changed is entered in the evidence; which, not to what."""

from __future__ import annotations

import click

from firmware.cli.at_the_box import who_is_at_the_box
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError
from firmware.core.home import Home


def enter_change(home: Home, before: Settings | None, after: Settings) -> None:
    """Settings must be changeable while the data disk is away, so this comes after, and its failure is only told."""
    old, new = before.to_shown() if before else {}, after.to_shown()
    _enter(home, ", ".join(section for section in new if new[section] != old.get(section)) or "passwords")


def enter_certificate(home: Home) -> None:
    """As with settings: the page uses another certificate."""
    _enter(home, "certificate")


def _enter(home: Home, sections: str) -> None:
    from firmware.cli.evidence import evidence_desk  # not while settings are only shown

    try:
        with evidence_desk(home) as desk:
            desk.enter("settings-changed", {}, {"name": who_is_at_the_box(), "sections": sections})
    except EarmarkError as error:
        click.echo(f"The change could not be entered in the evidence log: {error}", err=True)
