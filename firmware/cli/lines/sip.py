"""The SIP lines put together: the box is a party of both halves of each call."""

from __future__ import annotations

from pathlib import Path

from firmware import __version__
from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.network.block_requests import BlockRequests
from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.ring.sender import RingSender
from firmware.adapters.sip.greeting import Greetings
from firmware.adapters.sip.prompts_in_memory import PromptsInMemory
from firmware.adapters.sip.tap import SipTap
from firmware.cli.lines.certificate import taken_up
from firmware.cli.lines.composition import line_config, line_rules
from firmware.cli.lines.process import LinesParts
from firmware.cli.lines.scanners import scanner_routes
from firmware.config.line_settings import SipLine
from firmware.config.prompt_check import prompts_named
from firmware.config.settings_model import Settings
from firmware.core.end_key import without_end_key
from firmware.core.errors import LineError
from firmware.core.home import Home
from firmware.ports.clock import Clock


def compose_sip(home: Home, settings: Settings, sender: RingSender, clock: Clock) -> LinesParts:
    """
    Raises:
        LineError: there is no SIP line in the settings.
    """
    lines = [line for line in settings.lines if isinstance(line, SipLine)]
    if not lines:
        raise LineError("The settings name no SIP line.", "Add one: earmark settings export, then import.")
    starts_anew = taken_up(home, settings, lines, clock)
    prompts = _Prompts(home, settings)
    greetings = Greetings(home.run_of("lines") / "greetings", prompts.keep_greeting)
    configs = [line_config(line, home) for line in lines]
    numbering = PhoneNumbers(settings.office.country)
    tap = SipTap(
        configs,
        prompts.in_memory,
        sender,
        clock,
        greetings,
        f"Earmark/{__version__}",
        home.phone_registrations,
        BlockRequests(home.block_requests).ask,
    )
    return LinesParts(
        tap=tap,
        rules={line.name: line_rules(line, settings, numbering) for line in lines},
        routes={
            "POST /prompts/{prompt}/renew": prompts.renew,
            "GET /phones": lambda request: {"phones": tap.phones()},
            **scanner_routes(tap.scanners),
        },
        prepare=greetings.remove_unfinished,
        close=prompts.in_memory.close,
        phones=tap.registered_phones,
        starts_anew=starts_anew,
    )


class _Prompts:
    """What is said on the lines, and how it becomes another while they run."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home = home
        library = PromptLibrary(home.prompts, settings.prompts)
        named = (prompt for _, prompt in prompts_named(settings))
        self.in_memory = PromptsInMemory(library, [*library.shipped(), *named])

    def renew(self, request: Request) -> dict[str, str]:
        """A command changed the office's own prompt: the next to hear it hears the new one."""
        if not same_user(request.peer):
            raise RequestRefused("This user may not ask that of the lines.", status=403)
        prompt = request.parameters["prompt"]
        self.in_memory.renew(prompt)
        return {"prompt": prompt}

    def keep_greeting(self, prompt: str, file: Path) -> None:
        """Make a greeting that was spoken into a phone a prompt. A thread of its own."""
        # Only now: the sound library takes more memory than all else here, and is hardly ever needed.
        from firmware.adapters.prompts.any_format import SAMPLE_RATE_HZ, read_any_format
        from firmware.adapters.prompts.stock import PromptStock

        with file.open("rb") as recorded:
            spoken = read_any_format(recorded)
        PromptStock(self._home.prompts).keep(prompt, without_end_key(spoken, SAMPLE_RATE_HZ))
        self.in_memory.renew(prompt)
