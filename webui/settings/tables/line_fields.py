"""What lines of several kinds have in common."""

from __future__ import annotations

from webui.settings.fields import Choices, Field, Node
from webui.settings.tables.calls import MODES

_EMERGENCY: Choices = (("follow", "As the extension or the line, whatever rules say"), *MODES)
TRANSPORTS: Choices = (("udp", "UDP"), ("tcp", "TCP"), ("tls", "TLS"))
SRTP: Choices = (("optional", "If the other side can"), ("required", "Always"), ("off", "Never"))
PORTS = "A range such as 20000-23999."
ADDRESS = "0.0.0.0 stands for every address of the box."

LINE: tuple[Node, ...] = (
    Field("name", "Name", "A short name, such as main. Calls and rules go by it."),
    Field("mode", "Calls are", "Where neither a rule nor the extension says otherwise.", "choice", MODES),
    Field("emergency_mode", "Emergency calls are", "No rule is asked about these.", "choice", _EMERGENCY),
)
OUTSIDE = Field("outside_prefix", "For an outside line", "What is dialled first, such as 9; nothing where nothing is.")
