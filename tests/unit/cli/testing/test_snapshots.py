"""Snapshots are written once, compared from then on, and taken over with --update."""

from pathlib import Path

import pytest

from isolambda_cli.testing.isolates import Isolates
from isolambda_cli.testing.snapshots import SnapshotError, open_snapshots
from tests.unit.cli.testing.projects import HEAD, results_of, write

FILE = "src/greet.test.js"
SNAPSHOTS = "src/__snapshots__/greet.test.js.snap"


def source(value: str, more: str = "") -> dict[str, str]:
    return {FILE: f'{HEAD}test("it", () => {{ expect({value}).toMatchSnapshot(); {more} }});'}


def test_a_new_snapshot_is_written_and_holds(isolates: Isolates, tmp_path: Path) -> None:
    write(tmp_path, source('{ a: "x`${1}\\\\", b: [1] }', 'expect(2).toMatchSnapshot("two");'))

    first = results_of(isolates, tmp_path)[FILE]
    text = (tmp_path / SNAPSHOTS).read_text(encoding="utf-8")
    second = results_of(isolates, tmp_path)[FILE]

    assert (first.passed, first.written) == (True, 2)
    assert (second.passed, second.written) == (True, 0)
    assert text.startswith("// Snapshots of isolambda test\n\nexports[`it 1`] = `\n{\n")
    assert "exports[`it > two 1`] = `\n2\n`;\n" in text


def test_another_value_fails_and_is_taken_over_with_update(
    isolates: Isolates, tmp_path: Path
) -> None:
    results_of(isolates, write(tmp_path, source("1")))
    write(tmp_path, source("2"))

    failed = results_of(isolates, tmp_path)[FILE]
    before = (tmp_path / SNAPSHOTS).read_text(encoding="utf-8")
    updated = results_of(isolates, tmp_path, update=True)[FILE]

    [case] = failed.cases
    assert case.failure is not None
    assert case.failure.message.endswith('Expected: "1"\nReceived: "2"')
    assert "`\n1\n`" in before
    assert (updated.passed, updated.written) == (True, 1)
    assert results_of(isolates, tmp_path)[FILE].passed


def test_what_no_test_has_any_more_goes_with_update_alone(
    isolates: Isolates, tmp_path: Path
) -> None:
    results_of(isolates, write(tmp_path, source("1", "expect(2).toMatchSnapshot();")))
    write(tmp_path, source("1"))

    kept = results_of(isolates, tmp_path)[FILE]
    results_of(isolates, tmp_path, update=True)

    assert (kept.passed, kept.obsolete) == (True, 1)
    assert "it 2" not in (tmp_path / SNAPSHOTS).read_text(encoding="utf-8")


def test_those_of_tests_that_do_not_run_are_kept(isolates: Isolates, tmp_path: Path) -> None:
    results_of(isolates, write(tmp_path, source("1")))
    before = (tmp_path / SNAPSHOTS).read_text(encoding="utf-8")

    results_of(isolates, tmp_path, name="another", update=True)

    assert (tmp_path / SNAPSHOTS).read_text(encoding="utf-8") == before


@pytest.mark.parametrize("text", ["nonsense", "exports[`a 1`] = `\n1", "exports[a] = 1;"])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "__snapshots__").mkdir()
    (tmp_path / "__snapshots__/a.test.js.snap").write_text(text)

    with pytest.raises(SnapshotError, match=r"a\.test\.js\.snap: has something else"):
        open_snapshots(tmp_path / "a.test.js", update=False)
