"""Whether a document makes settings that can be lived with: its form, its numbers, and the prompts that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from firmware.config.mistakes import mistakes_of
from firmware.config.number_check import Mistake, NumberingOf, number_mistakes
from firmware.config.prompt_check import WhyNoPrompt, prompt_mistakes
from firmware.config.settings_model import Settings


def further_mistakes(
    settings: Settings, numbering_of: NumberingOf | None, why_no_prompt: WhyNoPrompt | None
) -> Iterator[Mistake]:
    """What only somebody who knows numbers, or the stock of prompts, can see; None leaves that unchecked."""
    if numbering_of is not None:
        yield from number_mistakes(settings, numbering_of)
    if why_no_prompt is not None:
        yield from prompt_mistakes(settings, why_no_prompt)


def checked(
    document: Mapping[str, Any], numbering_of: NumberingOf, why_no_prompt: WhyNoPrompt
) -> Settings | tuple[Mistake, ...]:
    """The settings, or all that is wrong with them."""
    try:
        settings = Settings.model_validate_json(orjson.dumps(document))
    except ValidationError as error:
        return mistakes_of(error)
    except TypeError as error:  # a number that JSON does not have
        return (Mistake((), f"holds a value that is none of ours: {error}"),)
    return tuple(further_mistakes(settings, numbering_of, why_no_prompt)) or settings
