"""How many pass phrases are checked at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from firmware.core.errors import TooBusy
from webui.fair_share import FairShare
from webui.translation import gettext as _

#: Each costs the opener a second and 64 MB; more would only wait, and hold our threads.
MOST_AT_ONCE = 4
#: So that one machine in the network, whatever it asks for, leaves some for the others.
MOST_OF_ONE_ADDRESS = 2


class Turns:
    """Shared by everything that makes the opener check a pass phrase or put a key under one. Any thread."""

    def __init__(self) -> None:
        self._share = FairShare(MOST_OF_ONE_ADDRESS, MOST_AT_ONCE)

    @contextmanager
    def one(self) -> Iterator[None]:
        """For whoever made the request that is being answered.

        Raises:
            TooBusy: all are taken.
        """
        address = request.remote_addr or ""
        if not self._share.take(address):
            raise TooBusy(_("Several people are signing in at this moment."), _("Wait a few seconds and try again."))
        try:
            yield
        finally:
            self._share.give_back(address)
