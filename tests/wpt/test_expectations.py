"""The lists of what does not pass say exactly that, and only become shorter."""

import json
from pathlib import Path

import pytest

from tests.wpt import expectations
from tests.wpt.checkout import AREAS
from tests.wpt.expectations import (
    FOLDER,
    UNEXPLAINED,
    Expectations,
    GrownError,
    Sum,
    read_expectations,
    read_sums,
    sum_differences,
    update,
)
from tests.wpt.running import FileResult

FILE = "url/toString.any.js"
WHY = "nobody needs it"
LISTED = sorted(path.stem for path in FOLDER.glob("*.json"))


def result(passed: str, failed: str = "", path: str = FILE) -> FileResult:
    return FileResult(path, set(passed.split()), dict.fromkeys(failed.split(), "why"))


def test_a_list_that_says_what_is_differs_in_nothing() -> None:
    listed = Expectations({WHY: {FILE: ["two"]}})

    assert list(listed.differences(result("one", "two"))) == []


def test_what_fails_and_is_not_listed_differs() -> None:
    assert list(Expectations().differences(result("one", "two"))) == [
        f"{FILE}: two: FAILS, AND IS NOT LISTED: why"
    ]


def test_what_passes_and_is_listed_differs() -> None:
    listed = Expectations({WHY: {FILE: ["one", "two"]}})

    assert list(listed.differences(result("one", "two"))) == [f"{FILE}: one: PASSES, AND IS LISTED"]


def test_what_is_listed_and_not_there_differs() -> None:
    listed = Expectations({WHY: {FILE: ["three"]}})

    assert list(listed.differences(result("one"))) == [f"{FILE}: three: IS LISTED, AND NOT THERE"]


def test_a_file_that_mostly_fails_lists_what_passes() -> None:
    listed = Expectations({WHY: {FILE: {"all": 3, "but": ["one"]}}})

    assert listed.count == 2
    assert list(listed.differences(result("one", "two three"))) == []
    assert list(listed.differences(result("one two", "three"))) == [
        f"{FILE}: two: PASSES, AND IS LISTED"
    ]
    assert list(listed.differences(result("", "one two three"))) == [
        f"{FILE}: one: FAILS, AND IS NOT LISTED: why"
    ]
    assert list(listed.differences(result("one", "two"))) == [f"{FILE} has 2 subtests, not 3"]


def test_a_subtest_of_several_variants_passes_if_it_passes_in_all() -> None:
    file = FileResult(FILE)

    file.add("one", None)
    file.add("one", "why")
    file.add("one", None)

    assert (file.passed, file.failed) == (set(), {"one": "why"})


def test_an_update_keeps_reasons_and_explains_nothing_else() -> None:
    listed = Expectations({WHY: {FILE: ["one", "two"]}, "else": {"url/gone.any.js": ["three"]}})

    new = listed.updated([result("one", "two four")])

    assert new.by_reason == {WHY: {FILE: ["two"]}, UNEXPLAINED: {FILE: ["four"]}}


def test_an_update_lists_the_shorter_half() -> None:
    many = " ".join(map(str, range(30)))

    new = Expectations().updated([result("one", many)])

    assert new.by_reason == {UNEXPLAINED: {FILE: {"all": 31, "but": ["one"]}}}


def test_an_update_does_not_write_a_longer_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expectations, "FOLDER", tmp_path)
    monkeypatch.setattr(expectations, "SUMS", tmp_path / "sums.json")
    (tmp_path / "sums.json").write_text("{}")
    update("url", [result("one", "two three")])
    update("url", [result("one two", "three")])

    with pytest.raises(GrownError, match="url: 2 DO NOT PASS, AND BEFORE 1"):
        update("url", [result("one", "two three")])

    assert json.loads((tmp_path / "url.json").read_text()) == {UNEXPLAINED: {FILE: ["three"]}}
    assert json.loads((tmp_path / "sums.json").read_text()) == {"url": {"passed": 2, "run": 3}}


def test_each_area_with_a_sum_has_a_list() -> None:
    assert sorted(read_sums()) == LISTED
    assert set(LISTED) <= set(AREAS)


@pytest.mark.parametrize("area", LISTED)
def test_a_list_has_all_that_its_sum_leaves(area: str) -> None:
    counted = read_sums()[area]

    assert read_expectations(area).count == counted["run"] - counted["passed"]


def test_a_run_that_counts_anything_else_than_the_sum_differs() -> None:
    sums = {"url": Sum(passed=1, run=2)}

    assert list(sum_differences("url", [result("one", "two")], sums)) == []
    assert list(sum_differences("url", [result("one two")], sums)) == [
        "url: 2 OF 2 PASS, AND sums.json SAYS 1 OF 2"
    ]


@pytest.mark.parametrize("area", LISTED)
def test_a_list_names_files_of_its_area_and_each_subtest_once(area: str) -> None:
    listed = read_expectations(area)
    assert all(path.startswith(f"{area}/") for path in listed.files)
    for path in listed.files:
        of_file = [of[path] for of in listed.by_reason.values() if path in of]
        names = [name for each in of_file for name in (each if isinstance(each, list) else ["*"])]
        assert len(set(names)) == len(names)
        assert len(of_file) == 1 or all(isinstance(each, list) for each in of_file)
