"""Which calls are recorded, and what people key to steer that."""

from __future__ import annotations

from webui.settings.fields import Choices, Field, Heading, Section
from webui.translation import marked

MODES: Choices = (
    ("pausable", "Recorded; the office can pause and resume"),
    ("always", "Recorded from beginning to end; nobody can pause it"),
    ("on_demand", "Not recorded, until somebody starts it in the call"),
    ("never", "Never recorded"),
)
_DAYS: Choices = (
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
)
_ONE_A_LINE = "One a line; nothing for all."

RULES = Section(
    "rules",
    "Rules",
    "Which calls are recorded where the line alone does not say. They are asked in this order; the first that applies "
    "decides.",
    (
        Field("name", "Name", "A call's record says that this decided, so name it for what it is about."),
        Field("mode", "Such calls are", "", "choice", MODES),
        Heading("When it applies", "To calls that meet all of this. What is left empty is met by every call."),
        Field(
            "direction",
            "Direction",
            "",
            "choice",
            (("any", "Any"), ("inbound", "Calls that come in"), ("outbound", "Calls that go out")),
        ),
        Field("lines", "Lines", _ONE_A_LINE, "lines", options="lines"),
        Field("extensions", "Extensions", "Such as 202, or 2* for all that begin so. " + _ONE_A_LINE, "lines"),
        Field(
            "numbers", "Numbers of the other party", "Such as 01632 960123, or 0845* for all that begin so.", "lines"
        ),
        Field(
            "presentation",
            "The caller's number is",
            "",
            "choice",
            (("any", "Anything"), ("available", "Shown"), ("withheld", "Withheld"), ("unavailable", "Unavailable")),
        ),
        Field("days", "Days", "None ticked means every day.", "some", _DAYS),
        Field("from", "From", "By the office's clock, such as 09:00."),
        Field("until", "Until", "24:00 is the end of the day; earlier than from goes over midnight."),
        Field(
            "share",
            "Share of these calls",
            "1 is all; 0.25 is one in four, drawn by chance.",
            "number",
            least=0,
            most=1,
        ),
        Heading("What else"),
        Field("retention_class", "Kept as", "The class that says for how long.", options="classes"),
        Field("notice", "The line's notice is played", "Only untick where people are told in another way.", "yes"),
    ),
    one="Rule",
    blanks=(("rule", marked("rule")),),
    ordered=True,
)

EXTENSIONS = Section(
    "extensions",
    "Extensions",
    "What an extension does with its calls where no rule says otherwise: the phone for private calls, say.",
    (
        Field("number", "Extension", "Such as 202."),
        Field("mode", "Its calls are", "", "choice", MODES),
        Field("notice", "The line's notice is played", "Only untick where people are told in another way.", "yes"),
    ),
    one="Extension",
    blanks=(("extension", marked("extension")),),
)

CODES = Section(
    "codes",
    "Codes",
    "What people key on a phone, in the call or as a call of its own. An empty one is switched off.",
    (
        Field("pause", "Pause", "Nothing is recorded from half a second before."),
        Field("resume", "Resume", "Recording goes on."),
        Field("start", "Start recording", "Where calls are recorded on demand."),
        Field("remind", "Play the reminder", "To the other party: that calls are recorded and may be reviewed."),
        Field("told", "Caller was told", "Notes that the other party was told by word of mouth."),
        Field("greeting", "Record a greeting", "Dialled on its own: speak the office's greeting into the phone."),
    ),
)

PAUSE = Section(
    "pause",
    "Pausing",
    "How a pause for card details behaves.",
    (
        Field(
            "look_back_ms",
            "Left out before it",
            "Milliseconds before the request that are not kept either.",
            "number",
            least=0,
            most=900,
        ),
        Field(
            "reminder_s",
            "Reminder to staff",
            "Seconds between tones while a call is paused; 0 for none.",
            "number",
            least=0,
            most=600,
        ),
        Field(
            "resume_after_s",
            "Resumes by itself",
            "After so many seconds, so that a forgotten resume costs little; 0 for never.",
            "number",
            least=0,
            most=3600,
        ),
    ),
)
