"""A few fast tests of web-platform-tests pass here; a test that hangs or crashes fails alone."""

from pathlib import Path

import pytest

from tests.wpt import running, sources
from tests.wpt.checkout import (
    AREAS,
    NoTestsError,
    area_of,
    find_checkout,
    list_tests,
    missing_areas,
    read_test,
)
from tests.wpt.expectations import read_expectations
from tests.wpt.running import THE_FILE, FileResult, run_files

FAST = (
    "console/console-is-a-namespace.any.js",
    "dom/events/Event-constructors.any.js",
    "encoding/api-basics.any.js",
    "hr-time/basic.any.js",
    "html/webappapis/atob/base64.any.js",
    "streams/queuing-strategies.any.js",
    "url/urlsearchparams-append.any.js",
)
HARNESS = "resources/testharness.js"
MADE = {
    "crashes": "'x'.repeat(2 ** 29 - 24).split('');",
    "hangs": "test(() => {}, 'begins'); Array.prototype.includes.call({length: 2 ** 53 - 1}, 1);",
    "passes": """// META: script=given.js
        const data = fetch('data.txt').then((response) => response.text());
        promise_test(async () => assert_equals(await data, GIVEN), 'fetches');
        test(() => assert_equals(1, 2), 'fails');""",
    "bytes": """promise_test(async () => {
        const response = await fetch('data.wasm');
        assert_array_equals(await response.bytes(), [0, 255]);
        }, 'as they are');""",
    "sees": """// META: script=seeing.js
        let own = 'own';
        test(() => assert_equals(seen(), own), 'a script sees what the test declares');""",
    "strict": """// META: script=given.js
        'use strict';
        test(() => assert_equals((function () { return this; })(), undefined), 'is strict');""",
    "throws": "test(() => {}, 'begins'); throw new Error('at once');",
    "variants": """// META: variant=?one
        // META: variant=?two
        test(() => {}, location.search);
        test(() => assert_equals(location.search, '?one'), 'both');""",
    "waits": "test(() => {}, 'ends'); async_test(() => {}, 'never');",
}


@pytest.fixture(scope="module")
def checkout() -> Path:
    try:
        return find_checkout()
    except NoTestsError as error:
        pytest.skip(f"{error}: NO WEB-PLATFORM-TEST WAS RUN")


@pytest.fixture(scope="module")
def made(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileResult]:
    """The results of tests that are made here, by their names."""
    folder = tmp_path_factory.mktemp("wpt")
    (folder / "url").mkdir()
    (folder / "resources").mkdir()
    (folder / HARNESS).write_text((checkout / HARNESS).read_text())
    (folder / "url/given.js").write_text("const GIVEN = 'text';")
    (folder / "url/seeing.js").write_text("const seen = () => own;")
    (folder / "url/data.txt").write_text("text")
    (folder / "url/data.wasm").write_bytes(b"\x00\xff")
    for name, text in MADE.items():
        lines = "\n".join(line.strip() for line in text.splitlines())
        (folder / f"url/{name}.any.js").write_text(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "NORMAL_MS", 500)
        patch.setattr(running, "_COMPUTING_MS", 1_500)
        files = run_files(folder, list_tests(folder))
        return {file.path.removeprefix("url/").removesuffix(".any.js"): file for file in files}


def test_an_area_without_a_test_is_missing(tmp_path: Path) -> None:
    for path in ("url/one.any.js", "dom/nodes/one.any.js", "wasm/jsapi/one.js"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()

    assert missing_areas(tmp_path) == sorted(AREAS.keys() - {"url"})


def test_a_range_of_subtests_that_compute_is_run_in_parts(tmp_path: Path) -> None:
    folder = tmp_path / "WebCryptoAPI"
    folder.mkdir()
    lines = ["// META: variant=?1-60", "// META: variant=?61-last", "// META: variant=?word"]
    (folder / "one.any.js").write_text("\n".join(lines))

    test = read_test(tmp_path, "WebCryptoAPI/one.any.js")

    assert test is not None
    parts = ("?1-50", "?51-60", "?61-110", "?111-last", "?word")
    assert test.variants == parts


def test_an_open_range_has_no_parts_that_the_others_would_not_have(tmp_path: Path) -> None:
    folder = tmp_path / "WebCryptoAPI"
    folder.mkdir()
    lines = ["// META: variant=?1-10", "// META: variant=?11-last"]
    (folder / "one.any.js").write_text("\n".join(lines))

    test = read_test(tmp_path, "WebCryptoAPI/one.any.js")

    assert test is not None
    assert test.variants == ("?1-10", "?11-last")


@pytest.mark.slow
def test_fast_files_do_as_the_lists_say(checkout: Path) -> None:
    differences = [
        difference
        for file in run_files(checkout, list_tests(checkout, FAST))
        for difference in read_expectations(area_of(file.path)).differences(file)
    ]

    assert differences == []


@pytest.mark.slow
def test_scripts_data_and_failures_are_told_by_subtest(made: dict[str, FileResult]) -> None:
    assert made["passes"].passed == {"fetches"}
    assert made["passes"].failed.keys() == {"fails"}
    assert "expected 2 but got 1" in made["passes"].failed["fails"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bytes", "sees", "strict"])
def test_files_are_bytes_and_scripts_and_test_one_scope_unless_it_is_strict(
    made: dict[str, FileResult], name: str
) -> None:
    assert made[name].failed == {}


@pytest.mark.slow
def test_each_variant_is_run(made: dict[str, FileResult]) -> None:
    assert made["variants"].passed == {"?one", "?two"}
    assert made["variants"].failed.keys() == {"both"}


@pytest.mark.slow
def test_what_never_settles_fails_and_the_other_subtests_count(
    made: dict[str, FileResult],
) -> None:
    assert made["waits"].passed == {"ends"}
    assert made["waits"].failed.keys() == {"never"}


@pytest.mark.slow
def test_a_file_that_throws_keeps_what_it_had_begun(made: dict[str, FileResult]) -> None:
    assert made["throws"].passed == {"begins"}
    assert made["throws"].failed == {THE_FILE: "the file threw Error: at once"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["crashes", "hangs"])
def test_a_file_that_crashes_or_hangs_fails_alone(made: dict[str, FileResult], name: str) -> None:
    assert made[name].failed.keys() == {THE_FILE}
    assert len(made) == len(MADE)


def test_a_test_for_shadow_realms_alone_is_none_here(checkout: Path) -> None:
    assert read_test(checkout, "dom/abort/timeout-shadowrealm.any.js") is None
