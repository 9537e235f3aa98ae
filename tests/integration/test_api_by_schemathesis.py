"""The API asked at random by schemathesis, which knows nothing but its description: whatever that allows, and what it
does not. No answer may be a fault of the box, of another shape than described, or given without a token.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode

from firmware.core.rate import Rate
from firmware.services.programs import Programs
from tests.integration.programs import make_program, with_director
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import WebOffice, new_record, recorded, web_office
from webui.api.description import description

#: For a longer search than each run of the tests has time for.
EXAMPLES = int(os.environ.get("EARMARK_API_EXAMPLES", "12"))
SCOPES = ["calls:list", "calls:numbers", "tags:write", "pause:201", "pause:202"]
OPERATIONS = [(path, method) for path, methods in description()["paths"].items() for method in methods]
AS_OFTEN_AS_IT_LIKES = Rate(10**9, 1e9)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebOffice, str]]:
    """An office with calls, and the token of a program that may do everything."""
    with pytest.MonkeyPatch.context() as patch:
        unhurried = partial(Programs, rates=(AS_OFTEN_AS_IT_LIKES, AS_OFTEN_AS_IT_LIKES))
        patch.setattr("firmware.cli.opener.programs.Programs", unhurried)
        with web_office(tmp_path_factory.mktemp("office")) as office:
            with_director(office)
            for each in range(3):
                seal_call(office.home, new_record(datetime.now(UTC) - timedelta(hours=each)), 1.0)
            office.lines.call("a", **recorded())
            yield office, make_program(office, "Any program", SCOPES)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_asked_is_answered_as_described(
    program: tuple[WebOffice, str], path: str, method: str, mode: GenerationMode
) -> None:
    office, token = program
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", office.app)
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"})

    ask()
