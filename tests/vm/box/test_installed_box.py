"""The image as it is shipped: what starts, what listens, who may do what, and what happens when something hangs."""

from __future__ import annotations

import re
import ssl
import urllib.request
from collections.abc import Callable

import dns.message
import dns.query
import dns.rdatatype
import pytest

from tests.vm.box.installed import LISTENING, PROCESSES, main_pid, seconds_to_ready, unit, unlock, wait_until_ready
from tests.vm.box.machine import ADDRESS, Box

_OURS_AT_REST_MB = 200
Record = Callable[[str, object], None]


def test_before_it_is_set_up_only_the_page_for_that_runs(new_box: Box, first_code: str) -> None:
    assert re.fullmatch("[2-9A-Z]{8}", first_code)
    for process in ("recorder", "opener", "keeper", "web"):
        assert new_box.run(f"systemctl is-active {unit(process)}").out.strip() == "inactive"
    shown = new_box.console.read_text(errors="replace")
    assert f"{first_code[:4]}-{first_code[4:]}" in shown, "whoever stands at the box reads the code"
    assert first_code[:4] not in new_box.out("journalctl --no-pager")


def test_it_goes_by_its_name_in_the_office_network(new_box: Box, first_code: str) -> None:
    """Multicast DNS (RFC 6762), asked to answer directly."""
    question = dns.message.make_query("earmark.local", dns.rdatatype.A)
    answer = dns.query.udp(question, ADDRESS, port=5353, timeout=30)
    assert [str(record) for record in answer.answer[0]] == [ADDRESS]


def test_every_process_is_ready_after_set_up_and_nothing_has_failed(box: Box) -> None:
    assert box.out("systemctl --failed --no-legend") == ""
    for process, stated in PROCESSES.items():
        pid = main_pid(box, process)
        assert box.out(f"stat -c %U /proc/{pid}").strip() == stated.user
        assert box.out(f"grep -h ^NoNewPrivs /proc/{pid}/status").split()[1] == "1"
        assert int(box.out(f"grep -h ^CapEff /proc/{pid}/status").split()[1], 16) == 0


def test_the_page_answers_by_tls_and_asks_for_a_sign_in(box: Box) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with urllib.request.urlopen(f"https://{ADDRESS}/", context=context, timeout=60) as answer:
        assert (answer.status, "Sign in" in answer.read().decode()) == (200, True)


def test_nothing_listens_but_what_is_stated(box: Box) -> None:
    found = set()
    for line in box.out("ss -H -tulpn").splitlines():
        protocol, _, _, _, local, _, program = line.split(maxsplit=6)
        found.add((protocol, local, program.split('"')[1]))
    assert found == LISTENING


def test_nobody_has_a_password_and_nobody_can_get_in(box: Box) -> None:
    for line in box.out("cat /etc/shadow").splitlines():
        name, password, *_ = line.split(":")
        assert password in ("*", "!", "!*", "!!"), name
    assert box.run("ls /etc/ssh").status != 0
    assert box.out("systemctl list-units --no-legend '*getty*'") == ""


def test_the_system_is_read_only_and_only_the_state_is_kept(box: Box) -> None:
    assert box.run("touch /usr/marker /etc/marker /boot/marker").status != 0
    assert box.out("findmnt --noheadings --output FSTYPE /var").strip() == "tmpfs"
    options = box.out("findmnt --noheadings --output OPTIONS /var/lib/earmark").strip().split(",")
    assert {"rw", "nodev", "nosuid", "noexec"} <= set(options)
    assert box.out("swapon --show") == ""
    assert box.out("test -b /dev/disk/by-partlabel/earmark-data && echo there").strip() == "there"


def test_each_process_is_as_exposed_as_stated_at_most(box: Box, record_property: Record) -> None:
    shown = box.out("systemd-analyze security --no-pager " + " ".join(unit(process) for process in PROCESSES))
    exposure = dict(re.findall(r"Overall exposure level for earmark-(\S+)\.service: ([\d.]+)", shown))
    record_property("exposure", ", ".join(f"{process} {level}" for process, level in exposure.items()))
    assert exposure.keys() == PROCESSES.keys()
    assert [name for name, stated in PROCESSES.items() if float(exposure[name]) > stated.exposure] == []


def test_the_state_belongs_to_whom_it_should(box: Box) -> None:
    box.out("/opt/earmark/bin/earmark rights check")
    sockets = box.out("stat -c '%n %U' /run/earmark/*/*.sock").splitlines()
    assert {tuple(line.removeprefix("/run/earmark/").split()) for line in sockets} >= {
        ("recorder/recorder.sock", "earmark-recorder"),
        ("opener/opener.sock", "earmark-opener"),
        ("keeper/keeper.sock", "earmark-keeper"),
    }


def test_our_processes_at_rest_take_little_memory(box: Box, record_property: Record) -> None:
    """Proportional shares (PSS, proc(5)): what is shared is counted once."""
    pids = box.out("systemctl show --property MainPID --value 'earmark-*.service'").split()
    shares = {
        box.out(f"cat /proc/{pid}/comm; tr '\\0' ' ' </proc/{pid}/cmdline").strip().split()[-1]: int(
            box.out(f"awk '/^Pss:/{{print $2}}' /proc/{pid}/smaps_rollup")
        )
        / 1024
        for pid in pids
        if pid != "0"
    }
    total = sum(shares.values())
    each = ", ".join(f"{name} {share:.0f}" for name, share in sorted(shares.items()))
    record_property("memory of our processes at rest", f"{total:.0f} MB PSS: {each}")
    assert total < _OURS_AT_REST_MB


@pytest.mark.parametrize("process", ["recorder"])
def test_the_watchdog_ends_a_process_that_hangs_and_it_is_started_again(box: Box, process: str) -> None:
    before = main_pid(box, process)
    box.out(f"kill -STOP {before}")
    box.wait_until(f'test "$(systemctl show --property NRestarts --value {unit(process)})" -ge 1')
    wait_until_ready(box)
    assert main_pid(box, process) != before
    assert "watchdog" in box.out(f"journalctl --no-pager --unit {unit(process)}").lower()


def test_the_data_disk_is_encrypted_in_all_the_room_that_there_is(box: Box, disk_phrase: str) -> None:
    assert len(disk_phrase.split()) == 5
    assert box.out("earmark disk status").startswith("The data disk is unlocked and in use.")
    assert box.out("lsblk --noheadings --output FSTYPE /dev/disk/by-partlabel/earmark-data").split()[0] == "crypto_LUKS"
    size_gb = int(box.out("blockdev --getsize64 /dev/disk/by-partlabel/earmark-data")) / 1e9
    assert size_gb > 10
    assert box.out("earmark data-disk status").startswith("The data disk is there")


def test_with_the_plug_pulled_it_comes_back_by_itself(box: Box, disk_phrase: str, record_property: Record) -> None:
    box.pull_the_plug()
    box.start()
    wait_until_ready(box)
    record_property("from kernel to ready", f"{seconds_to_ready(box):.0f} s")
    assert box.out("systemctl --failed --no-legend") == ""
    assert box.run("systemctl is-active earmark-first-start").out.strip() == "inactive"
    assert "locked" in box.out("earmark disk status"), "whoever carries the box away has nothing"
    unlock(box, disk_phrase)
