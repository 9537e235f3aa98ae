"""The page on the office's network: sign in, find a call, hear it, see the calls in progress."""

from __future__ import annotations

from webui.application import create_app
from webui.config import WebConfig

__all__ = ["WebConfig", "create_app"]
