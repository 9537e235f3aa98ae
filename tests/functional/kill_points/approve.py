"""Opening two calls to a colleague for a day, and shutting them when it is over: then nothing of it is left."""

from __future__ import annotations

from pathlib import Path

from firmware.core.access_request import RequestState
from tests.integration.asked_office import DAY_S, AskedOffice, found_office, office_at_work, record_calls


def prepare(home: Path) -> None:
    found_office(home)
    office = office_at_work(home)
    office.ask(*record_calls(office, 2))


def run(home: Path, given: None) -> None:
    """The opener starts, a director approves what still waits, and a day goes by."""
    office = office_at_work(home)
    office.requests.end_due()
    (request,) = office.requests.mine(office.tokens["lena"])
    if request.state is RequestState.ASKED:
        assert office.grant_files() == [], "what an approval left that was cut short"
        done = office.approve(request, *request.calls, days=1)
        for call in done.approved_calls:
            assert office.opened(call) == [office.true_key(call)]
    office.clock.now_s += DAY_S
    assert office.open_to() == []
    office.requests.end_due()


def check(home: Path, given: None) -> list[str]:
    office: AskedOffice = office_at_work(home)
    (request,) = office.requests.mine(office.tokens["lena"])
    wrong = [f"{path.name} is left" for path in office.home.recordings.rglob("*.grant*")]
    if request.state is not RequestState.ENDED:
        wrong.append(f"the request is {request.state}")
    if len(request.approved_calls) != 2:
        wrong.append(f"the request says {request.calls}")
    return wrong
