"""Where data-protection cases are kept. Every method raises StorageError when the catalogue cannot be had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from firmware.core.data_case import CaseCall, DataCase, FoundCalls, Paper, WhoseCalls


class CaseStore(Protocol):
    def cases(self, *, is_open: bool) -> Sequence[DataCase]:
        """Without their calls: those that are open by when they are due, those that are closed the newest first."""
        ...

    def case(self, case_id: str) -> DataCase | None:
        """With its calls, the newest first."""
        ...

    def save(self, case: DataCase, due_on: str | None) -> DataCase:
        """A new one, or what was changed of one, but not its calls. A new one gets its reference."""
        ...

    def found(self, whose: WhoseCalls, span_ms: tuple[int, int], case_id: str, most: int) -> FoundCalls:
        """A person's calls of which something was kept, that began within the span, and are not in the case."""
        ...

    def add(self, case_id: str, calls: Iterable[str]) -> int:
        """Put calls into a case that are not in it; those that are not there are passed over. Returns how many."""
        ...

    def save_call(self, case_id: str, call: CaseCall) -> None: ...

    def papers(self, case_id: str) -> Sequence[Paper]: ...

    def add_part(self, paper_id: str, n: int, content: bytes, at_ms: int) -> bool:
        """Keep the next part (from 0) of a paper that is on its way. False: it does not follow on, or is too much."""
        ...

    def part(self, paper_id: str, n: int) -> bytes | None: ...

    def add_paper(self, paper: Paper) -> None:
        """With the parts that were kept of it, if any."""
        ...

    def paper(self, case_id: str, paper_id: str) -> Paper | None: ...

    def drop_parts(self, before_ms: int) -> None:
        """Those of papers that never arrived as a whole."""
        ...
