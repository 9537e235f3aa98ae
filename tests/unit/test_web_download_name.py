"""Names of downloaded recordings."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from webui.recordings.download_name import download_name

LONDON = ZoneInfo("Europe/London")
SUMMER = datetime(2026, 7, 1, 12, 5, 9, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, 12, 5, 9, tzinfo=UTC)


def test_the_name_is_local_time_then_who_called_then_who_was_called() -> None:
    assert download_name(SUMMER, LONDON, "inbound", "02079460123", "201", "mp3") == "20260701130509-02079460123-201.mp3"
    assert (
        download_name(WINTER, LONDON, "outbound", "02079460123", "201", "wav") == "20260101120509-201-02079460123.wav"
    )


def test_a_withheld_caller_reads_withheld() -> None:
    assert download_name(WINTER, LONDON, "inbound", "withheld", "201", "opus") == "20260101120509-withheld-201.opus"


def test_a_plus_and_anything_unsafe_is_left_out() -> None:
    name = download_name(WINTER, LONDON, "inbound", "+44 20", "../../etc/passwd", "wav")
    assert name == "20260101120509-4420-etcpasswd.wav"


@given(st.text(), st.text())
def test_whatever_a_network_sends_as_a_number_the_name_is_safe(far: str, office: str) -> None:
    name = download_name(WINTER, LONDON, "inbound", far, office, "wav")
    assert set(name.removesuffix(".wav")) <= set("0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert len(name) < 100
