"""What the box finds wrong, and every byte of its catalogue."""

from __future__ import annotations

from firmware.cli.verify import verify_home
from tests.integration.vault import Vault


def wrong(kept: Vault) -> list[str]:
    kept.made.log.checkpoint()
    return [f"{each.subject}: {each.text}" for each in verify_home(kept.home) if each.severity == "wrong"]


def bytes_of_the_catalogue(kept: Vault) -> bytes:
    return b"".join(path.read_bytes() for path in kept.home.catalogue.parent.glob("catalogue.db*"))
