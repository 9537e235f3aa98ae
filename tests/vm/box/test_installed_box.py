"""The image as it is shipped: what starts, what listens, who may do what, and what happens when something hangs."""

from __future__ import annotations

import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.vm.box.installed import (
    LISTENING,
    PROCESSES,
    main_pid,
    seconds_of_start,
    seconds_to_ready,
    unit,
    unlock,
    wait_until_ready,
)
from tests.vm.box.machine import ADDRESS, Box

#: What a box with a gigabyte can spare; the aim is half of it.
_OURS_AT_REST_MB = 400
Record = Callable[[str, object], None]


def test_every_process_is_ready_after_set_up_and_nothing_has_failed(box: Box) -> None:
    assert box.out("systemctl --failed --no-legend") == ""
    for process, stated in PROCESSES.items():
        pid = main_pid(box, process)
        assert box.out(f"stat -c %U /proc/{pid}").strip() == stated.user
        assert box.out(f"grep -h ^NoNewPrivs /proc/{pid}/status").split()[1] == "1"
        assert int(box.out(f"grep -h ^CapEff /proc/{pid}/status").split()[1], 16) == 0


def test_nothing_in_memory_reaches_a_disk_by_swap_or_a_core_dump(box: Box) -> None:
    assert box.out("swapon --show") == ""
    assert box.out("cat /proc/sys/kernel/core_pattern").strip() == "|/bin/false"
    for process in PROCESSES:
        limits = box.out(f"cat /proc/{main_pid(box, process)}/limits")
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), process
        assert box.out(f"systemctl show --property MemorySwapMax --value {unit(process)}").strip() == "0"


def test_the_packet_filter_and_the_certificates_are_in_place(box: Box) -> None:
    assert box.out("systemctl is-active earmark-firewall").strip() == "active"
    for process in ("firewall", "firewall-names", "certificate"):
        assert box.out(f"systemctl show --property Result --value {unit(process)}").strip() == "success"
    assert "policy drop" in box.out("nft list ruleset")
    assert "BEGIN CERTIFICATE" in box.out("cat /var/lib/earmark/state/certificates/authority.pem")


def test_the_page_answers_by_tls_and_asks_for_a_sign_in(box: Box) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"https://{ADDRESS}/", context=context, timeout=60)
    with refused.value as answer:
        assert (answer.code, "Sign in" in answer.read().decode()) == (401, True)


def test_nothing_listens_but_what_is_stated(box: Box) -> None:
    found = set()
    for line in box.out("ss -H -tulpn").splitlines():
        protocol, _, _, _, local, _, program = line.split(maxsplit=6)
        found.add((protocol, local, program.split('"')[1]))
    assert found == LISTENING


def test_no_other_of_our_processes_can_take_the_pages_port(box: Box) -> None:
    """Tried from within each one's control group; on another address than the page's, which is taken."""
    bind = "import socket; socket.socket().bind(('127.0.0.1', 443))"
    for process in set(PROCESSES) - {"web"}:
        group = f"/sys/fs/cgroup/$(systemctl show --property ControlGroup --value {unit(process)})"
        said = box.run(f'echo $$ >{group}/cgroup.procs && exec /usr/bin/python3 -c "{bind}"')
        assert "PermissionError" in said.err, (process, said)
    assert "Address already in use" in box.run(f'/usr/bin/python3 -c "{bind}"').err


def test_nobody_has_a_password_and_nobody_can_get_in(box: Box) -> None:
    for line in box.out("cat /etc/shadow").splitlines():
        name, password, *_ = line.split(":")
        assert password in ("*", "!", "!*", "!!"), name
    assert box.run("ls /etc/ssh").status != 0
    assert box.out("systemctl list-units --no-legend '*getty*.service'") == ""


def test_the_system_is_read_only_and_only_the_state_is_kept(box: Box) -> None:
    assert box.run("touch /usr/marker /etc/marker /boot/marker").status != 0
    assert box.out("findmnt --noheadings --output FSTYPE /var").strip() == "tmpfs"
    options = box.out("findmnt --noheadings --output OPTIONS /var/lib/earmark").strip().split(",")
    assert {"rw", "nodev", "nosuid", "noexec"} <= set(options)
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


def test_the_watchdog_ends_a_process_that_hangs_and_it_is_started_again(box: Box) -> None:
    before = main_pid(box, "recorder")
    box.out(f"kill -STOP {before}")
    box.wait_until(f'test "$(systemctl show --property NRestarts --value {unit("recorder")})" -ge 1')
    wait_until_ready(box)
    assert main_pid(box, "recorder") != before
    assert "watchdog" in box.out(f"journalctl --no-pager --unit {unit('recorder')}").lower()


def test_the_data_disk_is_encrypted_in_all_the_room_that_there_is(box: Box, disk_phrase: str) -> None:
    assert len(disk_phrase.split()) == 5
    assert box.out("earmark disk status").startswith("The data disk is unlocked and in use.")
    assert (
        box.out("lsblk --nodeps --noheadings --output FSTYPE /dev/disk/by-partlabel/earmark-data").strip()
        == "crypto_LUKS"
    )
    size_gb = int(box.out("blockdev --getsize64 /dev/disk/by-partlabel/earmark-data")) / 1e9
    assert size_gb > 10
    assert box.out("earmark data-disk status").startswith("The data disk is there")


def test_the_data_disk_is_locked_and_unlocked_while_everything_runs(box: Box, disk_phrase: str) -> None:
    box.out("earmark disk close")
    assert "locked" in box.out("earmark disk status")
    assert box.run("mountpoint -q /var/lib/earmark/data").status != 0
    assert box.run("printf 'another phrase\\n' | earmark disk open").status != 0
    unlock(box, disk_phrase)
    wait_until_ready(box)
    assert box.out("systemctl --failed --no-legend") == ""
    box.out("earmark rights check")


def test_with_the_plug_pulled_it_comes_back_by_itself(box: Box, disk_phrase: str, record_property: Record) -> None:
    box.pull_the_plug()
    box.start()
    wait_until_ready(box)
    record_property("from kernel to ready", f"{seconds_to_ready(box):.0f} s")
    for process in PROCESSES:
        record_property(f"{process}, from its start to ready", f"{seconds_of_start(box, process):.1f} s")
    assert box.out("systemctl --failed --no-legend") == ""
    assert box.run("systemctl is-active earmark-first-start").out.strip() == "inactive"
    assert "locked" in box.out("earmark disk status"), "whoever carries the box away has nothing"
    unlock(box, disk_phrase)
