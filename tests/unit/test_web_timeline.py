"""What is drawn over a recording's picture, told beside it, and named in notes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call_record import CallRecord, Hold, Mark, Notice, Party, Pause
from webui.recordings.listening_room import Audio, Stretch
from webui.recordings.note_moments import note_parts
from webui.recordings.timeline import MOST_TOLD, bands, happenings

RECORD = CallRecord("01" * 16, "a", "main", "inbound", Party("02079460123"), Party("201"), 1_782_903_600_000, "always")
HEARD = Audio(
    b"",
    40_000,
    "tag",
    missing=(Stretch(2.0, 0.04, "not taken off the call", "office"), Stretch(30.0, 3.0, "recorder was away")),
    left_out=(
        Stretch(9.5, 12.0, "paused"),
        Stretch(24.0, 5.0, "on hold", "outside party"),
        Stretch(35.0, 1.0, "redacted"),
    ),
    lost_on_the_way=(Stretch(5.0, 0.5, "lost by the network", "outside party"),),
)


def test_each_stretch_says_what_it_is_whose_and_whether_anything_is_heard_there() -> None:
    told = [(band.start_s, band.kind, band.side, band.silent, band.words) for band in bands(HEARD)]
    assert told == [
        (
            2.0,
            "missing",
            "office",
            False,
            "Sound of the office is missing here, 40 milliseconds of it: not taken off the call.",
        ),
        (5.0, "network", "far", False, "The network lost some of the outside party’s sound here."),
        (9.5, "pause", "", True, "The recording was paused here, for 12 seconds: nothing was kept."),
        (
            24.0,
            "hold",
            "far",
            False,
            "The outside party had put the call on hold here, for 5 seconds; its music is not recorded.",
        ),
        (30.0, "missing", "", True, "Sound is missing here, 3.0 seconds of it: recorder was away."),
        (35.0, "silenced", "", True, "Silenced afterwards, for 1 second: nothing of it can be brought back."),
    ]


def test_the_list_beside_the_picture_has_everything_once_each_with_its_moment() -> None:
    at = RECORD.started_at_ms
    call = replace(
        RECORD,
        pauses=(Pause(at + 9_500, at + 10_000, at + 21_500, "page", "alex", "page", "alex"),),
        holds=(Hold(at + 24_000, at + 29_000, "far_party"),),
        announcements=(Notice("call-recorded", "far_party", at - 9000, at, completed=True),),
        marks=(Mark(at + 12_000, "code", "201"), Mark(at + 41_000, "code", "201")),
    )
    told = [(each.kind, each.at_s) for each in happenings(call, at, HEARD)]
    assert told == [
        ("announcement", None),  # before the recording
        ("missing", 2.0),
        ("network", 5.0),
        ("pause", 10.0),
        ("mark", 12.0),
        ("hold", 24.0),
        ("missing", 30.0),
        ("silenced", 35.0),
        ("mark", None),  # after its end
    ]


def test_a_recording_that_was_not_opened_tells_no_place_in_it() -> None:
    call = replace(RECORD, marks=(Mark(RECORD.started_at_ms + 1000, "code", "201"),))
    assert [each.at_s for each in happenings(call, RECORD.started_at_ms, None)] == [None]


def test_a_bad_network_fills_no_page() -> None:
    swarm = tuple(Stretch(2.0 * at, 0.1, "lost by the network", "office") for at in range(1000))
    heard = Audio(b"", 3_600_000, "tag", lost_on_the_way=swarm)
    assert len(bands(heard)) == len(happenings(RECORD, 0, heard)) == MOST_TOLD


def moments(text: str, duration_s: float = 7200.0) -> list[tuple[str, int]]:
    return [(part.text, part.at_s) for part in note_parts(text, duration_s) if part.at_s is not None]


def test_a_note_names_moments_of_the_call() -> None:
    assert moments("@0:07 greets, agrees at @1:05, signs\n@1:02:03") == [
        ("@0:07", 7),
        ("@1:05", 65),
        ("@1:02:03", 3723),
    ]


def test_other_words_of_a_note_are_no_moments() -> None:
    for text in ("call back at 14:30", "a@1:05", "@home", "@1:75", "@1:05:99", "@1:2", "@", "#price", "@1:05:", ""):
        assert moments(text) == []


def test_a_moment_after_the_end_is_plain_text() -> None:
    assert moments("@1:05 and @1:06", 65.0) == [("@1:05", 65)]


@given(st.text(alphabet="@:0123456789 a\n", max_size=40))
def test_the_parts_of_a_note_are_the_note(text: str) -> None:
    assert "".join(part.text for part in note_parts(text, 600.0)) == text
