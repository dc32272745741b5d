"""``isolambda run``: what goes in, what is shown where, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from isolambda_core.domain.limits import PAYLOAD_BYTES
from tests.unit.cli.fake_api import FakeApi, data, refusal
from tests.unit.cli.installations import isolambda

ID = "1" * 32
SOURCE = "const a = 1;\nthrow new Error(call.name);"
OK: dict[str, Any] = {
    "outcome": "ok",
    "result": {"hi": "Ülo \u202e\x9b"},
    "error": None,
    "logs": [],
    "usage": {"wall_ms": 12.5, "cpu_ms": 3, "memory_mb": 1},
    "version": "$LATEST",
}
FAILED: dict[str, Any] = {
    **OK,
    "outcome": "exception",
    "result": None,
    "error": {"name": "Error", "message": "no\x1b[2J", "line": 2, "column": 7},
    "logs": [{"level": "warn", "text": "one\ntwo\r\x1b]0;x\x07", "at_ms": 1}],
}


def executing(fake: FakeApi, execution: dict[str, Any]) -> None:
    fake.handlers |= {
        f"GET functions/{ID}": data({"id": ID, "name": "greet", "function_js": SOURCE}),
        f"POST functions/{ID}/execute": data(execution),
    }


def test_the_result_alone_is_on_stdout_as_json(fake: FakeApi) -> None:
    executing(fake, OK)

    result = isolambda("run", ID, "--input", '{"a": 1}')

    assert result.exit_code == 0
    assert result.stdout == '{\n  "hi": "Ülo \\u202e\\u009b"\n}\n'
    assert json.loads(result.stdout) == OK["result"]
    assert result.stderr == "ok, 12.5 ms, 3 ms of processor time, 1 MB\n"
    assert fake.sent() == {"a": 1}


def test_a_failure_has_its_place_and_the_line_of_the_source_and_steers_no_terminal(
    fake: FakeApi,
) -> None:
    executing(fake, FAILED)

    result = isolambda("run", ID)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "warn   one",
        "       two\\r\\x1b]0;x\\x07",
        "Error: no\\x1b[2J",
        "    at function.js:2:7",
        "     2 | throw new Error(call.name);",
        "       |       ^",
        "exception, 12.5 ms, 3 ms of processor time, 1 MB",
    ]


def test_json_has_all_of_the_execution_and_nothing_beside(fake: FakeApi) -> None:
    executing(fake, FAILED)

    result = isolambda("run", ID, "--json")

    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout) == FAILED
    assert result.stdout.isascii()


def test_the_line_is_that_of_the_version_that_was_executed(fake: FakeApi) -> None:
    executing(fake, {**FAILED, "version": 3})
    fake.handlers[f"GET functions/{ID}/versions/3"] = data({"function_js": "\nold();"})

    result = isolambda("run", ID, "--version", "live")

    assert "     2 | old();" in result.stderr
    assert fake.requests[1].url.params["qualifier"] == "live"


def test_a_key_that_may_only_execute_shows_an_error_without_its_line(fake: FakeApi) -> None:
    executing(fake, {**FAILED, "version": 3})
    fake.handlers[f"GET functions/{ID}/versions/3"] = refusal(403, {"message": "forbidden"})

    result = isolambda("run", ID)

    assert "    at function.js:2:7\nexception" in result.stderr


@pytest.mark.parametrize("place", [(0, 1), (3, 1), (2, 99), (10**9, 1), (None, None), ("x", "y")])
def test_a_place_that_is_in_no_source_is_no_fault_of_the_command(
    fake: FakeApi, place: tuple[Any, Any]
) -> None:
    error = {"name": "Error", "message": "no", "line": place[0], "column": place[1]}
    executing(fake, {**FAILED, "error": error})

    result = isolambda("run", ID)

    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)


def project(home: Path) -> None:
    (home / "isolambda.toml").write_text(
        f'[project]\nname = "shop"\n[functions.greet]\nid = "{ID}"\nmain = "src/greet.js"\n'
    )
    (home / "src").mkdir()
    (home / "src/greet.js").write_text("first();\n\tmine();\n")


def test_in_a_project_a_name_is_its_function_and_the_line_is_from_its_file(
    fake: FakeApi, home: Path
) -> None:
    project(home)
    executing(fake, {**FAILED, "error": {**FAILED["error"], "file": "src/greet.js"}})

    result = isolambda("run", "greet")

    assert "    at src/greet.js:2:7\n     2 |  mine();\n" in result.stderr


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "src/../../secret", "\x00"])
def test_an_error_that_names_a_file_outside_of_the_project_shows_none_of_it(
    fake: FakeApi, home: Path, file: str
) -> None:
    project(home)
    (home.parent / "secret").write_text("top\nsecret\n")
    executing(fake, {**FAILED, "error": {**FAILED["error"], "file": file}})

    result = isolambda("run", "greet")

    assert result.exit_code == 1
    assert " | " not in result.stderr


def test_a_function_of_the_project_that_is_not_deployed_says_so(fake: FakeApi, home: Path) -> None:
    project(home)

    result = isolambda("run", "greet")

    assert fake.asked == [f"GET functions/{ID}"]
    assert result.stderr == (
        "isolambda: 'greet' is not deployed to this account: isolambda deploy\n"
    )


def test_the_input_is_read_from_a_file_or_from_stdin(fake: FakeApi, home: Path) -> None:
    executing(fake, OK)
    (home / "input.json").write_bytes(b'\xef\xbb\xbf{"from": "file"}')

    isolambda("run", ID, "--input", "@input.json")
    assert fake.sent() == {"from": "file"}

    isolambda("run", ID, "--input", "-", stdin='{"from": "stdin"}')
    assert fake.sent() == {"from": "stdin"}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("{", "--input is not JSON"),
        ("[1]", '--input is no object, as {"name": "Ada"} is'),
        ("5", "--input is no object"),
        ("", "--input is not JSON"),
        ("@", "Is a directory"),
        ("@missing", "missing: No such file or directory"),
        ("[" * 100_000, "--input is not JSON"),
    ],
)
def test_an_input_that_cannot_be_sent_is_refused_before_anything_is_asked(
    fake: FakeApi, word: str, message: str
) -> None:
    result = isolambda("run", ID, "--input", word)

    assert (result.exit_code, result.stdout, fake.requests) == (1, "", [])
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_an_input_that_is_too_long_is_refused_with_the_limit(fake: FakeApi) -> None:
    result = isolambda("run", ID, "--input", "-", stdin=b" " * (PAYLOAD_BYTES + 1))

    assert fake.requests == []
    assert f"stdin has more than {PAYLOAD_BYTES} bytes" in result.stderr
