"""The demonstration office: one SIP line and the generator line, everything on this machine's loopback."""

from __future__ import annotations

from firmware.config.line_settings import GeneratorLine, OfficePeer, SipLine, SipSettings, Trunk
from firmware.config.settings_model import OfficeSettings, PanelSettings, Settings, SignInSettings, WebSettings
from firmware.core.access_policy import Role

SIGN_IN_FILE = "demo-sign-in.txt"

#: Everybody of the demonstration, as if they had been invited and confirmed already. Whose calls are the staff member's
#: own goes by an extension, which a listener sets on the page.
DEMO_PEOPLE = (
    ("director", Role.DIRECTOR),
    ("listener", Role.SERVICES_MANAGER),
    ("manager", Role.LINE_MANAGER),
    ("dpo", Role.DATA_PROTECTION_OFFICER),
    ("staff", Role.MEMBER_OF_STAFF),
    ("admin", Role.ADMINISTRATOR),
)


def demo_settings() -> Settings:
    """Trunk at 127.0.0.1:5070, the box at :5060, the office's phone at :5080, the page at :8080."""
    return Settings(
        office=OfficeSettings(name="Demonstration office"),
        lines=(
            SipLine(
                name="main",
                kind="sip",
                sip=SipSettings(
                    bind="127.0.0.1:5060",
                    trunks=(Trunk(name="trunk", host="127.0.0.1:5070", addresses=("127.0.0.1:5070",)),),
                    office=OfficePeer(host="127.0.0.1:5080", addresses=("127.0.0.1:5080",)),
                ),
            ),
            GeneratorLine(name="generator", kind="generator"),
        ),
        web=WebSettings(bind="127.0.0.1:8080", tls=False),
        panel=PanelSettings(kind="simulated"),
        sign_in=SignInSettings(second_factor="offered"),  # its sign-ins are shown on the screen anyway
    )
