"""The keyslots that were made since the last backup, sealed as a backup is: ``manifest.json`` and ``keyslots/…``.

Which these are, the evidence tells: it has a line for each keyslot that is made or wrapped anew, and lines have
numbers, so that no clock can make one be passed over.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from firmware.adapters.archive.sealed_tar import KEYSLOTS, MANIFEST, add_file, recipients_of, seal_tar
from firmware.adapters.sealing.keyslot import is_keyslot
from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_pieces import EvidencePieces
from firmware.adapters.store.recording_files import day_folders
from firmware.core.archive_names import KeyslotPiece
from firmware.core.entered_files import ENTERS_KEYSLOT
from firmware.core.errors import NoSuchRecording
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine
from firmware.core.home import Home
from firmware.ports.archiving import PackedBackup


class SealedKeyslots:
    """``KeyslotPacker`` over one data folder."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.keeper / "keyslots"

    def pack(self, after_line: int, begun_at_ms: int) -> PackedBackup | None:
        named: dict[str, Path] = {}
        last = after_line
        for piece, lines in EvidencePieces(self._home).whole_lines(after_line):
            last = piece.last
            named |= {path.name: path for path in self._keyslots_in(lines)}
        if not named:
            return None
        kept = 0

        def fill(tar: tarfile.TarFile) -> None:
            nonlocal kept
            manifest = {
                "earmark_keyslots": 1,
                "begun_at_ms": begun_at_ms,
                "after_line": after_line,
                "evidence_lines": last,
            }
            add_file(tar, MANIFEST, json.dumps(manifest, indent=2).encode())
            for path in sorted(named.values()):
                with suppress(FileNotFoundError):  # erased meanwhile
                    content = path.read_bytes()
                    if is_keyslot(content):
                        add_file(tar, f"{KEYSLOTS}/{path.relative_to(self._home.recordings)}", content)
                        kept += 1

        sealed = self._folder / KeyslotPiece(begun_at_ms, after_line + 1, last).name
        with storage_errors("written", self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            digest = seal_tar(fill, sealed, recipients_of(self._home))
            return PackedBackup(sealed, digest, sealed.stat().st_size, last, kept, 0)

    def discard(self) -> None:
        with storage_errors("removed", self._folder):
            for path in self._folder.glob("*"):
                path.unlink()

    def _keyslots_in(self, lines: bytes) -> Iterator[Path]:
        for text in lines.decode("ascii", errors="replace").splitlines(keepends=True):
            with suppress(EvidenceFault, NoSuchRecording):
                line = EvidenceLine.from_text(text)
                recording, segment = line.subject.get("recording", ""), line.subject.get("segment", "")
                if line.kind in ENTERS_KEYSLOT and segment.isdigit():
                    name = f"{recording}.{int(segment)}.key"
                    folders = day_folders(self._home.recordings, recording)
                    yield from (path for folder in folders if (path := folder / name).exists())
