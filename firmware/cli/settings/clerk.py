"""``python -m firmware.cli.settings.clerk``: answers questions about settings, one JSON document a line.

The opener starts it while somebody works on the settings: all that checks them stays out of the process that holds
people's keys. Without a question for two minutes, or when whoever asks has gone, it ends.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from firmware.adapters.control.wire_errors import to_wire
from firmware.cli.policy.asked_call import calls_explained
from firmware.cli.settings.judging import Judge
from firmware.cli.settings.prompt_judging import PromptJudge
from firmware.core.errors import EarmarkError
from firmware.core.home import Home

IDLE_S = 120.0
_PIECE = 1 << 16

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


def answers(home: Home) -> dict[str, Answer]:
    """What it can be asked, by name."""
    judge, prompts = Judge(home), PromptJudge(home)
    return {
        "show": lambda asked: judge.shown(),
        "judge": lambda asked: judge.judged(asked["document"], asked.get("typed", ())),
        "since": lambda asked: judge.since(asked["known"]),
        "judge-file": lambda asked: judge.judged_file(asked["toml"], asked["name"]),
        "file": lambda asked: judge.file(asked["reveal"]),
        "prompts": lambda asked: prompts.listed(),
        "prompt-sound": lambda asked: prompts.sound(asked["prompt"]),
        "prompt-file": lambda asked: prompts.file(asked["prompt"], to_remove=asked["to_remove"]),
        "explain": lambda asked: calls_explained(home, asked["call"]),
    }


def answer(known: Mapping[str, Answer], question: bytes) -> bytes:
    """One line for another. What it raises of our errors crosses as on a control socket."""
    asked = orjson.loads(question)
    try:
        told: Mapping[str, Any] = {"answer": known[asked["act"]](asked)}
    except EarmarkError as error:
        told = to_wire(error)
    return orjson.dumps(told) + b"\n"


def main(home: Home) -> None:
    known, rest = answers(home), bytearray()
    while select.select([sys.stdin.fileno()], [], [], IDLE_S)[0]:
        piece = os.read(sys.stdin.fileno(), _PIECE)
        if not piece:
            return
        rest += piece
        while b"\n" in rest:
            question, _, after = bytes(rest).partition(b"\n")
            rest[:] = after
            sys.stdout.buffer.write(answer(known, question))
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))
