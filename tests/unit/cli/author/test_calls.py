"""``isolambda calls``: what is saved, and what is shown of an execution of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.fake_api import FakeApi, data
from tests.unit.cli.installations import isolambda

ID, EXECUTION = "1" * 32, "e" * 32
CALL = {"name": "greets", "input": {"a": 1}, "expect": {"equal": 1}, "created": 63877472674}
PASSED = {
    "name": "greets", "passed": True, "path": None, "message": None, "expected": None, "got": None,
}  # fmt: skip
FAILED = {
    "name": "other", "passed": False, "path": "/a", "message": "is another value",
    "expected": 1, "got": "\x1b[2J",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _function(fake: FakeApi) -> None:
    fake.handlers |= {f"GET functions/{ID}": data({"id": ID, "name": "greet"})}


def saving(fake: FakeApi, execution: dict[str, Any], name: str) -> None:
    fake.handlers |= {
        f"GET functions/{ID}/executions/{EXECUTION}": data(execution),
        f"PUT functions/{ID}/calls/{name}": data(CALL),
    }


@pytest.mark.parametrize(
    ("execution", "expect"),
    [
        ({"outcome": "ok", "input": {"a": 1}, "result": None}, {"equal": None}),
        ({"outcome": "ok", "input": {"a": 1}, "result": [1]}, {"equal": [1]}),
        ({"outcome": "exception", "input": {"a": 1}, "result": None}, {"outcome": "exception"}),
    ],
)
def test_an_execution_is_saved_with_what_came_of_it(
    fake: FakeApi, execution: dict[str, Any], expect: dict[str, Any]
) -> None:
    saving(fake, execution, f"call_{EXECUTION[:12]}")

    result = isolambda("calls", "save", ID, "--execution", EXECUTION)

    assert (result.exit_code, fake.sent()) == (0, {"input": {"a": 1}, "expect": expect})


def test_a_name_is_of_the_authors_choice(fake: FakeApi) -> None:
    saving(fake, {"outcome": "ok", "input": 1, "result": 2}, "greets")

    isolambda("calls", "save", ID, "--execution", EXECUTION, "--name", "greets")

    assert fake.asked[-1] == f"PUT functions/{ID}/calls/greets"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (
            '{"function": "greet", "input": 1, "expected": 2}',
            {"input": 1, "expect": {"equal": 2}},
        ),
        ('{"function": "greet", "input": 1}', {"input": 1, "expect": {"outcome": "ok"}}),
        ('{"expect": {"subset": {"a": 1}}}', {"input": None, "expect": {"subset": {"a": 1}}}),
    ],
)
def test_a_call_of_the_project_is_saved_under_the_name_of_its_file(
    fake: FakeApi, tmp_path: Path, text: str, sent: dict[str, Any]
) -> None:
    saving(fake, {}, "greets")
    file = tmp_path / "greets.json"
    file.write_text(text, encoding="utf-8")

    result = isolambda("calls", "save", ID, "--file", str(file))

    assert (result.exit_code, fake.sent()) == (0, sent)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say which call to save"),
        (("--execution", EXECUTION, "--file", "x.json"), "say which call to save"),
        (("--execution", EXECUTION), "the execution is queued"),
        (("--file", "none.json"), "none.json"),
    ],
)
def test_what_cannot_be_saved_says_why(fake: FakeApi, words: tuple[str, ...], message: str) -> None:
    saving(fake, {"outcome": None, "status": "queued", "input": 1}, "greets")

    result = isolambda("calls", "save", ID, *words)

    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"more": 1}', '{"expect": {}}', '{"expect": {"equal": 1}, "expected": 1}']
)
def test_a_file_that_is_no_saved_call_is_named(fake: FakeApi, tmp_path: Path, text: str) -> None:
    file = tmp_path / "greets.json"
    file.write_text(text, encoding="utf-8")

    result = isolambda("calls", "save", ID, "--file", str(file))

    assert result.exit_code == 1
    assert "greets.json" in result.stderr
    assert not any(asked.startswith("PUT") for asked in fake.asked)


def test_they_are_listed_shown_and_deleted(fake: FakeApi) -> None:
    path = f"functions/{ID}/calls"
    fake.handlers |= {
        f"GET {path}": data([{"name": "greets", "expects": "equal", "created": 63877472674}]),
        f"GET {path}/greets": data(CALL),
        f"DELETE {path}/greets": data({}),
    }

    listed = isolambda("calls", "list", ID)
    shown = isolambda("calls", "show", ID, "greets")
    deleted = isolambda("calls", "delete", ID, "greets", "--json")

    assert listed.stdout.split("\t")[:2] == ["greets", "equal"]
    assert json.loads(shown.stdout) == {
        "name": "greets",
        "input": {"a": 1},
        "expect": {"equal": 1},
    }
    assert json.loads(deleted.stdout) == {"name": "greets", "deleted": True}


def test_a_run_says_of_each_what_is_expected_and_what_came(fake: FakeApi) -> None:
    report = {"version": "7", "passed": 1, "failed": 1, "calls": [PASSED, FAILED]}
    fake.handlers |= {f"POST functions/{ID}/calls/run": data(report)}

    result = isolambda("calls", "run", ID, "--version", "7")

    assert (result.exit_code, fake.sent()) == (1, {"version": 7})
    assert result.stdout.splitlines() == [
        "✓ greets",
        '✗ other: is another value at /a: expected 1, got "\\u001b[2J"',
        "greet 7: 1 passed, 1 failed",
    ]


def test_a_run_in_which_all_pass_ends_well(fake: FakeApi) -> None:
    report = {"version": "$LATEST", "passed": 1, "failed": 0, "calls": [PASSED]}
    fake.handlers |= {f"POST functions/{ID}/calls/run": data(report)}

    result = isolambda("calls", "run", ID, "--json")

    assert (result.exit_code, fake.sent()) == (0, {})
    assert json.loads(result.stdout) == {"greet": report}
