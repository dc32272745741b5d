"""Tests of functions run in the isolates that serve, within the limits of their function."""

from pathlib import Path

import pytest

from isolambda_cli.testing.harness import _EXPORTS
from isolambda_cli.testing.isolates import Isolates
from isolambda_cli.testing.results import Failure, Place, Verdict
from tests.unit.cli.testing.projects import HEAD, MANIFEST, cases_of, results_of, write

pytestmark = pytest.mark.slow


def failure_in(isolates: Isolates, folder: Path, body: str) -> Failure:
    """Return why a test of this body fails; it begins at column 20 of line 2."""
    [case] = cases_of(isolates, folder, f'test("it", async () => {{ {body} }});').values()
    assert case.failure is not None
    return case.failure


def test_what_holds_passes(isolates: Isolates, tmp_path: Path) -> None:
    cases = cases_of(
        isolates,
        tmp_path,
        """
test("same", () => { expect(1 + 1).toBe(2); expect(1).not.toBe(2); });
test("equal", () => { expect({ a: [1, { b: 2 }] }).toEqual({ a: [1, { b: 2 }] }); });
test("match", () => {
  expect({ a: 1, b: 2 }).toMatchObject({ a: expect.any(Number) });
  expect([1, 2]).toContain(2);
  expect("abc").toMatch(/b/);
  expect(0.1 + 0.2).toBeCloseTo(0.3);
  expect([1, 2]).toHaveLength(2);
});
test("throw", async () => {
  expect(() => { throw new TypeError("bad"); }).toThrow("bad");
  await expect(Promise.reject(new Error("no"))).rejects.toThrow("no");
  await expect(Promise.resolve(1)).resolves.toBe(1);
});
test("mock", () => { const f = vi.fn(() => 3); f(1); expect(f).toHaveBeenCalledWith(1); });
""",
    )

    assert {name: case.verdict for name, case in cases.items()} == dict.fromkeys(
        ("same", "equal", "match", "throw", "mock"), Verdict.PASSED
    )


@pytest.mark.parametrize(
    "assertion",
    [
        "expect(1).toBe(2)",
        "expect({ a: 1 }).toEqual({ a: 2 })",
        "expect({ a: 1 }).toMatchObject({ a: 2 })",
        "expect([1]).toContain(2)",
        "expect('a').toMatch(/b/)",
        "expect(0.1).toBeCloseTo(0.3)",
        "expect([1]).toHaveLength(2)",
        "expect(() => {}).toThrow()",
        "expect(1).not.toBe(1)",
        "await expect(Promise.resolve(1)).rejects.toThrow()",
    ],
)
def test_what_does_not_hold_fails_at_its_place(
    isolates: Isolates, tmp_path: Path, assertion: str
) -> None:
    failure = failure_in(isolates, tmp_path, assertion)

    assert failure.place is not None
    assert (failure.place.file, failure.place.line) == ("src/greet.test.js", 2)
    assert failure.source is not None
    assert assertion in failure.source


def test_a_failure_shows_the_difference(isolates: Isolates, tmp_path: Path) -> None:
    failure = failure_in(isolates, tmp_path, "expect({ a: 1, b: 2 }).toEqual({ a: 1, b: 3 });")

    assert failure.name == "AssertionError"
    assert failure.message.splitlines()[2:] == [
        "- Expected",
        "+ Received",
        "",
        "  {",
        '    "a": 1,',
        '-   "b": 3,',
        '+   "b": 2,',
        "  }",
    ]


def test_an_error_has_the_place_in_the_source_that_throws(
    isolates: Isolates, tmp_path: Path
) -> None:
    source = 'import greet from "./greet.js";\ntest("it", (t) => greet({}, t.context));'
    [case] = cases_of(isolates, tmp_path, source).values()

    assert case.failure is not None
    assert case.failure.place == Place("src/greet.js", 3, 33)
    assert case.failure.source == '  if (name === undefined) throw new TypeError("no name");'


def test_tests_have_the_key_value_store_of_their_function(
    isolates: Isolates, tmp_path: Path
) -> None:
    source = """
import greet from "./greet.js";
for (const seen of [1, 2]) {
  test(`seen ${seen}`, async ({ context }) => {
    expect(await greet({ name: "Ada" }, context)).toEqual({ hello: "Ada", seen });
  });
}
"""

    for _ in range(2):  # each run begins with an empty one
        cases = cases_of(isolates, tmp_path, source)
        assert [case.verdict for case in cases.values()] == [Verdict.PASSED] * 2


