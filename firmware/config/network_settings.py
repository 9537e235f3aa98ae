"""The settings of the network around the box: what counts as the office's own."""

from __future__ import annotations

from pydantic import Field

from firmware.config.phone_settings import OWN_NETWORKS, Network
from firmware.config.section import Section


class NetworkSettings(Section):
    lan: tuple[Network, ...] = Field(
        default=OWN_NETWORKS, min_length=1, description="from where the page may be opened; all private ones by default"
    )
