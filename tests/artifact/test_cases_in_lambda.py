"""Every case ends in Lambda as it ends in-process: the built executor, under Lambda's runtime."""

import base64
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    Outcome,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import PAYLOAD_BYTES, WALL_TIME_MS_MAX, Limits
from tests.artifact.emulator import Emulator
from tests.cases.checks import (
    assert_ends_as,
    assert_healthy,
    every_case,
    in_time,
    killed_at_work,
    read_case,
    request_of,
    request_of_another_account,
)

TRANSPORT_MS = 100
"""The way there and back: 2 to 20 ms on two idle processors, 40 with a result of 5 MiB."""


@every_case
def test_a_case_ends_in_lambda_as_it_says_and_the_next_execution_is_healthy(
    case: Path, emulated: Emulator
) -> None:
    expected = read_case(case)
    request = request_of(case, expected)

    with killed_at_work(expected.get("kill_with"), emulated.runtime):
        result = in_time(emulated.execute, request, lambda: TRANSPORT_MS)

    assert_ends_as(result, expected)
    assert_healthy(emulated.execute(request_of_another_account()))


@pytest.fixture(scope="module")
def largest_input() -> bytes:
    """An input as long as any may be, of letters by chance, which hardly deflate."""
    letters = base64.b64encode(os.urandom(PAYLOAD_BYTES))
    return b'"%b"' % letters[: PAYLOAD_BYTES - 2]


def test_the_largest_input_and_the_largest_result_fit_through_lambda(
    emulated: Emulator, largest_input: bytes
) -> None:
    limits = Limits(wall_time_ms=WALL_TIME_MS_MAX)

    result = emulated.execute(
        ExecutionRequest(
            new_id(), "a" * 32, new_id(), "1", "return call;", largest_input, limits=limits
        )
    )

    assert result.outcome is Outcome.OK
    assert result.result == largest_input


def test_the_largest_input_does_not_put_off_the_end_of_an_endless_loop(
    emulated: Emulator, largest_input: bytes
) -> None:
    limits = Limits(wall_time_ms=300)
    request = ExecutionRequest(
        new_id(), "a" * 32, new_id(), "1", "while (true) {}", largest_input, limits=limits
    )

    def transport_ms() -> float:
        """Measure what an execution takes that ends at once, and grant twice as much."""
        limits = Limits(wall_time_ms=WALL_TIME_MS_MAX)
        at_once = replace(request, function_id=new_id(), source="return 1;", limits=limits)
        began = time.monotonic()
        assert emulated.execute(at_once).outcome is Outcome.OK
        return (time.monotonic() - began) * 2e3

    result = in_time(emulated.execute, request, transport_ms)

    assert result.outcome is Outcome.EXCEEDED_WALL_TIME
