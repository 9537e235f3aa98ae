"""The keys by which a box knows its updates: an authority, which boxes trust, and the release key that it vouches for.

The authority's own key is used when a release key is made, and lies in a safe otherwise: should the release key be
lost, a new one is vouched for, and boxes in the field take its updates.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from earmark_image.running import BuildFailed, run

_YEARS = 20
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")


@dataclass(frozen=True)
class ReleaseKeys:
    """Files in one folder. An image needs ``authority`` alone; a bundle is signed with ``key``."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "release.pem"

    @property
    def key(self) -> Path:
        return self.folder / "release.key"

    @property
    def can_sign(self) -> bool:
        return self.key.exists() and self.certificate.exists()


def make_release_keys(folder: Path) -> ReleaseKeys:
    """Make a release key; and the authority before it, where the folder has none.

    Raises:
        BuildFailed: there is a release key already, or the authority's key is not there.
    """
    keys = ReleaseKeys(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if keys.can_sign:
        raise BuildFailed(f"{keys.key} is there already: move it away before another is made.")
    old_mask = os.umask(0o077)
    try:
        if not keys.authority.exists():
            _make_authority(keys)
        elif not keys.authority_key.exists():
            raise BuildFailed(f"Only the authority can vouch for a new release key: put {keys.authority_key} there.")
        _make_release_key(keys)
    finally:
        os.umask(old_mask)
    return keys


def _make_authority(keys: ReleaseKeys) -> None:
    run(
        *("openssl", "req", "-x509", *_CURVE, "-nodes", "-sha384", "-days", str(_YEARS * 366)),
        *("-subj", "/O=Earmark/CN=Earmark updates", "-keyout", keys.authority_key, "-out", keys.authority),
        *("-addext", "basicConstraints=critical,CA:TRUE,pathlen:0"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )


def _make_release_key(keys: ReleaseKeys) -> None:
    request, rules = keys.folder / "release.csr", keys.folder / "release.rules"
    rules.write_text(
        "basicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,codeSigning\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    run(
        *("openssl", "req", *_CURVE, "-nodes", "-sha384", "-subj", "/O=Earmark/CN=Earmark release"),
        *("-keyout", keys.key, "-out", request),
    )
    run(
        *("openssl", "x509", "-req", "-in", request, "-CA", keys.authority, "-CAkey", keys.authority_key),
        *("-CAcreateserial", "-days", str(_YEARS * 366 - 1), "-sha384", "-extfile", rules, "-out", keys.certificate),
    )
    for left_over in (request, rules, keys.authority.with_suffix(".srl")):
        left_over.unlink(missing_ok=True)
