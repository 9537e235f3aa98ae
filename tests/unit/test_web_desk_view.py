"""What a paired desk shows of its calls, whichever and however many they are."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from webui.desk.desk_view import desk_document
from webui.live_calls.call_view import Sight, call_document
from webui.live_calls.calls_now import CallsNow

NUMBER = "02079460123"


def call(**changes: Any) -> dict[str, Any]:
    return {
        "state": "connected",
        "extension": "201",
        "office_party": "201",
        "far_party": NUMBER,
        "recording": True,
        "paused": False,
        "actions": ["pause", "remind", "told"],
        **changes,
    }


PAUSED = {"paused": True, "actions": ["resume", "remind"], "resumes_at_ms": 5}


def shown(*calls: dict[str, Any], extension: str = "201") -> dict[str, Any]:
    return desk_document(CallsNow({"sip": {str(place): each for place, each in enumerate(calls)}}), extension)


@pytest.mark.parametrize(
    ("calls", "state", "action"),
    [
        ([], "none", ""),
        ([call()], "on", "pause"),
        ([call(**PAUSED)], "paused", "resume"),
        ([call(actions=["remind"])], "fixed", ""),
        ([call(recording=False, actions=["start"])], "off", ""),
        ([call(extension="202", office_party="202")], "none", ""),
        # Of several calls the least safe counts, whichever is talked in.
        ([call(state="held", **PAUSED), call()], "on", "pause"),
        ([call(state="held"), call(**PAUSED)], "on", "pause"),
        ([call(state="held"), call(actions=[])], "on", "pause"),
        # Where nothing can be asked of that one, the other must not be out of reach.
        ([call(state="held", **PAUSED), call(actions=[])], "fixed", "resume"),
        # Another that only rings is not recorded yet.
        ([call(**PAUSED), call(state="ringing", recording=False)], "paused", "resume"),
        # A pause before the recording has begun.
        ([call(state="ringing", recording=False, **PAUSED)], "paused", "resume"),
    ],
)
def test_the_one_button_does_what_the_call_needs(calls: list[dict[str, Any]], state: str, action: str) -> None:
    document = shown(*calls)
    assert (document["state"], document["action"]) == (state, action)


def test_one_that_is_always_recorded_is_told_beside_a_pause_and_no_time_of_the_other() -> None:
    document = shown(call(state="held", **PAUSED, paused_at_ms=1), call(actions=[]))
    assert document["words"].startswith("One call of this extension is always recorded")
    assert (document["paused_at_ms"], document["resumes_at_ms"]) == (None, None)


def test_of_two_pauses_the_one_that_ends_first_is_told() -> None:
    later = call(state="held", **{**PAUSED, "resumes_at_ms": 9})
    assert shown(later, call(**PAUSED))["resumes_at_ms"] == 5
    assert shown(call(**PAUSED), later)["resumes_at_ms"] == 5


@pytest.mark.parametrize(
    ("known", "state", "action"),
    [
        ([], "away", ""),
        ([call(**PAUSED)], "away", "resume"),
        ([call(recording=False, actions=[])], "away", ""),
        # What is known to be recorded stays so, whatever the other says.
        ([call()], "on", "pause"),
        ([call(actions=[])], "fixed", ""),
    ],
)
def test_while_a_part_of_the_box_is_silent_nothing_is_told_to_be_safe(
    known: list[dict[str, Any]], state: str, action: str
) -> None:
    held = {str(place): each for place, each in enumerate(known)}
    document = desk_document(CallsNow({"sip": held, "analogue": None}), "201")
    assert (document["state"], document["action"]) == (state, action)
    assert document["paused_at_ms"] is None


def test_an_extension_is_known_as_it_is_dialled_and_in_the_box_s_one_form() -> None:
    direct = call(extension="+441632960201", office_party="01632960201")
    assert shown(direct, extension="+441632960201")["state"] == "on"
    assert shown(direct, extension="01632960201")["state"] == "on"
    assert shown(direct, extension="201")["state"] == "none"


def test_a_desk_is_told_no_number_and_no_id() -> None:
    document = shown(call(call_id="c1", recording_id="r1", decided_by="rule “x”"))
    assert not {NUMBER, "c1", "r1"} & set(json.dumps(document).split('"'))


def test_while_lines_is_away_there_is_no_button() -> None:
    document = desk_document(CallsNow(), "201")
    assert (document["state"], document["action"]) == ("away", "")


def test_a_pause_of_which_the_line_can_sound_no_reminder_is_told_on_the_page() -> None:
    paused = call(**PAUSED, paused_at_ms=1)
    assert "Still paused" not in shown(paused)["words"]
    forgotten = {**paused, "reminder_unheard": True}
    assert shown(forgotten)["words"].endswith("Still paused: this line sounds no reminder.")
    card = call_document({**forgotten, "direction": "inbound"}, Sight(True, True, ZoneInfo("UTC")))
    assert card["pause"] == (
        "Paused since 00:00:00. Still paused, and this line sounds no reminder. Goes on by itself at 00:00:00."
    )
