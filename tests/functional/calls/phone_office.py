"""An office without a telephone system: the lines process, phones that register with it, and the trunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from firmware.core.errors import EarmarkError
from tests.functional.calls.lines_alone import LinesAlone, RingCatcher
from tests.functional.calls.registering import Account, register
from tests.functional.calls.sip_phone import SipPhone
from tests.functional.calls.stage import write_prompt
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.office.ports import free_ports

SECRET = "correct-horse-battery"
DESK, SOFT, COLLEAGUE, PRIVATE = "201", "201-soft", "202", "204"
USERS = (DESK, SOFT, COLLEAGUE, PRIVATE)
PHONES = [
    {"extension": "201", "password": SECRET, "name": "Reception"},
    {"extension": "201", "password": SECRET, "user": SOFT, "always_on": False},
    {"extension": "202", "password": SECRET, "allowed": ["premium"]},
    {"extension": "204", "password": SECRET},
]
SALES = "01632960002"
GROUPS = [{"name": "sales", "numbers": [SALES], "extensions": ["202", "204"], "ring": "in_turn", "turn_s": 5}]


class PhoneOffice:
    """An office without a telephone system: its phones, each on a socket of its own, and the trunk."""

    def __init__(self, lines: LinesAlone, stack: ExitStack) -> None:
        self.lines = lines
        self._stack = stack
        self.rings = stack.enter_context(RingCatcher(lines.home.rings_socket))
        self.trunk = stack.enter_context(lines.trunk_phone())
        self.far, self.near = stack.enter_context(RtpPhone()), stack.enter_context(RtpPhone())

    def phone(self, host: str = "127.0.0.1", port: int = 0) -> SipPhone:
        return self._stack.enter_context(SipPhone(self.lines.box, port, host=host))

    def registered(self, *users: str) -> list[tuple[SipPhone, Account]]:
        made = [(self.phone(), Account(user, SECRET)) for user in users]
        for phone, account in made:
            assert register(phone, account).status == 200
        return made

    @contextmanager
    def another(self) -> Iterator[Self]:
        """The same lines for one more test: with nobody registered, and no ring of a call before."""
        self.rings.forget()
        self.trunk.forget()
        with ExitStack() as self._stack:
            self.far, self.near = self._stack.enter_context(RtpPhone()), self._stack.enter_context(RtpPhone())
            try:
                yield self
            finally:
                for call in self.lines.calls():  # of a test that failed; any other is about to end by itself
                    with suppress(EarmarkError):
                        self.lines.control.post(f"/calls/{call['call_id']}/hang-up", {})
                self.lines.wait_until_quiet()
                for user in USERS:
                    assert register(self.phone(), Account(user, SECRET), expires=0, contact="*").status == 200

    def is_paused(self, wanted: bool) -> bool:
        """Whether the one call is paused, or is not, as is waited for."""
        return bool(self.lines.calls()[0]["paused"]) == wanted

    def shown(self) -> dict[str, dict[str, Any]]:
        return {each["user"]: each for each in self.lines.control.get("/phones")["phones"]}


def without_exchange(folder: Path, **more: Any) -> LinesAlone:
    """Lines of which phones are all that the office has; 204 is never recorded."""
    sip = {
        "office": None,
        "phones": PHONES,
        "groups": GROUPS,
        "registrar": {"registered_at_least_s": 30},
        **more.pop("sip", {}),
    }
    extensions = [{"number": "204", "mode": "never"}]
    return LinesAlone(folder, ports=free_ports(), sip=sip, sections={"extensions": extensions}, **more)


@contextmanager
def phone_office(lines: LinesAlone) -> Iterator[PhoneOffice]:
    """Prepare the lines, let the trunk take its place, then start."""
    lines.prepare()
    write_prompt(lines.home.prompts / "short.wav")
    with ExitStack() as stack:
        made = PhoneOffice(lines, stack)
        stack.enter_context(lines)
        yield made
