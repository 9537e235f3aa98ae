"""The network's settings as a new box has them: for whoever cannot reach the page any more."""

from __future__ import annotations

from firmware.config.network_address import split_host_port
from firmware.config.network_settings import NetworkSettings
from firmware.config.settings_model import Settings, WebSettings


def network_at_first(settings: Settings) -> Settings:
    """The same office, with its page on every address and for every private network. Lines and all else stay.

    A page without TLS stays on this machine itself.
    """
    web = settings.web
    if web.tls:
        _, port = split_host_port(web.bind)
        everywhere, _ = split_host_port(WebSettings().bind)
        web = web.model_copy(update={"bind": f"{everywhere}:{port}"})
    return settings.model_copy(update={"web": web, "network": NetworkSettings()})
