"""The keeper's duty of reading the store again, put together."""

from __future__ import annotations

import threading
from functools import partial
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.closed_segments import ClosedSegmentRows
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.store.scrub_notebook import ScrubNotebookFile
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.cli.keeper.parts import KeeperParts
from firmware.services.integrity_scrub import IntegrityScrub


def compose_integrity_scrub(parts: KeeperParts) -> IntegrityScrub:
    home = parts.home
    return IntegrityScrub(
        ClosedSegmentRows(parts.catalogue, home.catalogue),
        SegmentFilesReader(home),
        partial(EvidenceFilesReader, home),
        parts.evidence,
        ScrubNotebookFile(home.scrub_mark),
        ZoneInfo(parts.settings.office.timezone),
        threading.Event().wait,  # never set: the process may end at any file
    )
