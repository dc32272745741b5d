"""What a source is instead of the body of a function, by V8's own word."""

from collections.abc import Iterator

import pytest

from isolambda_core.domain.executions.execution import (
    ExecutionError,
    Hint,
)
from isolambda_executor.engine import Engine, Isolate
from isolambda_executor.execution import _COMPILED
from isolambda_executor.hints import hint_of


@pytest.fixture(scope="module")
def isolate() -> Iterator[Isolate]:
    made = Engine().isolate()
    yield made
    made.close()


class Compiler:
    """Has V8 compile bodies of functions, and counts them."""

    def __init__(self, isolate: Isolate) -> None:
        self._isolate = isolate
        self.asked = 0

    def __call__(self, body: str) -> bool:
        self.asked += 1
        answer = self._isolate.call("load", body, "", timeout_s=10)
        return answer == _COMPILED  # else a report


@pytest.fixture
def compiles(isolate: Isolate) -> Compiler:
    return Compiler(isolate)


@pytest.mark.parametrize(
    "source",
    [
        "return 1",
        "return\n1",
        "return;",
        "'use strict'; return 1",
        "if (call.a) return 1; else call.b()",
        "for (;;) { return }",
        "switch (call.a) { case 1: return 2; default: }",
        "do return 1; while (0)",
        "label: { if (call) { return 1 } }",
        "try { call.x() } finally { return 1 }",
        "const a = await call.x; return a",
        "for await (const a of call.x) return a",
        "let context = 1; return context",
        "return call => 1",
        "module.exports = 1; return 2",
        "return main(call);\nfunction main() { return 1 }",
        "{ return { a: 1, b: 2 } }",
    ],
)
def test_a_source_that_returns_has_no_hint(source: str, compiles: Compiler) -> None:
    assert compiles(source)
    assert hint_of(source, None, compiles) is None


@pytest.mark.parametrize(
    "source",
    [
        "",
        "1",
        "call.a",
        "(a, b)",
        "a = 1",
        "await call.a",
        "// return 1",
        "const s = 'return 1'",
        "`${call.a} return 1`",
        "/return/.test(call.a)",
        "/(?<return>a)/.test(call.a)",
        "({ return: 1 }).return",
        "class A { return() { return 1 } static { (() => { return 1 })() } }",
        "const returnValue = 1; returnValue",
        "returnValue = 1; return_ = 2; return$ = 3",
        "const f = () => { return 1 }; f()",
        "function f() { return 1 }\nfunction g() { return 2 }",
        "(function () { return 1 })()",
        "(async () => { return await 1 })()",
        "() => {}; () => {}",
        "call.x((y) => 1)",
        "(call)((x) => 1)",
        "var f; function f() {}",
    ],
)
def test_a_source_that_never_returns_is_known(source: str, compiles: Compiler) -> None:
    assert compiles(source)
    assert hint_of(source, None, compiles) is Hint.NO_RETURN


@pytest.mark.parametrize(
    "source",
    [
        "(call) => ({ a: 1 })",
        "(call) => ({ a: 1 });\n\n",
        "call => call",
        "({ a }, [b = () => { return 1 }]) => { return a }",
        "async (call) => { return await 1 }",
        "async call => 1",
        "/* a */ // b\n (call) => { return 1 }\n// c",
        "function main(call) { return 1 }",
        "async function main(call) { return await 1 };",
        "function* main(call) { return 1 }",
    ],
)
def test_a_source_that_is_one_function_is_known(source: str, compiles: Compiler) -> None:
    assert compiles(source)
    assert hint_of(source, None, compiles) is Hint.FUNCTION


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = (call) => 1",
        "module . exports = { main }; function main() { return 1 }",
        "const a = 1;\nexports.handler = async (event) => { return await a }",
        "exports['handler'] = () => { return 1 }",
    ],
)
def test_a_source_that_exports_is_known(source: str, compiles: Compiler) -> None:
    assert compiles(source)
    assert hint_of(source, None, compiles) is Hint.MODULE


@pytest.mark.parametrize(
    ("message", "source", "hint"),
    [
        ("Unexpected token 'export'", "export default 1", Hint.MODULE),
        ("Cannot use import statement outside a module", "import 'a'", Hint.MODULE),
        ("Cannot use 'import.meta' outside a module", "import.meta.url", Hint.MODULE),
        ("Function statements require a function name", "function () {}", Hint.FUNCTION),
        ("Function statements require a function name", "async function () {}", Hint.FUNCTION),
        ("Function statements require a function name", "a(); function () {}", None),
        ("Unexpected token '}'", "return 1 }", None),
    ],
)
def test_a_source_that_does_not_compile_may_have_a_hint(
    message: str, source: str, hint: Hint | None, compiles: Compiler
) -> None:
    assert hint_of(source, ExecutionError("SyntaxError", message), compiles) is hint


@pytest.mark.parametrize("before", ["var f; function f() {}\n", "function f() {} var f;\n"])
def test_where_v8_cannot_tell_nothing_is_reported(before: str, compiles: Compiler) -> None:
    """Such names may be declared twice in a function, but not below a label."""
    source = f"{before} return 1"

    assert compiles(source)
    assert hint_of(source, None, compiles) is None


def test_so_many_places_are_looked_at_and_no_more(compiles: Compiler) -> None:
    functions = "(() => { return 1 })();\n" * 1_000

    assert hint_of(f"return 1;\n{functions}", None, compiles) is None
    assert hint_of(functions, None, compiles) is None
    assert compiles.asked < 100


def test_a_source_that_ends_with_its_return_is_known_at_once(compiles: Compiler) -> None:
    functions = "(() => { return 1 })();\n" * 1_000

    assert hint_of(f"{functions} return 1;", None, compiles) is None
    assert compiles.asked == 2
