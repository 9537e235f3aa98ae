"""The lines process between a trunk and an office phone, both driven by hand and both with media."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

from firmware.core.errors import EarmarkError
from tests.functional.calls.lines_alone import LinesAlone, RingCatcher
from tests.functional.calls.sip_phone import Dialog, Headers, offer
from tests.functional.calls.tones import RATE_HZ, tone
from tests.functional.instruments.rtp import RtpPhone

NUMBER = "01632960001"
NOTICE_HZ, NOTICE_S = 800, 2.0
#: A line with a short notice of the office's own, that a tone detector can tell from everything else.
ANNOUNCED = {"notice": {"inbound": "short", "outbound": ""}}


class Stage:
    """Everybody on the stage; ``call`` comes from the trunk, ``dial`` from the office."""

    def __init__(self, lines: LinesAlone, stack: ExitStack) -> None:
        self.lines = lines
        self.rings = stack.enter_context(RingCatcher(lines.home.rings_socket))
        self.trunk = stack.enter_context(lines.trunk_phone())
        self.office = stack.enter_context(lines.office_phone())
        self.far = stack.enter_context(RtpPhone())
        self.near = stack.enter_context(RtpPhone())

    def call(self, *, calling: str = '"A. Caller" <sip:01632960123@127.0.0.1>', headers: Headers = ()) -> Dialog:
        return self.trunk.invite(NUMBER, offer(self.far.port), calling=calling, headers=headers)

    def dial(self, number: str, *, calling: str = "<sip:201@127.0.0.1>", headers: Headers = ()) -> Dialog:
        return self.office.invite(number, offer(self.near.port), calling=calling, headers=headers)

    def connect(self) -> tuple[Dialog, Dialog]:
        """A call from the trunk, answered by the office: (trunk's dialog, office's dialog)."""
        self._forget_the_call_before()
        caller = self.call()
        called = self.office.expect_call(timeout_s=30)
        accept(called, self.near)
        caller.answered()
        self._hear_each_other()
        return caller, called

    def connect_outbound(self, number: str = NUMBER) -> tuple[Dialog, Dialog]:
        """A call from the office, answered by the trunk: (office's dialog, trunk's dialog)."""
        self._forget_the_call_before()
        caller = self.dial(number)
        called = self.trunk.expect_call()
        accept(called, self.far)
        caller.answered()
        self._hear_each_other()
        return caller, called

    @contextmanager
    def another(self) -> Iterator[Self]:
        """The same lines for one more test: with phones that never had a call, and no ring of a call before."""
        self.rings.forget()
        for peer in (self.trunk, self.office):
            peer.forget()
        with RtpPhone() as self.far, RtpPhone() as self.near:
            try:
                yield self
            finally:
                for call in self.lines.calls():  # of a test that failed; any other is about to end by itself
                    with suppress(EarmarkError):
                        self.lines.control.post(f"/calls/{call['call_id']}/hang-up", {})
                self.lines.wait_until_quiet()

    def _forget_the_call_before(self) -> None:
        """Each call has a place of its own to send to, which its first packet tells."""
        for phone in (self.far, self.near):
            phone.peer = None
            phone.arrivals.clear()

    def _hear_each_other(self) -> None:
        self.lines.wait_for_state("connected")
        self.far.wait_for_media(15)
        self.near.wait_for_media(15)


def accept(called: Dialog, media: RtpPhone) -> None:
    """Ring, answer, and wait for the acknowledgement."""
    assert called.invite is not None
    called.reply(called.invite, 180)
    called.reply(called.invite, 200, offer(media.port, codecs=f"8 {called.invite.event_payload_type}"))
    called.expect_request("ACK")


def refuse(called: Dialog, status: int) -> None:
    assert called.invite is not None
    called.reply(called.invite, status)
    called.expect_request("ACK")


def give_up(caller: Dialog, called: Dialog) -> None:
    """The caller hangs up while it rings (RFC 3261 section 9)."""
    assert called.invite is not None
    called.reply(called.invite, 180)
    caller.expect(180)
    caller.request("CANCEL")
    caller.expect(200, method="CANCEL")
    assert caller.failed() == 487
    called.reply(called.expect_request("CANCEL"), 200)
    called.reply(called.invite, 487)
    called.expect_request("ACK")


@contextmanager
def staged(lines: LinesAlone) -> Iterator[Stage]:
    """Prepare the lines, let everybody take their places, then start."""
    lines.prepare()
    write_prompt(lines.home.prompts / "short.wav")
    with ExitStack() as stack:
        made = Stage(lines, stack)
        stack.enter_context(lines)
        yield made


def write_prompt(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(tone(NOTICE_HZ, NOTICE_S).tobytes())
