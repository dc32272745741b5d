"""A saved call executes a function as the API does, and compares the result."""

import json
from pathlib import Path
from typing import Any

import pytest

from isolambda_cli.testing.isolates import Isolates
from isolambda_cli.testing.results import Failure, Place
from tests.unit.cli.testing.projects import results_of, write

pytestmark = pytest.mark.slow


def failure_of(isolates: Isolates, folder: Path, text: str) -> Failure | None:
    write(folder, {"calls/one.json": text})
    [result] = results_of(isolates, folder).values()
    return next(
        (failure for failure in [*result.failures, *(case.failure for case in result.cases)]),
        None,
    )


def call(**more: Any) -> str:
    return json.dumps({"function": "greet", "input": {"name": "Ada"}, **more})


@pytest.mark.parametrize("more", [{}, {"expected": {"seen": 1, "hello": "Ada"}}])
def test_the_expected_result_passes(isolates: Isolates, tmp_path: Path, more: Any) -> None:
    assert failure_of(isolates, tmp_path, call(**more)) is None


def test_another_result_fails_with_the_difference(isolates: Isolates, tmp_path: Path) -> None:
    failure = failure_of(isolates, tmp_path, call(expected={"hello": "Ada", "seen": True}))

    assert failure is not None
    assert failure.message.splitlines()[-4:] == [
        '    "hello": "Ada",',
        '-   "seen": true',
        '+   "seen": 1',
        "  }",
    ]


def test_an_error_fails_with_its_place(isolates: Isolates, tmp_path: Path) -> None:
    failure = failure_of(isolates, tmp_path, call(input={}))

    assert failure is not None
    assert (failure.name, failure.message) == ("TypeError", "no name")
    assert failure.place == Place("src/greet.js", 3, 33)


def test_a_function_that_does_not_compile_fails_at_its_place(
    isolates: Isolates, tmp_path: Path
) -> None:
    write(tmp_path, {"src/greet.js": "export default () => ;"})
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls/one.json").write_text(call())

    [result] = results_of(isolates, tmp_path).values()

    [failure] = result.failures
    assert failure.place == Place("src/greet.js", 1, 22)
    assert failure.source == "export default () => ;"


def test_the_body_of_a_function_has_its_place_in_the_main_file(
    isolates: Isolates, tmp_path: Path
) -> None:
    write(tmp_path, {"src/greet.js": "\nreturn call.missing.name;", "calls/one.json": call()})

    [result] = results_of(isolates, tmp_path).values()

    assert result.cases[0].failure is not None
    assert result.cases[0].failure.place == Place("src/greet.js", 2, 21)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "calls/one.json"),
        ("[]", 'a saved call has "function", "input" and "expect"'),
        (call(inputs=1), 'a saved call has "function", "input" and "expect"'),
        (call(function="none"), 'the project has no function "none"'),
        (call(function=[]), "the project has no function []"),
    ],
)
def test_what_is_no_saved_call_fails(
    isolates: Isolates, tmp_path: Path, text: str, told: str
) -> None:
    failure = failure_of(isolates, tmp_path, text)

    assert failure is not None
    assert told in failure.message


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ({"subset": {"hello": "Ada"}}, None),
        ({"subset": {"hello": "Bob"}}, 'is another value at /hello: expected "Bob", got "Ada"'),
        ({"schema": {"required": ["hello"]}}, None),
        ({"schema": {"required": ["bye"]}}, "does not fit the schema"),
        ({"outcome": "ok"}, None),
        ({"outcome": "exception"}, "the outcome is another"),
        ({"near": 1}, "expect.near"),
    ],
)
def test_it_expects_what_a_saved_call_of_an_account_does(
    isolates: Isolates, tmp_path: Path, expect: Any, told: str | None
) -> None:
    failure = failure_of(isolates, tmp_path, call(expect=expect))

    assert (failure is None) == (told is None)
    assert failure is None or f"{told}" in failure.message
