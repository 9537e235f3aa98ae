"""How much a redaction may silence, and of which recordings, cell by cell: and who is named as the one who can."""

from __future__ import annotations

import pytest

from firmware.core.access_policy import Action, Role, may
from firmware.core.redaction_limits import MOST_SILENCED_MS, why_not_redact

HOUR_MS = 3_600_000
MANAGER, DIRECTOR = Role.SERVICES_MANAGER, Role.DIRECTOR
PLAIN, HELD, RESTRICTED = (False, False), (True, False), (True, True)

CELLS = [
    # silenced, of so much, held and restricted; what is said to a manager
    (1_000, HOUR_MS, PLAIN, ""),
    (MOST_SILENCED_MS, HOUR_MS, PLAIN, ""),
    (MOST_SILENCED_MS + 1, HOUR_MS, PLAIN, "more than 10 minutes"),
    (30_000, 60_000, PLAIN, ""),
    (30_001, 60_000, PLAIN, "more than half"),
    (MOST_SILENCED_MS + 1, 2 * MOST_SILENCED_MS, PLAIN, "more than 10 minutes"),
    (1, 0, PLAIN, "more than half"),
    (1_000, HOUR_MS, HELD, "under a legal hold"),
    (1_000, HOUR_MS, RESTRICTED, "is restricted"),
]


@pytest.mark.parametrize(("silenced_ms", "duration_ms", "kept", "why"), CELLS)
def test_a_redaction_is_small_and_of_a_free_recording_unless_a_director_does_it(
    silenced_ms: int, duration_ms: int, kept: tuple[bool, bool], why: str
) -> None:
    held, restricted = kept
    spans = [(0, silenced_ms)]
    said = why_not_redact(MANAGER, spans, duration_ms, held=held, restricted=restricted)
    assert why in said
    assert bool(said) is bool(why)
    assert not why or "of the role Director" in said
    assert why_not_redact(DIRECTOR, spans, duration_ms, held=held, restricted=restricted) == ""


def test_stretches_count_together_and_what_lies_in_two_of_them_once() -> None:
    apart = [(0, MOST_SILENCED_MS // 2), (HOUR_MS // 2, HOUR_MS // 2 + MOST_SILENCED_MS // 2 + 1)]
    twice = [(0, MOST_SILENCED_MS), (1_000, MOST_SILENCED_MS)]
    assert why_not_redact(MANAGER, apart, HOUR_MS, held=False, restricted=False)
    assert not why_not_redact(MANAGER, twice, HOUR_MS, held=False, restricted=False)


def test_what_was_silenced_before_counts() -> None:
    said = why_not_redact(MANAGER, [(0, 30_000)], 100_000, held=False, restricted=False, before_ms=20_001)
    assert "more than half of the recording, with what was silenced before" in said
    assert not why_not_redact(MANAGER, [(0, 30_000)], 100_000, held=False, restricted=False, before_ms=20_000)
    assert not why_not_redact(DIRECTOR, [(0, 30_000)], 100_000, held=False, restricted=False, before_ms=90_000)


def test_whoever_may_do_more_than_others_may_redact_at_all() -> None:
    for more in (Action.REDACT_MUCH, Action.REDACT_HELD):
        assert all(may(role, Action.REDACT) for role in Role if may(role, more))
