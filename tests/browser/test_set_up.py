"""A new box in a browser: an installer fits a line, sees both sides of a call speak, and hands over to the director.

At each page, on a desk and on a phone: nothing keeps anybody from using it, no sideways scroll, no complaint.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, expect

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.home import Home
from tests.browser.barriers import barriers
from tests.browser.windows import DESK, PHONE, Watched
from tests.functional.calls.lines_alone import LinesAlone
from tests.integration.test_first_start import first_start

pytestmark = pytest.mark.browser

PICTURES = Path(os.environ.get("EARMARK_SCREENSHOTS", "build/screenshots"))
PASS_PHRASE, WORDS = "p.words", ".recovery-words li"


@dataclass
class Walker:
    """Looks at each page on the way."""

    window: Watched
    faults: list[str] = field(default_factory=list)

    def look(self, name: str) -> None:
        page = self.window.page
        for size_name, size, dark in (("desk", DESK, False), ("phone", PHONE, True)):
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.set_viewport_size(size)
            if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
                self.faults.append(f"{name} {size_name}: scrolls sideways")
            self.faults += [f"{name} {size_name}: {each}" for each in barriers(page)]
            page.screenshot(path=PICTURES / f"set-up-{name}-{size_name}.png", full_page=True)
        page.set_viewport_size(DESK)

    def press(self, words: str) -> None:
        self.window.page.get_by_role("button", name=words).click()

    def follow(self, words: str) -> None:
        self.window.page.locator("main").get_by_role("link", name=words).first.click()


@pytest.fixture
def lines() -> Iterator[LinesAlone]:
    with TemporaryDirectory(prefix="em-") as folder:
        yield LinesAlone(Path(folder))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_an_installer_tries_a_line_unrecorded_and_the_director_makes_the_keys(
    chromium: Browser, lines: LinesAlone
) -> None:
    home, draft = lines.home, Home(lines.root / "first-start/draft")
    PICTURES.mkdir(parents=True, exist_ok=True)
    draft.state.mkdir(parents=True)
    SettingsFile(draft.settings_file).replace(lines.settings().to_document())
    context = chromium.new_context(viewport=DESK, ignore_https_errors=True)
    with first_start(home, lines.ports.web) as (_, code):
        walk = Walker(Watched(context))
        walk.window.page.goto(f"https://localhost:{lines.ports.web}/")
        walk.look("code")
        walk.window.page.get_by_label("The code on").fill(code)
        walk.press("Go on")
        walk.look("parts")
        fit(walk, draft)
        try_a_call(walk, home)
        hand_over(walk)
        make_the_keys(walk)
    context.close()
    assert not walk.faults, "\n".join(walk.faults)
    assert not walk.window.complaints
    assert walk.window.hosts == {"https://localhost"}
    assert not list(home.data.rglob("*.ear"))
    assert not (lines.root / "first-start/trial/state/keys").exists()


def fit(walk: Walker, draft: Home) -> None:
    page = walk.window.page
    walk.follow("Fit the box")
    walk.look("installer")
    walk.follow("Network and time")
    walk.look("network")
    walk.follow("For the installer")
    walk.follow("Lines")
    walk.look("lines")
    walk.follow("Change the lines")
    walk.look("lines-list")
    walk.follow("main")
    walk.look("line")
    page.get_by_label("Name", exact=True).first.fill("reception")
    walk.press("Save")
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    walk.follow("Settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lines")
    assert SettingsFile(draft.settings_file).read()["lines"][0]["name"] == "reception"


def try_a_call(walk: Walker, home: Home) -> None:
    page = walk.window.page
    walk.follow("Test calls")
    walk.look("test")
    walk.press("Put the lines on trial")
    expect(page.locator("#levels")).to_contain_text("working", timeout=60_000)
    trial = home.root / "first-start/trial"
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(trial), "generator", "call", "--seconds", "12"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as call:
        expect(page.locator("#levels")).to_contain_text("A call in, from …", timeout=60_000)
        expect(page.locator("#levels")).to_contain_text("All sides heard", timeout=60_000)
        walk.look("levels")
        assert call.wait(60) == 0
    expect(page.locator("#levels")).to_contain_text("over")
    page.get_by_label("Which calls you made").fill("A call in by the generator, both sides heard")
    walk.press("Note it for the director")


def hand_over(walk: Walker) -> None:
    page = walk.window.page
    expect(page.get_by_role("heading", level=1)).to_have_text("When the box is off")
    walk.look("fallback")
    page.get_by_label("Which way calls took").fill("The provider diverts to the mobile; tried today")
    walk.press("It works with the box off")
    walk.follow("For the installer")
    walk.look("fitted")
    walk.follow("Hand over to the director")


def make_the_keys(walk: Walker) -> None:
    page = walk.window.page
    walk.look("office")
    page.get_by_label("The office's name").fill("Harbour & Sons")
    page.get_by_label("The director's sign-in name").fill("dora")
    walk.press("Make the keys")
    walk.look("keys")
    phrase = page.locator(PASS_PHRASE).first.inner_text()
    words = page.locator(WORDS).all_inner_texts()
    walk.follow("I have them on paper")
    walk.look("written-down")
    page.get_by_label("Your pass phrase").fill(phrase)
    for typed in page.locator('input[name^="word_"]').all():
        typed.fill(words[int((typed.get_attribute("name") or "_0").partition("_")[2]) - 1])
    walk.press("Set up the box")
    expect(page.get_by_role("heading", level=1)).to_have_text("The box is set up")
    walk.look("done")