def test_what_goes_over_a_limit_fails_with_it_and_the_others_run_on(
    isolates: Isolates, tmp_path: Path
) -> None:
    limited = f"{MANIFEST}limits = {{ wall_time_ms = 1_000 }}"
    cases = cases_of(
        isolates,
        write(tmp_path, {"isolambda.toml": limited}),
        """
test("loops", () => { for (;;); });
test("waits", () => new Promise((resolve) => setTimeout(resolve, 60_000)));
test("never settles", () => new Promise(() => {}));
test("takes all", () => { const all = []; for (;;) all.push(new Array(1e5).fill(1.5)); });
test("goes on", () => { console.log("here"); expect(1).toBe(1); });
""",
    )

    failures = {name: case.failure for name, case in cases.items() if case.failure}
    assert {name: failure.name for name, failure in failures.items()} == {
        "loops": "WallTimeExceeded",
        "waits": "WallTimeExceeded",
        "never settles": "Error",
        "takes all": "MemoryExceeded",
    }
    assert failures["loops"].message.startswith("the limit wall_time_ms is 1000 ms")
    assert failures["takes all"].message.startswith("the limit memory_mb is 64 MB")
    assert failures["loops"].place == Place("src/greet.test.js", 3, 1)
    assert cases["goes on"].verdict is Verdict.PASSED
    assert [line.text for line in cases["goes on"].lines] == ["here"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Promise.reject(new Error('lost'));", "Uncaught (in promise) Error: lost"),
        ("expect(Promise.resolve(1)).resolves.toBe(1);", "was not awaited"),
        ("expect.assertions(2); expect(1).toBe(1);", "expected 2 assertions, and there were 1"),
        ("expect.hasAssertions();", "expected assertions, and there were none"),
        ("await fetch('https://example.com/');", "fetch may not reach example.com"),
    ],
)
def test_what_is_easily_overlooked_fails(
    isolates: Isolates, tmp_path: Path, body: str, told: str
) -> None:
    assert told in failure_in(isolates, tmp_path, body).message


def test_suites_modes_tables_and_hooks(isolates: Isolates, tmp_path: Path) -> None:
    cases = cases_of(
        isolates,
        tmp_path,
        """
const order = [];
beforeAll(() => order.push("all"));
beforeEach(() => order.push("each"));
describe("outer", () => {
  afterEach(() => order.push("after"));
  test.each([[1, 2], [2, 3]])("%d before %d", (a, b) => { expect(a + 1).toBe(b); });
  describe.skip("inner", () => { it("left out", () => {}); });
  test.each([{ n: 1 }])("row $n", ({ n }) => { expect(n).toBe(1); });
});
test.todo("later");
test("order", () => {
  expect(order.join(" ")).toBe("all each after each after each after each");
});
""",
    )

    assert {name: case.verdict.value for name, case in cases.items()} == {
        "outer > 1 before 2": "passed",
        "outer > 2 before 3": "passed",
        "outer > inner > left out": "skipped",
        "outer > row 1": "passed",
        "later": "todo",
        "order": "passed",
    }


def test_only_leaves_the_others_out(isolates: Isolates, tmp_path: Path) -> None:
    cases = cases_of(
        isolates, tmp_path, 'test("a", () => {}); test.only("b", () => {}); test("c", () => {});'
    )

    assert [case.verdict.value for case in cases.values()] == ["skipped", "passed", "skipped"]


@pytest.mark.parametrize(
    ("source", "place", "told"),
    [
        (
            f"{HEAD}test('a', () => {{ ); }});",
            Place("src/greet.test.js", 2, 19),
            "Unexpected token",
        ),
        (f"{HEAD}null.x;", Place("src/greet.test.js", 2, 6), "Cannot read properties of null"),
        (f"{HEAD}import './no.js';", Place("src/greet.test.js", 2, 8), "no file of the function"),
        (f"{HEAD}test('a');", Place("src/greet.test.js", 2, 1), "test needs a function"),
    ],
)
def test_a_file_that_cannot_be_evaluated_fails_and_the_others_run_on(
    isolates: Isolates, tmp_path: Path, source: str, place: Place | None, told: str
) -> None:
    good = f"{HEAD}test('good', () => {{}});"
    write(tmp_path, {"src/greet.test.js": source, "src/other.test.ts": good})

    results = results_of(isolates, tmp_path)

    [failure] = results["src/greet.test.js"].failures
    assert told in failure.message
    assert failure.place == place
    assert results["src/other.test.ts"].passed
    assert results["src/other.test.ts"].count(Verdict.PASSED) == 1


def test_the_module_has_what_its_types_say(isolates: Isolates, tmp_path: Path) -> None:
    names = ", ".join(_EXPORTS)
    source = f"""
import * as all from "isolambda:test";
import {{ {names} }} from "isolambda:test";
test("it", () => {{ expect(Object.keys(all).sort()).toEqual({sorted(_EXPORTS)}); }});
"""
    write(tmp_path, {"src/greet.test.js": source})

    [result] = results_of(isolates, tmp_path).values()

    assert result.passed, result
