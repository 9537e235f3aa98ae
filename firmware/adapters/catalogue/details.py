"""The details that evidence lines commit to, read from the catalogue's table of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import select

from firmware.adapters.catalogue.database import catalogue_errors, open_for_reading
from firmware.adapters.catalogue.schema import evidence_details
from firmware.core.evidence_chain import commitment_to
from firmware.core.evidence_search import Detail


class DetailTable:
    """``DetailShelf``. Any thread. The catalogue is opened when first needed: the recorder makes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def details(self, commitments: Iterable[str]) -> Mapping[str, Detail]:
        wanted = [each for each in commitments if each]
        if not wanted:
            return {}
        table = evidence_details.c
        engine = open_for_reading(self._path)
        try:
            with catalogue_errors(self._path), engine.connect() as connection:
                question = select(table.commitment, table.salt, table.detail).where(table.commitment.in_(wanted))
                rows = connection.execute(question).all()
                return {row.commitment: _detail(row.commitment, row.salt, row.detail) for row in rows}
        finally:
            engine.dispose()


def _detail(commitment: str, salt: bytes, kept: str) -> Detail:
    try:
        words = json.loads(kept)
    except ValueError:
        words = None
    if not isinstance(words, dict):
        return Detail({}, sound=False)
    return Detail(words, commitment_to(words, salt) == commitment)
