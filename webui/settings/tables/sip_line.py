"""A line by SIP with the box in between, and made-up calls."""

from __future__ import annotations

from webui.settings.fields import Choices, Field, Heading, Listed, Node, Part
from webui.settings.tables.line_fields import ADDRESS, LINE, OUTSIDE, PORTS, SRTP, TRANSPORTS

_DEAR: Choices = (("premium", "Premium numbers"), ("international", "Numbers abroad"))


def _prompt(path: str, label: str, says: str = "", *, rare: bool = False) -> Field:
    return Field(path, label, says, options="prompts", rare=rare)


_NOTICE: tuple[Node, ...] = (
    Heading("What callers hear"),
    _prompt("notice.inbound", "Notice to callers", "Before they are put through."),
    _prompt("notice.greeting", "Greeting before it"),
    _prompt("notice.outbound", "Notice to people who are called", "When they answer."),
    _prompt("notice.on_demand", "When a recording is started", "To the other party."),
    Heading("Not to be recorded", "The key by which whoever hears the notice may say no.", rare=True),
    Field("notice.opt_out.key", "Key", "0 to 9, * or #; nothing: they cannot.", rare=True),
    _prompt("notice.opt_out.inbound", "Notice to callers that names the key", rare=True),
    _prompt("notice.opt_out.outbound", "Notice to people who are called that names it", rare=True),
    _prompt("notice.opt_out.confirmation", "To whoever pressed it", rare=True),
    Field(
        "notice.opt_out.wait_s",
        "Counts for",
        "Seconds after the notice.",
        "number",
        least=0,
        most=10,
        rare=True,
    ),
    Field(
        "notice.opt_out.not_for",
        "Never for calls of these classes",
        "One a line.",
        "lines",
        options="classes",
        rare=True,
    ),
)

_PEER: tuple[Node, ...] = (
    Field("host", "Server", "Its name or address, with :port if it is not the usual one."),
    Field("transport", "Transport", "", "choice", TRANSPORTS),
    Field("addresses", "Calls may come from", "Addresses or networks, one a line; nothing: the server's own.", "lines"),
    Field("srtp", "Sound is encrypted", "", "choice", SRTP, rare=True),
    Field(
        "verify_certificate",
        "Only a server that proves its name",
        "Over TLS.",
        "yes",
        rare=True,
    ),
    Field("ca_file", "Who vouches for it", "File on the box; nothing: the usual authorities.", rare=True),
)

_TRUNK: tuple[Node, ...] = (
    Field("name", "Name", "A short name, such as bt."),
    Field("user", "User", "As the provider gives it."),
    Field("password", "Password", "", "secret"),
    Field("register", "Registers with the provider", "Untick where the provider knows the box by its address.", "yes"),
    *_PEER,
    Field("outbound_proxy", "Outbound proxy", "Where the provider asks for one.", rare=True),
    Field("realm", "Realm", "* for any.", rare=True),
)

_PHONE: tuple[Node, ...] = (
    Field("extension", "Extension", "Such as 201. Several phones may share one."),
    Field("name", "Whose it is", "Colleagues see it when it calls."),
    Field("user", "Signs in as", "Nothing: its extension."),
    Field("password", "Password", "Ten letters and digits or more: robots try all short ones.", "secret"),
    Field("shows", "Number shown outside", "Nothing: the line's."),
    Field("allowed", "May dial although it is dear", "", "some", _DEAR),
    Field("always_on", "Always switched on", "Untick for one that may be off without anybody's worry.", "yes"),
)

_GROUP: tuple[Node, ...] = (
    Field("name", "Name", "A short name, such as sales."),
    Field("extensions", "Extensions", "One a line.", "lines"),
    Field("numbers", "Numbers", "That ring it, one a line; nothing: every number that is nobody's.", "lines"),
    Field("ring", "They ring", "", "choice", (("all", "All at once"), ("in_turn", "One after the other"))),
    Field("turn_s", "Each for", "Seconds, one after the other.", "number", least=5, most=120),
)

