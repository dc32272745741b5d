"""A project of another author: its tests reach no file beside it, and steer no terminal."""

from pathlib import Path

import pytest

from isolambda_cli.testing.failures import failure_of
from isolambda_cli.testing.isolates import Isolates
from isolambda_cli.testing.reports.junit import junit
from isolambda_cli.testing.reports.pretty import pretty
from isolambda_cli.testing.results import CaseResult, Failure, FileResult, Place, Verdict
from isolambda_cli.testing.snapshots import SnapshotError, open_snapshots
from isolambda_core.domain.executions.execution import ExecutionError
from tests.unit.cli.testing.projects import HEAD, results_of, write


def failure_with(stack: str, folder: Path) -> Failure:
    return failure_of(folder, ExecutionError("Error", "no", stack), main="src/greet.js")


@pytest.mark.parametrize("file", ["{beside}/secret.txt", "../secret.txt", "link.js", "/dev/zero"])
def test_a_stack_that_a_test_writes_shows_no_file_beside_the_project(
    tmp_path: Path, file: str
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("a secret\n")
    (folder / "link.js").symlink_to("../secret.txt")

    found = failure_with(f"Error: no\n    at {file.format(beside=tmp_path)}:1:1", folder)

    assert found.place is not None
    assert found.source is None


def test_a_place_with_thousands_of_digits_is_none(tmp_path: Path) -> None:
    assert failure_with(f"Error: no\n    at a.js:{'9' * 5000}:1", tmp_path).place is None


@pytest.mark.parametrize("report", [pretty, junit])
def test_no_name_in_a_report_steers_the_terminal(report: object) -> None:
    nasty = "a\x1b]0;x\x07\x9b2J"
    failure = Failure(nasty, nasty, Place(nasty, 1, 1), nasty)
    case = CaseResult(nasty, Verdict.FAILED, 1.0, failure)
    results = [FileResult(nasty, [case], [failure])]

    text = "\n".join(pretty(results) if report is pretty else junit(results))

    assert not set("\x07\x9b") & set(text)
    assert "\x1b]" not in text


@pytest.mark.parametrize("name", ["greet.test.js.snap", ""])
def test_snapshots_are_not_written_through_a_link(tmp_path: Path, name: str) -> None:
    (tmp_path / "home").mkdir()
    link = tmp_path / "src/__snapshots__" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "home" / name)

    with pytest.raises(SnapshotError, match="is a link, and is not written through"):
        open_snapshots(tmp_path / "src/greet.test.js", update=False)

    assert list((tmp_path / "home").iterdir()) == []


def test_a_snapshot_with_half_of_a_character_is_written_and_holds(
    isolates: Isolates, tmp_path: Path
) -> None:
    file = "src/greet.test.js"
    text = f'{HEAD}test("it", () => {{ expect("\\ud800").toMatchSnapshot(); }});'
    write(tmp_path, {file: text})

    first = results_of(isolates, tmp_path)[file]
    second = results_of(isolates, tmp_path)[file]

    assert (first.passed, first.written) == (True, 1)
    assert (second.passed, second.written) == (True, 0)
