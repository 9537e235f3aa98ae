"""Which calls a visitor may have: every one by their role, or those that an approval opened to them."""

from __future__ import annotations

from datetime import datetime

from firmware.core.access_policy import Action
from firmware.core.errors import NotAllowed
from webui.access.gatekeeper import allowed
from webui.access.opener import Opener, Visitor
from webui.requests.request_desk import RequestDesk
from webui.translation import gettext as _
from webui.translation import marked

_ASK_FOR_IT = marked("Ask for it on the page “Requests”.")
_ASK_ANOTHER = marked("Ask somebody whose role does; Help lists the roles.")
#: What an approval lets its person do with a call.
_BY_APPROVAL = frozenset({Action.SEE_RECORDINGS, Action.LISTEN})


class OpenedCalls:
    """Asked at every request: what an approval opened is shut at its end, whatever was heard before."""

    def __init__(self, desk: RequestDesk, opener: Opener) -> None:
        self._desk = desk
        self._opener = opener

    def check(self, who: Visitor, recording_id: str, action: Action) -> datetime | None:
        """Let pass who may; until when, where it is by an approval.

        Raises:
            NotAllowed: neither the role nor an approval allows it; that is in the evidence.
            ServiceAway: the opener cannot be asked.
        """
        if allowed(who, action):
            return None
        if action in _BY_APPROVAL and allowed(who, Action.LISTEN_GRANTED):
            open_call = self._desk.open_calls(who).get(recording_id)
            if open_call is not None:
                return open_call.ends_at
            raise self.refusal(
                who, recording_id, action, _("This call is not open to you, or no longer."), _(_ASK_FOR_IT)
            )
        raise self.refusal(who, recording_id, action, _("Your role does not allow that."), _(_ASK_ANOTHER))

    def refusal(self, who: Visitor, recording_id: str, action: Action, what: str, remedy: str) -> NotAllowed:
        """To be raised; it is in the evidence by then."""
        self._opener.tell_refused(who, action, recording_id)
        return NotAllowed(what, remedy)
