"""The file in which the addresses of named peers are kept, so that they are known before any name server answers."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.store.durable_files import make_folders, storage_errors
from firmware.core.remembered_addresses import Remembered

_LOG = logging.getLogger(__name__)


def read_kept(path: Path) -> dict[str, dict[str, int]]:
    """What was kept. A file that is gone or damaged is nothing kept: names are looked up again."""
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _LOG.warning("the addresses kept in %s cannot be read (%s); they are looked up again", path, error)
        return {}
    if not isinstance(document, dict):
        return {}
    return {str(name): _of_one(addresses) for name, addresses in document.items()}


def keep(path: Path, known: Remembered) -> None:
    """Raises StorageError."""
    with storage_errors("made", path.parent):
        make_folders(path.parent)
    replace_file(path, json.dumps(known, indent=1).encode(), 0o644)


def _of_one(addresses: object) -> dict[str, int]:
    found = addresses.items() if isinstance(addresses, dict) else ()
    return {str(address): at_s for address, at_s in found if isinstance(at_s, int)}
