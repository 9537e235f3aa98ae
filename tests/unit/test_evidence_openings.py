"""Who opened recordings is found in the bytes of the log as by reading every line of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.store.evidence_openings import EvidenceOpenings
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.openings import OPENINGS

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = (*OPENINGS, "listen-refused", "recording-closed", "searched")
lines = st.lists(st.tuples(st.integers(0, 5 * 24), st.sampled_from(KINDS), st.booleans()), max_size=40)


@settings(max_examples=60)
@given(lines, st.integers(0, 5 * 24), st.integers(0, 5 * 24))
def test_every_opening_of_the_period_is_found_and_nothing_else(
    told: list[tuple[int, str, bool]], since: int, until: int
) -> None:
    wanted = []
    with TemporaryDirectory() as folder:
        for number, (hours, kind, damaged) in enumerate(sorted(told), 1):
            at = BEGAN + timedelta(hours=hours)
            line = EvidenceLine(number, at, kind, {"person": "p", "recording": "ab" * 16}, "", "0" * 64)
            text = line.to_text()
            with (Path(folder) / f"{at:%Y-%m-%d}.log").open("a") as file:
                file.write(text.replace(f"{number} ", "x ", 1) if damaged else text)
            if not damaged and kind in OPENINGS and since <= hours < until:
                wanted.append(number)
        openings = EvidenceOpenings(Path(folder))
        found = openings.between(BEGAN + timedelta(hours=since), BEGAN + timedelta(hours=until))
        assert [line.number for line in found] == wanted
