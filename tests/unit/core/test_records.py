import pytest

from isolambda_core.domain.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.functions import Function
from isolambda_core.domain.limits import RECORD_S, RECORD_TEXT_CHARACTERS
from isolambda_core.domain.records import Record

NOW_MS = 1_800_000_000_999
FUNCTION = Function("a" * 32, "f" * 32, {}, 3, 1, 1)
OK = ExecutionResult("1" * 32, Outcome.OK, result="1")


def test_a_record_tells_which_revision_ended_how_and_when() -> None:
    assert Record.of(FUNCTION, "$LATEST", OK, NOW_MS) == Record(
        "1" * 32, "a" * 32, "f" * 32, "$LATEST", 3, NOW_MS, Outcome.OK
    )


@pytest.mark.parametrize("text", ["x", "\ud800", "\U0001f600"], ids=ascii)
def test_of_the_texts_of_an_error_a_record_keeps_the_beginning(text: str) -> None:
    long = text * 100_000
    error = ExecutionError(long, long, long, line=1, column=2)
    result = ExecutionResult("1" * 32, Outcome.EXCEPTION, error=error)

    kept = text * RECORD_TEXT_CHARACTERS
    assert Record.of(FUNCTION, "$LATEST", result, NOW_MS).error == ExecutionError(
        kept, kept, kept, 1, 2
    )


def test_records_are_in_the_order_of_their_time_for_centuries() -> None:
    times = [0, 1, NOW_MS, NOW_MS + 1, 9_999_999_999_999]

    keys = [Record.of(FUNCTION, "$LATEST", OK, time).sort_key for time in times]

    assert keys == sorted(keys)


def test_a_record_expires_in_seconds() -> None:
    assert Record.of(FUNCTION, "$LATEST", OK, NOW_MS).expires_at == 1_800_000_000 + RECORD_S
