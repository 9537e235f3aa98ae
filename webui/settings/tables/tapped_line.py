"""Lines that only listen: copies sent by the telephone system, and a tap on wires."""

from __future__ import annotations

from webui.settings.fields import Field, Heading, Node, Part
from webui.settings.tables.line_fields import ADDRESS, LINE, OUTSIDE, PORTS, SRTP, TRANSPORTS

_GIVEN_BY = Field(
    "notice_given_by",
    "Who tells callers that they are recorded",
    "This line only listens and can tell nobody: name who does, such as “the telephone system”.",
)
SIPREC: tuple[Node, ...] = (
    *LINE,
    _GIVEN_BY,
    Field(
        "siprec.clients",
        "Recordings may come from",
        "Addresses or networks of the telephone system, one a line.",
        "lines",
    ),
    Field("siprec.office_numbers", "The office's own numbers", "Such as 201, 2* or 01632960*, one a line.", "lines"),
    OUTSIDE,
    Heading("Technical", rare=True),
    Field("siprec.office_pattern", "Or a pattern for them", "A regular expression.", rare=True),
    Field(
        "siprec.direction_unless_known",
        "Direction of other calls",
        "",
        "choice",
        (("inbound", "In"), ("outbound", "Out")),
        rare=True,
    ),
    Field("siprec.ask_to_pause", "Ask the system to send nothing while paused", "", "yes", rare=True),
    Field("siprec.bind", "Address and port", ADDRESS, rare=True),
    Field("siprec.transports", "Transport", "", "some", TRANSPORTS, rare=True),
    Field("siprec.tls_port", "Port for TLS", "", "number", least=1, most=65535, rare=True),
    Field("siprec.client_ca_file", "Who must vouch for it", "File on the box, over TLS; nothing: nobody.", rare=True),
    Field("siprec.srtp", "Sound is encrypted", "", "choice", SRTP, rare=True),
    Field("siprec.rtp_ports", "Ports for sound", PORTS, rare=True),
    Field("siprec.codecs", "Codecs", "One a line, the best first.", "lines", rare=True),
    Field("siprec.session_timer_s", "Session timer", "Seconds.", "number", least=90, most=86400, rare=True),
    Field("siprec.public_address", "Address behind NAT", "", rare=True),
)

_MODEM: tuple[Node, ...] = (
    Field("port", "Port", "Such as /dev/serial/by-id/usb-…; not ttyUSB0, which changes."),
    Field("speed", "Speed", "Bits a second, usually 115200.", "number"),
    Field(
        "caller_id",
        "Numbers are sent by",
        "",
        "choice",
        (("v23-uk", "V.23 (United Kingdom)"), ("bellcore", "Bellcore"), ("dtmf", "Tones")),
    ),
    Field("setup", "Commands instead of the usual", "One a line.", "lines", rare=True),
)

ANALOGUE: tuple[Node, ...] = (
    *LINE,
    _GIVEN_BY,
    Field("analogue.device", "Sound card", "By its ALSA name, such as plughw:CARD=Device."),
    Field(
        "analogue.channels",
        "Channels",
        "1 for a tap on two wires; 1 and 2 on lines of their own: far party, office.",
        "numbers",
    ),
    Field("analogue.number", "Number of the line", "Its own number or extension."),
    Part("analogue.modem", "Modem", "A modem on the line tells who calls", _MODEM, "modem"),
    Heading("Technical", rare=True),
    Field("analogue.sample_rate_hz", "Samples a second", "8000 or 16000.", "number", rare=True),
    Field(
        "analogue.tones",
        "Tones are those of",
        "",
        "choice",
        (("uk", "The United Kingdom"), ("europe", "Europe"), ("north-america", "North America")),
        rare=True,
    ),
    Field(
        "analogue.loop_pin",
        "Pin of the loop detector",
        "BCM number; nothing: there is none.",
        "number",
        least=0,
        most=27,
        rare=True,
    ),
    Field("analogue.loop_closed_is_high", "High while off the hook", "", "yes", rare=True),
    Field("analogue.gain.least_db", "Least gain, in dB", "", "number", least=-20, most=0, rare=True),
    Field(
        "analogue.gain.most_db",
        "Most gain, in dB",
        "By which soft voices are made louder.",
        "number",
        least=0,
        most=24,
        rare=True,
    ),
    Field(
        "analogue.voice_least_dbm0", "Softer than this is noise, in dBm0", "", "number", least=-60, most=-20, rare=True
    ),
    Field(
        "analogue.silence_ends_s",
        "Silence ends a call",
        "Seconds, where no loop detector tells.",
        "number",
        least=5,
        most=300,
        rare=True,
    ),
    Field(
        "analogue.pre_roll_ms",
        "Kept from before the first voice",
        "Milliseconds.",
        "number",
        least=200,
        most=3000,
        rare=True,
    ),
    Field(
        "analogue.hook_clear_ms",
        "Open for so long: the call is over",
        "Milliseconds.",
        "number",
        least=300,
        most=3000,
        rare=True,
    ),
    Field("outside_prefix", OUTSIDE.label, OUTSIDE.says, rare=True),
)
