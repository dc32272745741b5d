"""The command ``isolambda test``: what it runs, what it prints, and its exit code."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.installations import isolambda
from tests.unit.cli.testing.projects import HEAD, MANIFEST, write

pytestmark = pytest.mark.slow
GOOD = f"{HEAD}test('good', () => {{}});"
BAD = f"{HEAD}test('bad', () => {{ throw new Error('no'); }});"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, {"src/good.test.js": GOOD})


def test_the_exit_code_is_0_when_all_pass(folder: Path) -> None:
    (folder / "src/node_modules").mkdir()
    (folder / "src/node_modules/bad.test.js").write_text(BAD)

    result = isolambda("test")

    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 passed (" in result.stdout


def test_the_exit_code_is_1_when_one_fails(folder: Path) -> None:
    write(folder, {"src/bad.test.js": BAD})

    result = isolambda("test", "--reporter", "tap")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == ["TAP version 14", "not ok 1 - src/bad.test.js > bad"]
    assert result.stdout.endswith("ok 2 - src/good.test.js > good\n1..2\n")


@pytest.mark.parametrize("words", [("good",), ("./src/good",), ("--filter", "GOO")])
def test_words_and_a_filter_select(folder: Path, words: tuple[str, ...]) -> None:
    write(folder, {"src/bad.test.js": BAD})

    result = isolambda("test", *words)

    assert result.exit_code == 0
    assert "1 passed" in result.stdout


@pytest.mark.parametrize("words", [("nothing",), ()])
def test_no_tests_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(write(tmp_path, {}))

    result = isolambda("test", *words)

    assert result.exit_code == 1
    assert result.stderr == (
        "isolambda: no tests are selected; they are in *.test.js, *.test.ts, and calls/*.json\n"
    )


def test_a_project_with_a_mistake_is_an_error_in_one_line(folder: Path) -> None:
    (folder / "isolambda.toml").write_text(f"{MANIFEST}nonsense = 1\n")

    result = isolambda("test")

    assert result.exit_code == 1
    assert result.stderr.startswith("isolambda: isolambda.toml:7: functions.greet.nonsense: ")


def test_ctrl_c_is_no_success(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("isolambda_cli.testing.command.run_tests", interrupted)

    assert isolambda("test").exit_code == 130
    assert folder.is_dir()


def test_json_is_alone_on_stdout(folder: Path) -> None:
    write(folder, {"src/bad.test.js": BAD})

    result = isolambda("test", "--json")

    assert (result.exit_code, result.stderr) == (1, "")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["file"], each["passed"]) for each in found] == [
        ("src/bad.test.js", False),
        ("src/good.test.js", True),
    ]
