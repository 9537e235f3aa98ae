"""Lines, and the telephone system's call log."""

from __future__ import annotations

from webui.settings.fields import Choices, Field, Part, Section
from webui.settings.tables.line_fields import ADDRESS, OUTSIDE
from webui.settings.tables.sip_line import GENERATOR, SIP
from webui.settings.tables.tapped_line import ANALOGUE, SIPREC

#: What kinds of line are called where there is little room.
KIND_NAMES = {
    "sip": "By SIP",
    "siprec": "Copies (SIPREC)",
    "analogue": "A tap on wires",
    "generator": "Made-up calls",
}

LINES = Section(
    "lines",
    "Lines",
    "Where calls come from: a provider and a telephone system with the box between them, copies sent by the telephone "
    "system, or a tap on wires.",
    one="Line",
    blanks=(
        ("sip", "a line by SIP, with the box in between"),
        ("siprec", "copies sent by the telephone system (SIPREC)"),
        ("analogue", "a tap on wires"),
        ("generator", "made-up calls, for trying things out"),
    ),
    kinds=(("sip", SIP), ("siprec", SIPREC), ("analogue", ANALOGUE), ("generator", GENERATOR)),
)

_PARITY: Choices = (("none", "None"), ("even", "Even"), ("odd", "Odd"))
_FLOW: Choices = (("none", "None"), ("hardware", "Hardware"), ("software", "Software"))

CALL_LOG = Section(
    "smdr",
    "Call log of the telephone system",
    "What the telephone system logs of its calls, compared with what was recorded. It comes one of three ways.",
    (
        Field("name", "Name", "A short name, such as pbx."),
        Field(
            "format",
            "Format",
            "How it writes its lines. For one of your own choose Custom, and describe it under More.",
            "choice",
            options="formats",
        ),
        Part(
            "serial",
            "Serial port",
            "It comes by a serial port",
            (
                Field("device", "Port", "Such as /dev/serial/by-id/usb-…"),
                Field("baud", "Speed", "Bits a second: 9600 as a rule.", "number"),
                Field("data_bits", "Data bits", "7 or 8.", "number", least=7, most=8),
                Field("parity", "Parity", "", "choice", _PARITY),
                Field("stop_bits", "Stop bits", "1 or 2.", "number", least=1, most=2),
                Field("flow", "Flow control", "", "choice", _FLOW),
            ),
            "serial",
        ),
        Part(
            "listen",
            "The telephone system connects",
            "The telephone system connects to the box",
            (
                Field("bind", "Address and port", ADDRESS),
                Field("addresses", "May come from", "Addresses or networks, one a line.", "lines"),
            ),
            "listen",
        ),
        Part(
            "connect",
            "The box connects",
            "The box connects to the telephone system",
            (Field("host", "Address and port", "Such as 192.168.1.20:1752."),),
            "connect",
        ),
        Field("line", "Line", "Whose calls it logs; not needed where there is one line.", options="lines"),
        Field(
            "trunks",
            "Lines of trunks",
            "“T1 = main”, one a line: the system's name for a trunk, and its line.",
            "pairs",
        ),
        OUTSIDE,
        Field("timezone", "Time zone of its clock", "Nothing: the office's."),
        Field(
            "custom",
            "A format of your own",
            "A description in TOML, for the format Custom alone. Begin with the known one that comes nearest, on the "
            "page Call log.",
            "toml",
            rare=True,
        ),
    ),
    one="Call log",
    blanks=(("call_log", "call log"),),
)
