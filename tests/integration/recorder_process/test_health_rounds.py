"""The keeper's health rounds as a process: with no recorder and no data disk, it tells so, and is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.cli.at_the_box import who_is_at_the_box
from tests.integration.mailboxes import Mailbox, mailbox
from tests.integration.recorder_at_work import Office, RecorderAtWork, eventually
from tests.integration.recorder_process.processes import earmark, keeper_process


@pytest.fixture
def mail(office: Office) -> Iterator[Mailbox]:
    with mailbox() as made:
        settings = SettingsFile(office.home.settings_file)
        destinations = [{"name": "office", "url": made.url}]
        settings.replace(settings.read() | {"alerts": {"destinations": destinations, "digest_at": "00:00"}})
        yield made


@pytest.fixture
def keeper(office: Office, mail: Mailbox) -> Iterator[ControlClient]:
    with keeper_process(office.home) as client:
        yield client


def found(keeper: ControlClient) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in keeper.get("/findings")["findings"]}


def test_what_is_wrong_is_told_known_of_and_well_again(
    office: Office, recorder: RecorderAtWork, keeper: ControlClient, mail: Mailbox
) -> None:
    eventually(lambda: "processes:recorder" in found(keeper), 30, "it does not miss the recorder")
    missing = found(keeper)["processes:recorder"]
    assert (missing["severity"], missing["fix"]["command"]) == ("fault", "journalctl -u earmark-recorder")
    shown = earmark(office, "health")
    assert shown.returncode == 1
    assert "FAULT Programs: The recorder program does not answer." in shown.stdout
    eventually(lambda: any("recorder program" in text for text in mail.texts()), 90, "nobody is told")

    recorder.start()
    eventually(lambda: "processes:recorder" not in found(keeper), 30, "it is not seen to be well again")
    eventually(lambda: "processes:opener" in found(keeper), 30, "it does not miss the opener")
    done = earmark(office, "alerts", "ack", "processes:opener", "--for-days", "3")
    assert done.returncode == 0, done.stderr
    known = found(keeper)["processes:opener"]["acknowledged"]
    assert known["by"] == who_is_at_the_box()
    assert known["until_ms"] > 3 * 86_400_000
    kinds = [line.kind for line in EvidenceFilesReader(office.home).lines()]
    assert "finding-acknowledged" in kinds
    refused = earmark(office, "alerts", "ack", "temperature")
    assert refused.returncode == 33
    assert "is not wrong" in refused.stderr


def test_destinations_are_tried_and_listed_and_their_addresses_are_secrets(
    office: Office, keeper: ControlClient, mail: Mailbox
) -> None:
    tried = earmark(office, "alerts", "test")
    assert (tried.returncode, tried.stdout.splitlines()[0]) == (0, "office: sent")
    assert any(text.startswith("Earmark at") and "trial" in text for text in mail.texts())
    listed = json.loads(earmark(office, "alerts", "list", "--json").stdout)
    assert listed["destinations"] == [{"name": "office", "of": "everything", "digest": True}]
    assert {check["check"] for check in listed["checks"]} >= {"processes", "clock", "disk", "backup", "web-hooks"}
    for arguments in (("config", "show"), ("alerts", "list"), ("health",)):
        assert str(mail.port) not in earmark(office, *arguments).stdout
    assert str(mail.port) in earmark(office, "settings", "export").stdout, "what is exported must be importable"


def test_new_destinations_count_without_a_restart(office: Office, keeper: ControlClient, mail: Mailbox) -> None:
    settings = SettingsFile(office.home.settings_file)
    settings.replace(settings.read() | {"alerts": {"destinations": []}})
    assert earmark(office, "alerts", "test").returncode == 1


def test_a_token_for_figures_is_made_and_only_its_digest_belongs_in_the_settings(office: Office) -> None:
    made = earmark(office, "alerts", "metrics-token").stdout.split()
    token, digest = made[made.index("token:") + 1], made[-1].strip('"')
    assert len(token) > 40
    settings = SettingsFile(office.home.settings_file)
    settings.replace(settings.read() | {"alerts": {"metrics_token_sha256": digest}})
    assert digest in earmark(office, "config", "show").stdout
    assert token not in office.home.settings_file.read_text()
