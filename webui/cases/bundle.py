"""The copy that is handed out: an encrypted archive of calls, made while it is sent, never on a disk.

WinZip's AES-256 (pyzipper), which 7-Zip, Windows' and macOS's own tools for such archives open with the pass phrase.
Each call is opened when its turn comes, which is in the evidence; what is kept of the bundle is its digest.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.reader import RecordingRow
from firmware.adapters.sealing.sound_file import MutedPart, sound_parts
from firmware.adapters.sealing.unsealer import Unsealed
from firmware.core.data_case import CaseCall, Muted
from firmware.core.errors import SettingsError
from webui.access.opener import Visitor
from webui.cases.bundle_index import IndexRow, as_csv, as_pdf, silenced_in_words
from webui.cases.case_desk import CaseDesk, ShownCase
from webui.recordings.download_name import download_name
from webui.recordings.listening import Listening
from webui.translation import gettext as _

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CopyForm = Literal["mp3", "wav"]
COPY_FORMS: tuple[CopyForm, ...] = ("mp3", "wav")
SHORTEST_PASS_PHRASE = 12
_CHANNELS = {"far": 0, "office": 1, "both": None}


@dataclass(frozen=True)
class BundleOrder:
    """What somebody wants to hand out."""

    case: ShownCase
    rows: Sequence[tuple[CaseCall, RecordingRow]]
    form: CopyForm
    pass_phrase: str = field(repr=False)
    letter: str = field(repr=False)

    @property
    def name(self) -> str:
        return f"case-{self.case.reference}.zip"


@dataclass(frozen=True)
class BundleMaker:
    """Any thread."""

    desk: CaseDesk
    listening: Listening
    office: str
    zone: ZoneInfo

    def made(self, who: Visitor, order: BundleOrder) -> Iterator[bytes]:
        """The archive's bytes. What can be wrong with it at once is told before the first of them.

        Raises:
            SettingsError: nothing is included, or the pass phrase is too short.
            NotAllowed, KeyErased, DamagedRecording, ServiceAway: the first call cannot be opened.
        """
        if not order.rows:
            raise SettingsError(_("No call is included in the answer."), _("Include at least one, then make the copy."))
        if len(order.pass_phrase) < SHORTEST_PASS_PHRASE:
            raise SettingsError(_("The pass phrase has fewer than %(num)s letters.") % {"num": SHORTEST_PASS_PHRASE})
        parts = self._recorded(who, order)
        return chain([next(parts)], parts)

    def _recorded(self, who: Visitor, order: BundleOrder) -> Iterator[bytes]:
        """What leaves the box; once all of it has, the disclosure is recorded."""
        digest, size = hashlib.sha256(), 0
        for part in self._archive(who, order):
            digest.update(part)
            size += len(part)
            yield part
        calls = [call.recording_id for call, _ in order.rows]
        self.desk.disclosed(who, order.case.case_id, order.name, digest.hexdigest(), size, calls)

    def _archive(self, who: Visitor, order: BundleOrder) -> Iterator[bytes]:
        import pyzipper  # with the cipher library behind it, for the one day in a month on which a bundle is made

        out, index = _Unseekable(), list[IndexRow]()
        with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(order.pass_phrase.encode())
            for call, row in order.rows:
                name = self._file_name(row, order.form, [each.file for each in index])
                digest = hashlib.sha256()
                unsealed = self._unsealed(who, order, call)
                silent = _as_it_can_be(call, unsealed)
                with archive.open(name, "w") as file:
                    for part in _sound(unsealed, order.form, silent):
                        digest.update(part)
                        file.write(part)
                        yield out.take()
                index.append(_index_row(row, silent, name, digest.hexdigest()))
            today = datetime.now(self.zone).date()
            archive.writestr("index.csv", as_csv(order.case, index, self.zone))
            archive.writestr("index.pdf", as_pdf(order.case, index, self.office, self.zone, today))
            archive.writestr("letter.txt", order.letter.replace("\r\n", "\n").replace("\n", "\r\n").encode())
        yield out.take()

    def _unsealed(self, who: Visitor, order: BundleOrder, call: CaseCall) -> Unsealed:
        keys = self.desk.open(who, order.case.case_id, call.recording_id)
        return self.listening.unsealed(call.recording_id, keys)

    def _file_name(self, row: RecordingRow, form: CopyForm, taken: Sequence[str]) -> str:
        name = download_name(row.started_at, self.zone, row.direction, row.far_party, row.office_party, form)
        stem, number = name.removesuffix(f".{form}"), 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}.{form}"
        return name


def _as_it_can_be(call: CaseCall, unsealed: Unsealed) -> tuple[Muted, ...]:
    """Where both parties are on one channel, nobody can be silenced alone: then both are."""
    return call.muted if unsealed.channels > 1 else tuple(replace(each, side="both") for each in call.muted)


def _sound(unsealed: Unsealed, form: CopyForm, silent: Sequence[Muted]) -> Iterator[bytes]:
    muted = [MutedPart(each.start_ms, each.end_ms, _CHANNELS[each.side]) for each in silent]
    return sound_parts(unsealed.ogg, unsealed.duration_ms, form, muted)


def _index_row(row: RecordingRow, silent: Sequence[Muted], name: str, sha256: str) -> IndexRow:
    caller, called = row.far_party, row.office_party
    if row.direction == "outbound":
        caller, called = called, caller
    silenced = silenced_in_words([(_side(each), each.start_ms, each.end_ms) for each in silent])
    return IndexRow(name, row.started_at, row.duration_s, caller, called, silenced, sha256)


def _side(muted: Muted) -> str:
    return {"both": _("both parties"), "far": _("outside party"), "office": _("office")}[muted.side]


class _Unseekable(io.RawIOBase):
    """Takes what the archive's writer writes; gives it away again."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        content = bytes(data)
        self._written.append(content)
        return len(content)

    def take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken
