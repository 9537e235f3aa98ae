"""A legal hold that the evidence knows and the catalogue does not."""

from __future__ import annotations

import pytest

from firmware.core.errors import ActionRefused
from tests.integration.vault import Vault


def test_a_hold_that_the_evidence_knows_and_the_catalogue_does_not_stops_everything_but_redactions(kept: Vault) -> None:
    held, asked, redacted = kept.record(), kept.record(), kept.record()
    hold = kept.hold(held)
    kept.made.desk.enter("hold-placed", {"hold": hold, "person": "p1"}, {})
    kept.run()
    kept.execute("DELETE FROM held_recordings")  # as by a catalogue made anew from a damaged one
    kept.begin()
    kept.set_wall("2035-01-01 09:00")
    kept.order(asked)
    kept.order(redacted, because="redaction")
    kept.run()
    kept.run()
    assert kept.listed() == {held, asked}
    assert kept.kinds().count("sweep-stopped") == 1
    assert "1 legal holds stand that the catalogue does not know" in kept.sweep.attention[0]


def test_erasing_goes_on_when_the_lost_hold_is_back_or_somebody_gives_it_up(kept: Vault) -> None:
    recording, other = kept.record(), kept.record()
    kept.made.desk.enter("hold-placed", {"hold": "hold-0", "person": "p1"}, {})
    kept.set_wall("2035-01-01 09:00")
    kept.run()
    assert kept.listed() == {recording, other}
    kept.hold(recording)  # put back from a backup
    kept.run()
    assert kept.listed() == {recording}
    kept.execute("DELETE FROM held_recordings")
    kept.begin()
    kept.run()
    with pytest.raises(ActionRefused, match="1 legal holds are lost, not 2"):
        kept.holds.give_up(2)
    kept.holds.give_up(1)
    kept.run()
    assert (kept.listed(), kept.sweep.attention) == (set(), ())
    assert "hold-lost" in kept.kinds()
    kept.begin()
    kept.run()
    assert kept.sweep.attention == ()


def test_a_hold_that_was_released_stops_nothing(kept: Vault) -> None:
    recording = kept.record()
    kept.made.desk.enter("hold-placed", {"hold": "hold-7", "person": "p1"}, {})
    kept.made.desk.enter("hold-released", {"hold": "hold-7", "person": "p1"}, {})
    kept.run()
    kept.set_wall("2035-01-01 09:00")
    kept.run()
    assert recording not in kept.listed()
