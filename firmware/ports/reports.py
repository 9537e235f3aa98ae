"""What reports need of the evidence and of the catalogue. Every method raises StorageError or DamagedCatalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from firmware.core.evidence_chain import EvidenceLine
from firmware.core.report_order import ReportKey, ReportOrder, Sending


class OpeningLines(Protocol):
    def between(self, since: datetime, until: datetime) -> Iterator[EvidenceLine]:
        """The lines by which recordings were opened, oldest first, the end not included; damaged ones left out."""
        ...


class ReportOrders(Protocol):
    """The opener's part."""

    def standing(self) -> Sequence[ReportOrder]: ...

    def sent(self) -> Sequence[Sending]:
        """The newest of each report."""
        ...

    def keep(self, order: ReportOrder) -> None:
        """In the place of what was ordered for that report before."""
        ...

    def drop(self, report: ReportKey) -> None: ...


class ReportSendings(Protocol):
    """The keeper's part."""

    def standing(self) -> Sequence[ReportOrder]: ...

    def went(self, report: ReportKey, first: str, last: str) -> bool:
        """Whether that period's report has gone out."""
        ...

    def note(self, sending: Sending) -> None:
        """In the place of an earlier try for the same period."""
        ...
