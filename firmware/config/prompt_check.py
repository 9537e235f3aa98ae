"""Which prompts the settings name, and whether each is there: a line would find out while a caller waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from firmware.config.line_section import LineSection
from firmware.config.line_settings import GeneratorLine, SipLine
from firmware.config.number_check import Mistake
from firmware.config.settings_model import Settings

# Why a prompt of these settings cannot be played, as a sentence without its full stop; empty when it can.
WhyNoPrompt = Callable[[Settings, str], str]
Path = tuple[str | int, ...]


def prompts_named(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Every prompt that a line may play, with the way to the setting that names it."""
    for index, line in enumerate(settings.lines):
        for path, prompt in _of_line(line):
            if prompt:
                yield ("lines", index, *path), prompt


def prompt_mistakes(settings: Settings, why_no_prompt: WhyNoPrompt) -> Iterator[Mistake]:
    """Every prompt that is named and cannot be played."""
    for path, prompt in prompts_named(settings):
        why = why_no_prompt(settings, prompt)
        if why:
            yield Mistake(path, why)


def _of_line(line: LineSection) -> Iterator[tuple[Path, str]]:
    if not isinstance(line, SipLine | GeneratorLine):
        return  # it can tell nobody anything
    notice = line.notice
    for key in ("greeting", "inbound", "outbound", "on_demand"):
        yield ("notice", key), getattr(notice, key)
    if notice.opt_out.key:
        # A direction without a notice has no opt-out either.
        yield ("notice", "opt_out", "inbound"), notice.inbound and notice.opt_out.inbound
        yield ("notice", "opt_out", "outbound"), notice.outbound and notice.opt_out.outbound
        yield ("notice", "opt_out", "confirmation"), notice.opt_out.confirmation
    if isinstance(line, SipLine):
        yield ("outside_hours", "greeting"), line.outside_hours.greeting
        if line.menu.prompt:
            yield ("menu", "prompt"), line.menu.prompt
            yield ("menu", "invalid"), line.menu.invalid
