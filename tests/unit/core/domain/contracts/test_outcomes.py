"""Whether what came of a saved call is what was expected."""

from typing import Any

import pytest

from isolambda_core.domain.contracts.outcomes import Played, difference_of
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import ExecutionError, ExecutionResult, Outcome
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import SAVED_CALL_SHOWN_CHARACTERS
from isolambda_core.domain.schemas.contract import Fault


def never(_schema: Document, _text: bytes) -> Fault | None:
    raise AssertionError("no schema is expected")


def returned(value: Any) -> ExecutionResult:
    return ExecutionResult("", Outcome.OK, dump(value).encode())


@pytest.mark.parametrize(
    ("expect", "value"),
    [
        ({"equal": {"a": 1, "b": [1.0, None]}}, {"b": [1, None], "a": 1.0}),
        ({"equal": None}, None),
        ({"subset": {"a": {"b": 1}}}, {"a": {"b": 1, "c": 2}, "d": 3}),
        ({"subset": [{"a": 1}, {}]}, [{"a": 1, "b": 2}, {"c": 3}]),
        ({"subset": "x"}, "x"),
        ({"outcome": "ok"}, {"whatever": 1}),
    ],
)
def test_what_is_as_expected_passes(expect: Document, value: Any) -> None:
    assert difference_of(expect, returned(value), never) is None


def test_a_function_that_returns_nothing_returns_null() -> None:
    assert difference_of({"equal": None}, ExecutionResult("", Outcome.OK), never) is None


@pytest.mark.parametrize(
    ("expect", "value", "shown"),
    [
        ({"equal": {"a": {"b": 1}}}, {"a": {"b": 2}}, ("/a/b", "is another value", 1, 2)),
        ({"equal": 1}, True, ("", "is another value", 1, True)),
        ({"equal": {"a/~": 1}}, {}, ("/a~1~0", "is missing", 1, None)),
        ({"equal": {}}, {"a": 1}, ("/a", "is not expected", None, 1)),
        ({"equal": {"a": None}}, {}, ("/a", "is missing", None, None)),
        ({"subset": {"a": 1}}, [1], ("", "is another value", {"a": 1}, [1])),
        ({"subset": [1]}, [1, 2], ("", "has 2 items in the place of 1", [1], [1, 2])),
        ({"subset": [{"a": 1}]}, [{"a": 2}], ("/0/a", "is another value", 1, 2)),
    ],
)
def test_what_is_not_is_told_with_the_first_place(
    expect: Document, value: Any, shown: tuple[Any, ...]
) -> None:
    found = difference_of(expect, returned(value), never)

    assert found is not None
    assert (found.path, found.message, found.expected, found.got) == shown


def test_an_execution_that_fails_shows_its_error() -> None:
    failed = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no name"))
    got = {"outcome": "exception", "error": {"name": "TypeError", "message": "no name"}}

    found = difference_of({"equal": 1}, failed, never)

    assert found is not None
    assert (found.message, found.got) == ("the execution failed", got)
    assert difference_of({"outcome": "exception"}, failed, never) is None
    other = difference_of({"outcome": "exceeded_wall_time"}, failed, never)
    assert other is not None
    assert (other.expected, other.got) == ({"outcome": "exceeded_wall_time"}, got)


def test_a_schema_says_where_and_what() -> None:
    schema = {"items": {"type": "string"}}
    expect: Document = {"schema": schema}

    def fault(given: Document, text: bytes) -> Fault | None:
        assert given == schema
        return Fault(("1",), "type", "is not a string") if b"2" in text else None

    found = difference_of(expect, returned(["a", 2]), fault)

    assert difference_of(expect, returned(["a"]), fault) is None
    assert found is not None
    assert (found.path, found.got) == ("/1", 2)
    assert found.expected == {"keyword": "type", "message": "is not a string"}


def test_a_result_that_is_too_deep_is_no_error() -> None:
    deep = ExecutionResult("", Outcome.OK, b"[" * 100_000 + b"]" * 100_000)
    less = ExecutionResult("", Outcome.OK, b"[" * 400 + b"]" * 400)

    assert difference_of({"equal": 1}, deep, never) is not None
    found = difference_of({"equal": 1}, less, never)
    assert Played("a", "1", found).document["got"] == "…"


def test_a_report_cuts_what_is_too_long() -> None:
    found = difference_of({"equal": "a"}, returned("b" * 5_000), never)

    shown = Played("a", "1", found).document

    assert len(f"{shown['got']}") == SAVED_CALL_SHOWN_CHARACTERS
    assert shown["expected"] == "a"
    assert shown["passed"] is False
