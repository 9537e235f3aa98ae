"""The office, and when it is open."""

from __future__ import annotations

from webui.settings.fields import Field, Listed, Node, Section

_SPAN = "From and to, such as 09:00-12:30; one span a line, nothing for a day on which it is closed."
_DAYS = (
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
)

OFFICE = Section(
    "office",
    "Name and place",
    "What the office is called, and by which country's numbers and clock it goes.",
    (
        Field("name", "Name of the office", "At the head of every page and on everything that is printed."),
        Field("country", "Country", "Two letters, such as GB. Emergency numbers and tones go by it."),
        Field("timezone", "Time zone", "Such as Europe/London. Pages and downloads show times in it."),
    ),
)

_HOLIDAY: tuple[Node, ...] = (
    Field("name", "What it is", "Such as Christmas Day."),
    Field("date", "Day", "Such as 2026-12-25."),
    Field("until", "Last day", "For several days in a row; nothing for one day."),
    Field("hours", "Open all the same", "Such as 10:00-12:00; nothing where it is closed.", "lines"),
)

HOURS = Section(
    "hours",
    "Opening hours",
    "When the office is open. With no hours at all it counts as always open.",
    (
        *(Field(key, name, _SPAN if key == "mon" else "", "lines") for key, name in _DAYS),
        Listed(
            "holidays",
            "Holidays",
            "Holiday",
            "Days with hours of their own, or with none.",
            _HOLIDAY,
            "holiday",
        ),
    ),
)
