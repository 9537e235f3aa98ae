"""One log format for every process."""

from __future__ import annotations

import logging
import re

import pytest

from firmware.config.log_format import LogFormat, configure_logging


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("firmware.adapters.sip.endpoint", logging.WARNING, "", 0, message, arguments, None)


def test_a_line_has_time_level_process_component_and_message() -> None:
    text = LogFormat("lines").format(record("trunk %s is away", "bt"))
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} warn  lines endpoint: trunk bt is away", text)


def test_a_message_is_one_line_whatever_a_peer_sent() -> None:
    text = LogFormat("lines").format(record("From %s", "evil\r\n12:00:00.000 info  lines forged"))
    assert "\n" not in text
    assert "\r" not in text


def test_libraries_are_heard_only_when_something_is_amiss(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    configure_logging("recorder", "debug")
    logging.getLogger("alembic.runtime").info("setup plugin")
    logging.getLogger("alembic.runtime").error("broken")
    logging.getLogger("firmware.services.opener").debug("ours")
    said = capsys.readouterr().err
    assert "setup plugin" not in said
    assert "broken" in said
    assert "ours" in said
