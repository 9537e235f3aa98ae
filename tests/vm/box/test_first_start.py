"""A box as it comes from its maker: what it shows, and that whoever reads its label can set it up from a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import pytest

from tests.vm.box.installed import PROCESSES, unit
from tests.vm.box.machine import ADDRESS, Box, started
from tests.vm.box.set_up import code_of, set_up


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


def test_whoever_reads_its_label_sets_it_up_from_a_browser_and_all_its_programs_start(new_box: Box) -> None:
    noted = set_up(new_box)
    assert len(noted.disk_phrase.split()) == 5
    assert new_box.run("systemctl is-active earmark-first-start").out.strip() == "inactive"
    assert new_box.out("systemctl --failed --no-legend") == ""
    assert new_box.out("earmark disk status").startswith("The data disk is unlocked and in use.")
    new_box.out("earmark rights check")
