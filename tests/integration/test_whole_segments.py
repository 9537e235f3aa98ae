"""A recording of one segment, as most are: it is played as it was recorded, or to where it broke off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.ogg_opus import LAST_PAGE, DamagedOgg, read_pages, write_page
from firmware.core.opus_timeline import OpusSegment, join_segments
from tests.integration.sealed_call import RATE_HZ, conversation, ogg_of

SAMPLES = int(2.05 * RATE_HZ)


def test_a_segment_that_was_ended_stays_byte_for_byte_and_is_as_long_as_what_was_said() -> None:
    whole = ogg_of(conversation(2.05))
    joined = join_segments([OpusSegment(0, whole)])
    assert (joined.ogg, joined.samples, joined.gaps) == (whole, SAMPLES, ())


def test_a_segment_that_broke_off_is_given_an_end() -> None:
    pages = list(read_pages(ogg_of(conversation(2.05))))
    broken_off = b"".join(map(write_page, [*pages[:-1], replace(pages[-1], flags=0, granule=pages[-1].granule + 960)]))
    joined = join_segments([OpusSegment(0, broken_off)])
    last = list(read_pages(joined.ogg))[-1]
    assert last.flags & LAST_PAGE
    assert SAMPLES <= joined.samples < SAMPLES + 0.12 * RATE_HZ


def test_a_segment_whose_page_was_altered_is_refused_though_nothing_is_put_together() -> None:
    whole = bytearray(ogg_of(conversation(2.05)))
    whole[len(whole) // 2] ^= 1
    with pytest.raises(DamagedOgg, match="wrong checksum"):
        join_segments([OpusSegment(0, bytes(whole))])
