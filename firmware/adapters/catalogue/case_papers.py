"""The papers of data-protection cases, in parts: nobody has a scanned letter of several megabytes in memory whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, exists, func, insert, select

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import case_paper_parts, case_papers
from firmware.core.data_case import LARGEST_PAPER_BYTES, Paper

_PART = case_paper_parts.c
_PAPER = select(
    case_papers.c.id,
    case_papers.c.case_id,
    case_papers.c.kind,
    case_papers.c.name,
    case_papers.c.added_at_ms,
    case_papers.c.added_by_name,
    case_papers.c.sha256,
    func.coalesce(case_papers.c.bytes, func.length(case_papers.c.content)),
)


class PaperTables:
    """The part of ``CaseStore`` that papers are. Any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def papers(self, case_id: str) -> Sequence[Paper]:
        question = _PAPER.where(case_papers.c.case_id == case_id).order_by(case_papers.c.added_at_ms)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [Paper(*row) for row in connection.execute(question)]

    def paper(self, case_id: str, paper_id: str) -> Paper | None:
        this = (case_papers.c.case_id == case_id) & (case_papers.c.id == paper_id)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            row = connection.execute(_PAPER.where(this)).one_or_none()
        return Paper(*row) if row else None

    def add_part(self, paper_id: str, n: int, content: bytes, at_ms: int) -> bool:
        so_far = select(func.count(), func.coalesce(func.sum(func.length(_PART.content)), 0))
        known = exists(select(1).where(case_papers.c.id == paper_id))
        values = {"paper_id": paper_id, "n": n, "content": content, "received_at_ms": at_ms}
        with catalogue_errors(self._path), self._engine().begin() as connection:
            parts, size = connection.execute(so_far.where(_PART.paper_id == paper_id)).one()
            if parts != n or size + len(content) > LARGEST_PAPER_BYTES or connection.execute(select(known)).scalar():
                return False
            connection.execute(insert(case_paper_parts).values(values))
        return True

    def part(self, paper_id: str, n: int) -> bytes | None:
        question = select(_PART.content).where(_PART.paper_id == paper_id, _PART.n == n)
        paper = case_papers.c
        whole = select(paper.content).where(paper.id == paper_id, func.length(paper.content) > 0)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            found: bytes | None = connection.execute(question).scalar_one_or_none()
            if found is None and n == 0:  # an older version kept it in one piece
                found = connection.execute(whole).scalar_one_or_none()
        return found

    def add_paper(self, paper: Paper) -> None:
        values = {
            "id": paper.paper_id,
            "case_id": paper.case_id,
            "kind": paper.kind,
            "name": paper.name,
            "added_at_ms": paper.added_at_ms,
            "added_by_name": paper.added_by_name,
            "sha256": paper.sha256,
            "content": b"",
            "bytes": paper.bytes,
        }
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(insert(case_papers).values(values))

    def drop_parts(self, before_ms: int) -> None:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            drop_unfinished(connection, before_ms)


def drop_unfinished(connection: Connection, before_ms: int) -> int:
    """Parts that came before then (Unix ms) of papers that never arrived as a whole. Returns how many."""
    arrived = exists(select(1).where(case_papers.c.id == _PART.paper_id))
    unfinished = delete(case_paper_parts).where(_PART.received_at_ms < before_ms, ~arrived)
    return connection.execute(unfinished).rowcount
