"""The box itself: who is told when something is wrong, button and light, page and sign-in."""

from __future__ import annotations

from webui.settings.fields import Field, Heading, Listed, Section

ALERTS = Section(
    "alerts",
    "Alerts",
    "Who is told when something is wrong. Without anybody here the page and the light alone tell it.",
    (
        Listed(
            "destinations",
            "Who is told",
            "Destination",
            "E-mail, a webhook, or many another service.",
            (
                Field("name", "Name", "A short name, such as office-mail."),
                Field(
                    "url",
                    "Address",
                    "Such as mailtos://user:password@example.org?to=office@example.org, or jsons://… for a webhook. It "
                    "holds passwords, and is shown to nobody.",
                    "secret",
                ),
                Field("of", "Is told of", "", "choice", (("everything", "Everything"), ("faults", "Faults only"))),
                Field("digest", "Gets the daily digest", "", "yes"),
            ),
            "destination",
            opened=True,
        ),
        Heading("When"),
        Field("digest_at", "Daily digest at", "Such as 08:00."),
        Field("quiet_from", "Quiet from", "From then on only faults are told."),
        Field("quiet_until", "Quiet until", "The same as from: never quiet."),
        Field("most_an_hour", "Most messages an hour", "More news than that waits.", "number", least=1, most=60),
        Field(
            "quiet_line_hours",
            "A line without a call",
            "Is told after so many office hours; 0 for never.",
            "number",
            least=0,
            most=1000,
        ),
        Field("quiet_lines", "Lines that may be quiet", "One a line: nobody may call there for weeks.", "lines"),
        Field(
            "metrics_token_sha256",
            "Who may read the figures",
            "SHA-256 of the token of a monitoring system; nothing for nobody.",
            rare=True,
        ),
    ),
)

PANEL = Section(
    "panel",
    "Button and light",
    "The front of the box.",
    (
        Field(
            "kind",
            "There is",
            "",
            "choice",
            (
                ("none", "No button or light"),
                ("gpio", "A button and a light on the box"),
                ("simulated", "A simulation"),
            ),
        ),
        Field(
            "button",
            "A short press pauses",
            "",
            "choice",
            (("all", "All calls"), ("line", "The calls of the line in use")),
        ),
    ),
)

NETWORK = Section(
    "network",
    "Network",
    "From where the page may be opened.",
    (
        Field(
            "lan",
            "The office's own networks",
            "Such as 192.168.1.0/24, one a line. Nobody else gets an answer from the page. The front button, held for "
            "long, sets this back.",
            "lines",
        ),
    ),
)

WEB = Section(
    "web",
    "This page",
    "Where the page is served. A mistake here can shut everybody out; the front button, held for long, sets it back.",
    (
        Field("host_names", "Further names", "By which browsers may ask for the page, one a line.", "lines"),
        Field("bind", "Address and port", "0.0.0.0 stands for every address of the box.", rare=True),
        Field("tls", "Encrypted (TLS)", "Without it the page is only served on the box itself.", "yes", rare=True),
    ),
)

SIGN_IN = Section(
    "sign_in",
    "Signing in",
    "How strict signing in is. The limits are those of PCI DSS 4.0.1.",
    (
        Field("idle_minutes", "Ends when idle", "After so many minutes.", "number", least=1, most=15),
        Field("longest_hours", "Ends at the latest", "After so many hours.", "number", least=1, most=24),
        Field("failures_allowed", "Wrong tries", "Until a sign-in is locked.", "number", least=3, most=10),
        Field("locked_minutes", "Locked for", "So many minutes.", "number", least=30, most=1440),
        Field(
            "second_factor",
            "Second step",
            "For everybody who may listen.",
            "choice",
            (("required", "Required"), ("offered", "Offered")),
        ),
    ),
)

RECORDER = Section(
    "recorder",
    "Recording itself",
    "How speech is stored. Hardly anybody needs to change this.",
    (
        Field(
            "bitrate",
            "Bits a second",
            "For both parties; below 36000 speech suffers.",
            "number",
            least=12000,
            most=128000,
        ),
        Field("complexity", "Effort of the encoder", "0 to 10.", "number", least=0, most=10),
        Field("workers", "Workers", "How many encode at once.", "number", least=1, most=16),
        Field(
            "minimum_free_mb",
            "Alarm below, in MB",
            "Free room on the disk.",
            "number",
            least=50,
            most=1_000_000,
        ),
        Field(
            "spool_mb",
            "Room while the disk is locked, in MB",
            "For calls that are recorded before somebody unlocks the data disk.",
            "number",
            least=10,
            most=1_000_000,
        ),
    ),
)
