"""Calls through the whole product whose two phones are driven by hand: what they signal, key and say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.functional.calls.keys import Way, press_keys
from tests.functional.calls.sip_phone import Dialog, SipPhone, offer
from tests.functional.calls.stage import accept
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.office.office import Office
from tests.functional.office.processes import wait_until

NUMBER, CALLER = "01632960001", '"A. Caller" <sip:01632960123@127.0.0.1>'
STAFF = "<sip:201@127.0.0.1>"
_EVENTS = 101  # the payload type in ``offer``


@dataclass
class DrivenCall:
    """One call between a far party and the office's phone. ``call_id`` and ``recording_id`` are the box's."""

    office: Office
    phones: Telephones
    far: RtpPhone
    near: RtpPhone
    far_dialog: Dialog
    near_dialog: Dialog
    call_id: str
    recording_id: str
    _versions: int = field(default=1)

    def view(self) -> dict[str, Any]:
        """The call as pages see it now."""
        return next(call for call in self.office.calls() if call["call_id"] == self.call_id)

    def until(self, timeout_s: float = 15, **expected: object) -> float:
        """Wait until the call is seen so; the monotonic time at which it was."""
        wait_until(
            lambda: {name: self.view()[name] for name in expected} == expected, timeout_s, f"a call to be {expected}"
        )
        return time.monotonic()

    def ask(self, action: str, who: str = "till") -> None:
        """Ask by the control socket, as a till does."""
        self.office.lines.post(f"/calls/{self.call_id}/{action}", {"how": "api", "who": who})

    def staff_press(self, way: Way, keys: str) -> float:
        """The office's phone presses keys; the monotonic time at which the last is over."""
        return press_keys(way, keys, self.near_dialog, self.near, _event_type(self.near_dialog))

    def far_party_presses(self, way: Way, keys: str) -> float:
        return press_keys(way, keys, self.far_dialog, self.far, _event_type(self.far_dialog))

    def staff_hold(self, on: bool) -> None:
        """Put the far party on hold, or take it back (RFC 3264 section 8.4)."""
        self._versions += 1
        direction = "sendonly" if on else "sendrecv"
        body = offer(self.near.port, version=self._versions, direction=direction)
        self.near_dialog.request("INVITE", body)
        self.near_dialog.answered()

    def staff_dial_code(self, code: str) -> float:
        """Dial a code as a call of its own, and hang up once it was answered; the monotonic time of dialling."""
        with RtpPhone() as ear:
            dialled = time.monotonic()
            confirming = self.phones.staff.invite(code, offer(ear.port), calling=STAFF)
            confirming.answered()
            confirming.hang_up()
        return dialled

    def hang_up(self) -> None:
        self.far_dialog.hang_up()
        self.near_dialog.expect_bye()


@dataclass
class Telephones:
    """Everybody outside the box: the trunk, the office's exchange, and a media side for each phone."""

    office: Office
    trunk: SipPhone
    staff: SipPhone
    stack: ExitStack

    def phone(self) -> RtpPhone:
        return self.stack.enter_context(RtpPhone())

    def call_in(self, number: str = NUMBER, calling: str = CALLER, relay: ImpairedRelay | None = None) -> DrivenCall:
        """A call from the trunk, answered by the office. ``relay``: what the far party's sound goes through."""
        far, near, before = self.phone(), self.phone(), self._known()
        if relay is not None:
            relay.phone = ("127.0.0.1", far.port)
        body = offer(far.port if relay is None else relay.outer_port)
        far_dialog = self.trunk.invite(number, body, calling=calling)
        near_dialog = self.staff.expect_call(timeout_s=30)
        accept(near_dialog, near)
        far_dialog.answered()
        return self._connected(far, near, far_dialog, near_dialog, before)

    def call_out(self, number: str = NUMBER, calling: str = STAFF) -> DrivenCall:
        """A call from the office, answered by the trunk."""
        far, near, before = self.phone(), self.phone(), self._known()
        near_dialog = self.staff.invite(number, offer(near.port), calling=calling)
        far_dialog = self.trunk.expect_call()
        accept(far_dialog, far)
        near_dialog.answered()
        return self._connected(far, near, far_dialog, near_dialog, before)

    def _known(self) -> set[str]:
        return {call["call_id"] for call in self.office.calls()}

    def _connected(
        self, far: RtpPhone, near: RtpPhone, far_dialog: Dialog, near_dialog: Dialog, before: set[str]
    ) -> DrivenCall:
        found: list[dict[str, Any]] = []

        def there() -> bool:
            found[:] = [one for one in self.office.calls() if one["call_id"] not in before]
            return bool(found) and found[0]["state"] == "connected"

        wait_until(there, 30, "a new call to be connected")
        for phone in (far, near):
            phone.wait_for_media(15)
        call_id, recording_id = str(found[0]["call_id"]), str(found[0]["recording_id"] or "")
        return DrivenCall(self.office, self, far, near, far_dialog, near_dialog, call_id, recording_id)


@contextmanager
def telephones(office: Office) -> Iterator[Telephones]:
    """The telephones of an office that runs."""
    box = ("127.0.0.1", office.ports.box)
    with ExitStack() as stack:
        trunk = stack.enter_context(SipPhone(box, office.ports.trunk))
        staff = stack.enter_context(SipPhone(box, office.ports.office))
        yield Telephones(office, trunk, staff, stack)


def _event_type(dialog: Dialog) -> int:
    return dialog.invite.event_payload_type if dialog.invite is not None else _EVENTS
