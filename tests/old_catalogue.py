"""A catalogue as an older program left it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from firmware.adapters.catalogue import database


def make_old(catalogue: Path, revision: str) -> None:
    """Take it back to the form of that revision; nobody else may have it open."""
    engine = database.open_for_writing(catalogue)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()
