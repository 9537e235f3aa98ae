"""Settings that were saved while lines run: the health page says that they are not in effect, and when they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.settings.newer_settings import NewerSettings
from firmware.config.settings_model import Settings, WebSettings
from firmware.core.home import Home
from tests.functional.calls.lines_alone import LinesAlone
from webui.health.lines_states import line_facts
from webui.health.process_states import ask

NOT_IN_EFFECT = "Settings were changed and are not in effect yet: restart earmark lines."


def test_a_notice_that_was_added_is_told_on_the_page_until_lines_is_restarted(tmp_path: Path) -> None:
    with LinesAlone(tmp_path / "home") as lines:
        assert ask("earmark lines", "", lines.control, line_facts).troubles == ()
        other = replace(lines, line={"notice": {"inbound": "call-recorded", "outbound": ""}})
        SettingsFile(lines.home.settings_file).replace(other.settings().to_document())
        told = ask("earmark lines", "", lines.control, line_facts)
        assert (told.state, told.troubles) == ("attention", (NOT_IN_EFFECT,))
        lines.stop()
        lines.start_again()
        assert ask("earmark lines", "", lines.control, line_facts).troubles == ()


def test_nothing_is_told_of_what_is_in_effect_or_concerns_others(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    store = SettingsFile(home.settings_file)
    newer = NewerSettings(store, "lines", Settings())
    assert newer.worries() == []  # there are none at all: a command says so
    for saved in (
        Settings(),
        Settings(web=WebSettings(bind="127.0.0.1:8081", tls=False)),
        Settings(prompts={"a": "a.wav"}),
    ):
        store.replace(saved.to_document())
        assert newer.worries() == []
