"""That settings were changed is entered in the evidence: which, and to what where that is no secret."""

from __future__ import annotations

from collections.abc import Mapping

import click

from firmware.cli.at_the_box import who_is_at_the_box
from firmware.cli.settings.shown_changes import shown_changes
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.settings_changes import told_in_evidence


def enter_change(home: Home, before: Settings | None, after: Settings) -> None:
    """Settings must be changeable while the data disk is away, so this comes after, and its failure is only told."""
    old, new = before.to_shown() if before else {}, after.to_shown()
    changed = ", ".join(section for section in new if new[section] != old.get(section)) or "passwords"
    _enter(home, {"sections": changed, **told_in_evidence(shown_changes(before, after))})


def enter_certificate(home: Home) -> None:
    """As with settings: the page uses another certificate."""
    _enter(home, {"sections": "certificate"})


def _enter(home: Home, what: Mapping[str, str]) -> None:
    from firmware.cli.evidence import evidence_desk  # not while settings are only shown

    try:
        with evidence_desk(home) as desk:
            desk.enter("settings-changed", {}, {"name": who_is_at_the_box(), **what})
    except EarmarkError as error:
        click.echo(f"The change could not be entered in the evidence log: {error}", err=True)
