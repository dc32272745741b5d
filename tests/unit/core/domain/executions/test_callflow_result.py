import pytest

from isolambda_core.domain.executions.callflow_result import demand_callflow
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.json_text import JsonValue, dump
from tests.support.callflows import NO_CALLFLOWS, TTS
from tests.support.samples import FAILED, FUNCTION


@pytest.mark.parametrize(("result", "message"), NO_CALLFLOWS.values(), ids=NO_CALLFLOWS)
def test_a_result_that_is_no_callflow_is_invalid_where_one_is_demanded(
    result: bytes | None, message: str
) -> None:
    logs, usage = (LogLine("info", "hi", 1),), Usage(wall_ms=2.5)
    ended = ExecutionResult("1" * 32, Outcome.OK, result, logs=logs, usage=usage)

    assert demand_callflow(ended, FUNCTION) == ExecutionResult(
        "1" * 32,
        Outcome.INVALID_RESULT,
        error=ExecutionError("InvalidCallflow", message),
        logs=logs,
        usage=usage,
    )


@pytest.mark.parametrize("ended", [FAILED, ExecutionResult("1" * 32, Outcome.OK, TTS)])
def test_a_callflow_and_a_failure_are_left_as_they_are(ended: ExecutionResult) -> None:
    assert demand_callflow(ended, FUNCTION) == ended


def test_ten_problems_are_reported_and_none_at_any_length() -> None:
    children: dict[str, JsonValue] = {f"{number:0100000d}": {} for number in range(20)}
    returned = dump({"module": "menu", "children": children}).encode()

    error = demand_callflow(ExecutionResult("1" * 32, Outcome.OK, returned), FUNCTION).error

    assert error is not None
    assert error.message.count("required") == 10
    assert len(error.message) < 10 * 250