SIP: tuple[Node, ...] = (
    *LINE,
    Listed(
        "sip.trunks",
        "Providers",
        "Provider",
        "Where calls go out to and come in from; the next is tried where one does not answer.",
        _TRUNK,
        "trunk",
        opened=True,
    ),
    Part(
        "sip.office",
        "Telephone system",
        "The office has a telephone system that calls are put through to",
        _PEER,
        "office_peer",
    ),
    Listed(
        "sip.phones",
        "Phones",
        "Phone",
        "Phones that register with the box, where there is no telephone system.",
        _PHONE,
        "phone",
    ),
    Listed("sip.groups", "Groups", "Group", "Extensions that ring together, or one after the other.", _GROUP, "group"),
    *_NOTICE,
    Heading("Menu", "After the notice: press 1 for … Without a prompt there is none.", rare=True),
    _prompt("menu.prompt", "Says the choices", rare=True),
    Field("menu.choices", "Choices", "“1 = 201”, one a line: key, and number behind it.", "pairs", rare=True),
    _prompt("menu.invalid", "After a key that is no choice", rare=True),
    Field("menu.timeout_s", "Time to choose", "Seconds.", "number", least=1, most=30, rare=True),
    Field("menu.repeats", "Said again", "So many times.", "number", least=0, most=5, rare=True),
    Field("menu.otherwise", "Who chooses nothing goes to", "Nothing: the number that was called.", rare=True),
    Field("menu.hang_up", "Hang up on who chooses nothing", "", "yes", rare=True),
    Heading("Outside opening hours", rare=True),
    _prompt("outside_hours.greeting", "First thing they hear", rare=True),
    Field("outside_hours.target", "Put through to", "Nothing: the number that was called.", rare=True),
    Field("outside_hours.hang_up", "Hang up after the greeting", "", "yes", rare=True),
    Field("outside_hours.menu", "Offer the menu all the same", "", "yes", rare=True),
    Heading("Warning tone", "A burst that both hear while they are recorded.", rare=True),
    Field(
        "warning_tone.every_s",
        "Every so many seconds",
        "0 for none; 15 is the custom.",
        "number",
        least=0,
        most=600,
        rare=True,
    ),
    Field("warning_tone.pitch_hz", "Pitch, in Hz", "", "number", least=300, most=3400, rare=True),
    Field("warning_tone.level_dbm0", "Level, in dBm0", "", "number", least=-40, most=-10, rare=True),
    Heading("All phones", rare=True),
    Field("sip.registrar.networks", "May register from", "Networks, one a line.", "lines", rare=True),
    Field("sip.registrar.allowed", "May dial although it is dear", "", "some", _DEAR, rare=True),
    Field("sip.registrar.shows", "Number shown outside", "Nothing: the extension.", rare=True),
    Field(
        "sip.registrar.calls_at_once",
        "Calls at a time",
        "Of each phone; emergency calls are not counted.",
        "number",
        least=1,
        most=50,
        rare=True,
    ),
    Field(
        "sip.registrar.registered_at_least_s",
        "Registered for at least",
        "Seconds.",
        "number",
        least=30,
        most=3600,
        rare=True,
    ),
    Field(
        "sip.registrar.registered_at_most_s",
        "Registered for at most",
        "Seconds.",
        "number",
        least=60,
        most=7200,
        rare=True,
    ),
    Field(
        "sip.registrar.digests",
        "Digests",
        "MD5 or SHA-256, one a line; many phones give up at SHA-256.",
        "lines",
        rare=True,
    ),
    Heading("Technical", rare=True),
    Field("sip.outside_prefix", OUTSIDE.label, OUTSIDE.says, rare=True),
    Field("sip.no_answer_s", "May ring for", "Seconds.", "number", least=10, most=600, rare=True),
    Field(
        "sip.called_number_from",
        "Called number stands in",
        "",
        "choice",
        (("request-uri", "The request"), ("to", "To")),
        rare=True,
    ),
    Field("sip.bind", "Address and port", ADDRESS, rare=True),
    Field("sip.transports", "Transport", "", "some", TRANSPORTS, rare=True),
    Field("sip.tls_port", "Port for TLS", "", "number", least=1, most=65535, rare=True),
    Field("sip.rtp_ports", "Ports for sound", PORTS, rare=True),
    Field("sip.codecs", "Codecs", "One a line, the best first.", "lines", rare=True),
    Field("sip.nameservers", "Name servers", "For SRV, one a line; nothing: the box's own.", "lines", rare=True),
    Field("sip.session_timer_s", "Session timer", "Seconds.", "number", least=90, most=86400, rare=True),
    Field("sip.public_address", "Address behind NAT", "What to call ourselves outside.", rare=True),
)

GENERATOR: tuple[Node, ...] = (
    *LINE,
    *_NOTICE,
    Field("generator.call_s", "Each call lasts", "Seconds.", "number", least=1, most=7200),
    Field("generator.pause_s", "Pause between calls", "Seconds.", "number", least=0, most=86400),
    Field("generator.simultaneous", "Calls at once", "", "number", least=1, most=250),
)
