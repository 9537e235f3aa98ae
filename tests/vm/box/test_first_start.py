"""A box as it comes from its maker: what it shows, and that whoever reads its label can set it up from a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import pytest

from tests.functional.calls.lines_alone import wait_until
from tests.integration.set_up_page import SetUpPage
from tests.integration.settings_form import fields_of
from tests.vm.box.installed import PROCESSES, unit
from tests.vm.box.machine import ADDRESS, OUTSIDE, Box, started
from tests.vm.box.set_up import code_of, set_up
from tests.vm.box.telephones import Call, inbound_call

#: As an installer types it.
_LINE = {
    "name": "main",
    "sip.bind": "0.0.0.0:5060",
    "sip.trunks.0.name": "trunk",
    "sip.trunks.0.host": f"{OUTSIDE}:5070",
    "sip.trunks.0.addresses": f"{OUTSIDE}:5070",
    "sip.office.here": "yes",
    "sip.office.host": f"{OUTSIDE}:5080",
    "sip.office.addresses": f"{OUTSIDE}:5080",
}


@pytest.fixture(scope="module")
def new_box(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with started(image, tmp_path_factory.mktemp("new-box")) as box:
        yield box


def test_before_it_is_set_up_only_the_page_for_that_runs_and_its_code_is_on_its_screens_alone(new_box: Box) -> None:
    code = code_of(new_box)
    assert re.fullmatch("[2-9A-Z]{8}", code)
    for process in (*PROCESSES, "lines"):
        assert new_box.run(f"systemctl is-active {unit(process)}").out.strip() == "inactive"
    assert f"{code[:4]}-{code[4:]}" in new_box.console.read_text(errors="replace")
    assert code[:4] not in new_box.out("journalctl --no-pager")
    assert new_box.out("systemctl --failed --no-legend") == ""


def test_it_goes_by_its_name_in_the_office_network(new_box: Box) -> None:
    """Multicast DNS (RFC 6762), asked to answer directly."""
    question = dns.message.make_query("earmark.local", dns.rdatatype.A)
    answer = dns.query.udp(question, ADDRESS, port=5353, timeout=30)
    assert [str(record) for record in answer.answer[0]] == [ADDRESS]


def test_an_installer_hears_a_call_on_a_drafted_line_and_nothing_of_it_is_kept(new_box: Box) -> None:
    """From outside, through the packet filter, which lets in whom the draft names as long as the lines are tried."""
    page = SetUpPage(443, ADDRESS)
    try:
        assert page.begin(code_of(new_box)) == 303
        form = fields_of(page.get("/settings/lines/new?kind=sip")[1])
        status, text = page.post("/settings/lines/keep", **{**form, **_LINE})
        assert status == 303, text
        assert page.post("/set-up/installer/test/begin")[0] == 303
        wait_until(lambda: "working" in levels(page), 300, lambda: levels(page))
        assert "5060" in new_box.out("nft list chain inet earmark incoming")
        page.close()  # the call lasts longer than the page holds a connection that says nothing
        phones, plan = inbound_call(10)
        with phones:
            Call(phones, phones.place(plan)).talk_until_over()
        wait_until(lambda: "All sides heard" in levels(page), 60, lambda: levels(page))
        assert page.post("/set-up/installer/test/end")[0] == 303
    finally:
        page.close()
    assert "5060" not in new_box.out("nft list chain inet earmark incoming")
    assert new_box.run("systemctl is-active earmark-trial").out.strip() == "inactive"
    assert new_box.run("test -e /run/earmark-trial").status == 1
    assert new_box.out("find / -name '*.ear' -not -path '/proc/*'") == ""
    assert new_box.out("systemctl --failed --no-legend") == ""


def test_whoever_reads_its_label_sets_it_up_from_a_browser_and_all_its_programs_start(new_box: Box) -> None:
    noted = set_up(new_box)
    assert len(noted.disk_phrase.split()) == 5
    assert new_box.run("systemctl is-active earmark-first-start").out.strip() == "inactive"
    assert new_box.out("systemctl --failed --no-legend") == ""
    assert new_box.out("earmark disk status").startswith("The data disk is unlocked and in use.")
    new_box.out("earmark rights check")


def levels(page: SetUpPage) -> str:
    return page.get("/set-up/installer/test/levels")[1]
