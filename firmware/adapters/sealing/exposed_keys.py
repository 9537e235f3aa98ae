"""The recorder's own check that it cannot listen: no private listening key where it could read one.

Looked at are all readable files under ``state`` and ``data``, sealed recordings and their keyslots excepted. A
private key is one in clear: the text of an age identity, or the opener's secret when the opener runs as another user.
Keys in the people file are sealed to pass phrases and are not private keys in this sense.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from firmware.core.errors import PrivateKeyExposed
from firmware.core.home import Home

_IDENTITY = b"age-secret-key-"
_SEALED = frozenset({".ear", ".key"})
_LOOKED_AT_BYTES = 1 << 16


def refuse_private_keys(home: Home) -> None:
    """Call before anything is recorded.

    Raises:
        PrivateKeyExposed: a private listening key can be read here; the message names the file.
    """
    for path in _readable_files(home):
        if _holds_an_identity(path):
            raise PrivateKeyExposed(
                f"{path} holds a private listening key, and the recorder could read it.",
                "Move it to the office safe and erase it here; the box records with the public keys alone.",
            )
    secret = home.box_secret
    if _belongs_to_another(secret) and os.access(secret, os.R_OK):
        raise PrivateKeyExposed(
            f"The recorder can read the opener's secret {secret}.",
            "Let only the opener's user read it: chmod 600, in a folder of mode 700.",
        )


def _readable_files(home: Home) -> Iterator[Path]:
    for root in (home.state, home.data):
        for folder, _, names in os.walk(root):
            sealed_here = home.recordings in (Path(folder), *Path(folder).parents)
            for name in names:
                path = Path(folder, name)
                if not (sealed_here and path.suffix in _SEALED):
                    yield path


def _holds_an_identity(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _IDENTITY in file.read(_LOOKED_AT_BYTES).lower()
    except OSError:
        return False  # what cannot be read here is not exposed


def _belongs_to_another(path: Path) -> bool:
    try:
        return path.stat().st_uid != os.geteuid() and os.geteuid() != 0
    except OSError:
        return False
