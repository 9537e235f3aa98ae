"""The units as systemd would read them: who runs what, and what each may not do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.adapters.keys.process_memory import FORGETTING
from firmware.core.lines_instance import LINES_INSTANCES, process_name

UNITS = Path(__file__).parents[2] / "systemd"
PROCESSES = ("lines", "recorder", "opener", "keeper", "web", "panel")
ON_THE_NETWORK = ("lines", "keeper", "web")


def settings_of(file: Path) -> dict[str, list[str]]:
    """Key → values in order, sections aside; systemd lets a key repeat."""
    settings: dict[str, list[str]] = {}
    for line in file.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            settings.setdefault(key, []).append(value)
    return settings


def unit(process: str) -> dict[str, list[str]]:
    """With what its own folder of settings lays over it, over the shared sandbox as well."""
    name = f"earmark-{process}.service"
    settings: dict[str, list[str]] = {}
    for file in (UNITS / name, *sorted((UNITS / f"{name}.d").glob("*.conf"))):
        for key, values in settings_of(file).items():
            settings.setdefault(key, []).extend(values)
    return settings


NEEDED = "/opt/earmark/bin/python -m firmware.adapters.settings.needed"
#: Of these systemd adds up what several files say; of all others it takes the last word.
ADDED_UP = {"Environment", "InaccessiblePaths", "ReadOnlyPaths", "ReadWritePaths", "SupplementaryGroups"}
LINES = [process_name(instance) for instance in LINES_INSTANCES]
SANDBOX = settings_of(UNITS / "earmark-.service.d" / "10-sandbox.conf")


@pytest.mark.parametrize("file", sorted(UNITS.glob("earmark-*.service")), ids=lambda file: file.stem)
def test_a_unit_leaves_exceptions_from_the_shared_sandbox_to_its_own_folder_for_its_own_word_would_not_count(
    file: Path,
) -> None:
    own = settings_of(file)
    assert own.keys() & (SANDBOX.keys() - ADDED_UP) == set()
    assert variables_of(own) & variables_of(SANDBOX) == set()


def variables_of(settings: dict[str, list[str]]) -> set[str]:
    """Of one variable, too, systemd takes the last word."""
    return {word.partition("=")[0] for line in settings.get("Environment", []) for word in line.split()}


@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_runs_as_a_user_of_its_own_that_sysusers_makes(process: str) -> None:
    user = f"earmark-{process}"
    assert unit(process)["User"] == [user]
    assert f"u {user} " in (UNITS / "earmark.sysusers").read_text()


@pytest.mark.parametrize("process", sorted(set(PROCESSES) - set(ON_THE_NETWORK)))
def test_only_lines_keeper_and_web_reach_a_network(process: str) -> None:
    assert unit(process)["PrivateNetwork"] == ["yes"]
    assert unit(process)["RestrictAddressFamilies"] == ["AF_UNIX"]


@pytest.mark.parametrize("process", sorted(set(PROCESSES) - {"recorder", "opener"}))
def test_nobody_but_the_opener_sees_its_secret_and_nobody_but_the_recorder_the_signing_key(process: str) -> None:
    hidden = " ".join(unit(process)["InaccessiblePaths"])
    assert "/var/lib/earmark/state/opener" in hidden
    assert "/var/lib/earmark/state/keys" in hidden


def test_the_recorder_cannot_see_the_openers_secret_nor_the_opener_the_signing_key() -> None:
    assert "/var/lib/earmark/state/opener" in " ".join(unit("recorder")["InaccessiblePaths"])
    assert "/var/lib/earmark/state/keys/device.key" in " ".join(unit("opener")["InaccessiblePaths"])


@pytest.mark.parametrize("process", sorted(set(PROCESSES) - {"opener"}))
def test_nobody_but_the_opener_sees_people_and_paired_desks(process: str) -> None:
    hidden = " ".join(unit(process)["InaccessiblePaths"])
    assert "/var/lib/earmark/state/people.json" in hidden
    for name in ("desks", "invitations", "recipients"):
        assert f"/var/lib/earmark/state/{name}.json" in hidden


@pytest.mark.parametrize("process", LINES)
def test_lines_cannot_see_what_was_recorded_nor_any_secret(process: str) -> None:
    hidden = " ".join(unit(process)["InaccessiblePaths"])
    for place in ("data", "state/opener", "state/keys", "state/people.json", "state/desks.json"):
        assert f"/var/lib/earmark/{place}" in hidden


@pytest.mark.parametrize("process", LINES)
def test_each_kind_of_line_is_a_process_of_its_own_and_starts_only_where_there_is_one(process: str) -> None:
    kind = process.removeprefix("lines-")
    command = "/opt/earmark/bin/earmark lines" + (f" --only {kind}" if kind != process else "")
    assert unit(process)["ExecStart"] == [command]
    assert unit(process)["ExecCondition"] == [f"{NEEDED} {process}"]
    assert unit(process)["User"] == ["earmark-lines"]
    assert f"earmark-{process}.service" in settings_of(UNITS / "earmark.target")["Wants"][0].split()
    assert int(unit(process)["WatchdogSec"][0]) <= 15


def test_neither_an_update_s_judge_nor_the_peers_names_wait_for_a_program_that_may_never_start() -> None:
    """Nor for a target that does."""
    for waits in ("update-confirm", "firewall-names"):
        ours = {name for name in " ".join(unit(waits)["After"]).split() if name.startswith("earmark")}
        assert ours <= {"earmark-firewall.service"}, waits


def test_lines_on_trial_see_nothing_of_the_data_folder_and_run_only_before_there_is_an_office() -> None:
    trial = unit("trial")
    assert trial["User"] == ["earmark-lines"]
    assert trial["InaccessiblePaths"] == ["-/var/lib/earmark"]
    assert "!/var/lib/earmark/state/settings.json" in trial["ConditionPathExists"]
    assert trial["Restart"] == ["no"]
    assert trial["WantedBy"] == [""], "it is started from the set-up page, and by nothing else"
    assert "earmark-trial" not in (UNITS / "earmark.target").read_text()


def test_a_box_without_a_panel_starts_none_and_the_panel_reaches_nothing_but_pins_and_sockets() -> None:
    assert unit("panel")["ExecCondition"] == [f"{NEEDED} panel"]
    assert unit("panel")["DeviceAllow"] == ["char-gpiochip rw"]
    assert unit("panel")["PrivateNetwork"] == ["yes"]


def test_who_listens_on_wires_reaches_no_network() -> None:
    assert unit("lines-analogue")["PrivateNetwork"] == ["yes"]
    assert unit("lines-analogue")["RestrictAddressFamilies"] == ["AF_UNIX"]


@pytest.mark.parametrize("process", sorted(set(PROCESSES) - {"recorder", "keeper", "opener"}))
def test_nobody_but_recorder_keeper_and_opener_may_write_to_the_store(process: str) -> None:
    assert SANDBOX["ProtectSystem"] == ["strict"]
    written = " ".join(unit(process).get("ReadWritePaths", [])).split()
    on_the_data_disk = {path for path in written if path.startswith("-/var/lib/earmark/data")}
    assert on_the_data_disk <= {"-/var/lib/earmark/data/update"}, "an update is sent from the page"


@pytest.mark.parametrize("process", ["opener", "web", "first-start"])
def test_who_learns_peoples_secrets_forgets_what_it_frees(process: str) -> None:
    assert unit(process)["Environment"] == [" ".join(f"{name}={value}" for name, value in FORGETTING.items())]


@pytest.mark.parametrize("process", ["opener", "web", "first-start", "recorder"])
def test_a_process_that_keeps_its_memory_out_of_swap_can_still_start_threads(process: str) -> None:
    """Every stack counts as locked in full, used or not: with a limit, thread number n does not start."""
    assert unit(process)["LimitMEMLOCK"] == ["infinity"]
    assert "MemoryMax" in unit(process)


def test_every_process_is_started_again_for_ever_and_leaves_no_core_and_no_swap() -> None:
    assert SANDBOX["Restart"] == ["always"]
    assert SANDBOX["StartLimitIntervalSec"] == ["0"]
    assert SANDBOX["LimitCORE"] == ["0"]
    assert SANDBOX["MemorySwapMax"] == ["0"]


@pytest.mark.parametrize("process", ["lines", "recorder", "opener", "keeper", "panel", "box"])
def test_a_process_that_hangs_is_ended_by_the_watchdog(process: str) -> None:
    assert int(unit(process)["WatchdogSec"][0]) <= 15


def test_a_page_whose_workers_hang_is_ended_by_the_watchdog() -> None:
    assert int(unit("web")["WatchdogSec"][0]) <= 60


@pytest.mark.parametrize(
    ("process", "at_most"),
    [*((name, 2.0) for name in PROCESSES if name != "lines"), *((name, 3.0) for name in LINES), ("box", 3.5)],
)
def test_a_process_that_is_taken_over_can_do_little(
    process: str, at_most: float, record_property: Callable[[str, object], None]
) -> None:
    """By systemd's own count, from 0 (nothing) to 10 (everything)."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / f"earmark-{process}.service"],
        env={"SYSTEMD_UNIT_PATH": f"{UNITS}:", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    record_property(f"exposure of {process}", found[1])
    assert float(found[1]) <= at_most


@pytest.mark.parametrize("process", [*PROCESSES, *LINES, "box"])
def test_no_process_takes_all_memory_or_all_tasks(process: str) -> None:
    assert "MemoryMax" in unit(process)
    assert int(unit(process)["TasksMax"][0]) <= 512


def test_a_missing_data_disk_keeps_no_process_from_starting() -> None:
    """The state is waited for; the disk is mounted when somebody unlocked it, and nothing needs that."""
    for file in UNITS.glob("*.service"):
        settings = settings_of(file)
        assert "/var/lib/earmark/data" not in " ".join(settings.get("RequiresMountsFor", [])), file.name
        for name in ("ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths"):
            paths = " ".join(settings.get(name, [])).split()
            assert not [path for path in paths if path.startswith("/var/lib/earmark/data")], file.name
    disk = settings_of(UNITS / "var-lib-earmark-data.mount")
    assert disk["Where"] == ["/var/lib/earmark/data"]
    assert {"nodev", "nosuid", "noexec"} <= set(disk["Options"][0].split(","))
    assert "Install" not in (UNITS / "var-lib-earmark-data.mount").read_text()


def test_root_can_do_what_a_disk_takes_and_reaches_no_network() -> None:
    root = settings_of(UNITS / "earmark-box.service.d" / "20-root.conf")
    assert "CAP_SYS_ADMIN" in root["CapabilityBoundingSet"][0]
    assert not {"CAP_NET_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO"} & set(
        root["CapabilityBoundingSet"][0].split()
    )
    assert unit("box")["PrivateNetwork"] == ["yes"]


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """``systemd-analyze verify`` wants the program to exist, so the copies name one that does."""
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for file in tmp_path.glob("*.service"):
        file.write_text(re.sub("/opt/earmark/bin/(earmark|python)", "/bin/true", file.read_text()))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *sorted(map(str, tmp_path.glob("earmark*.service")))],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_accepts_the_users_and_folders(tmp_path: Path) -> None:
    """Run as root, or by sudo: folders are given to users that the first command makes below ``tmp_path``."""
    (tmp_path / "etc").mkdir()
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    for program, file in (("systemd-sysusers", "earmark.sysusers"), ("systemd-tmpfiles", "earmark.tmpfiles")):
        make = ["--create"] if program == "systemd-tmpfiles" else []
        done = subprocess.run(
            [*as_root, program, *make, f"--root={tmp_path}", str(UNITS / file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "earmark-opener" in (tmp_path / "etc/passwd").read_text()
    assert (tmp_path / "var/lib/earmark/state/opener").stat().st_mode & 0o777 == 0o700


def test_the_packet_filter_is_there_before_the_network_and_made_anew_when_settings_change() -> None:
    first, anew = unit("firewall"), unit("firewall-names")
    assert "network-pre.target" in first["Before"][0].split()
    assert first["ExecStart"] == ["/opt/earmark/bin/earmark firewall apply --remembered"]
    assert anew["ExecStart"] == ["/opt/earmark/bin/earmark firewall apply"]
    watched = settings_of(UNITS / "earmark-firewall-names.path")["PathChanged"]
    assert watched == ["/var/lib/earmark/state/settings.json"]
    wanted = " ".join(settings_of(UNITS / "earmark.target")["Wants"]).split()
    assert {"earmark-firewall.service", "earmark-firewall-names.path", "earmark-firewall-names.timer"} <= {*wanted}
    for process in ("firewall", "firewall-names", "firewall-blocks"):
        lays_over = settings_of(UNITS / f"earmark-{process}.service.d" / "20-oneshot.conf")
        assert lays_over["Type"] == ["oneshot"]
        assert lays_over["CapabilityBoundingSet"] == ["CAP_NET_ADMIN"]


def test_whoever_signs_certificates_writes_those_and_can_see_nothing_else_of_the_office() -> None:
    assert unit("certificate")["ExecStart"] == ["/opt/earmark/bin/earmark certificate renew"]
    assert {"earmark-web.service", "earmark-lines.service"} <= {*unit("certificate")["Before"][0].split()}
    lays_over = settings_of(UNITS / "earmark-certificate.service.d" / "20-oneshot.conf")
    assert lays_over["Type"] == ["oneshot"]
    assert lays_over["ReadWritePaths"] == ["/var/lib/earmark/state/certificates"]
    assert "CapabilityBoundingSet" not in lays_over
    wanted = " ".join(settings_of(UNITS / "earmark.target")["Wants"]).split()
    assert {"earmark-certificate.service", "earmark-certificate.timer"} <= {*wanted}
