"""What is wrong with a source that does not compile, and where, is what V8 says of a body.

The places are those that ``vm.compileFunction`` of Node tells of the same texts.
"""

from collections.abc import Iterator

import pytest

from isolambda_core.domain.executions.execution import ExecutionError
from isolambda_executor.engine import Engine, Isolate
from isolambda_executor.syntax import with_place_of_syntax_error

BRACE, END = "Unexpected token '}'", "Unexpected end of input"
REPORTED = ExecutionError("SyntaxError", "as the constructor says")


@pytest.fixture(scope="module")
def isolate() -> Iterator[Isolate]:
    isolate = Engine().isolate()
    yield isolate
    isolate.close()


def fault_of(isolate: Isolate, source: str) -> tuple[str, int | None, int | None]:
    error = with_place_of_syntax_error(isolate, source, REPORTED)
    assert (
        error.stack
        == f"SyntaxError: {error.message}\n    at function.js:{error.line}:{error.column}"
    )
    return error.message, error.line, error.column


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("return 2;\n}", 2, 1),
        ("const a = 1;\n}\nconst b = 2;", 2, 1),
        ("const a = 1;\r}\rconst b = 2;", 2, 1),
        ("if (call.a) {\n  f();\n}\n}\nreturn 1;", 4, 1),
        ("}", 1, 1),
        ("return 1 }", 1, 10),
        ("return 1;\n});\nconst rest = {a: {}};\nf(function () {});", 2, 1),
        ("return 1;\n});\n(function () {", 2, 1),
        ("}, function () { return {}; }", 1, 1),
        ("}(function () {}), {}", 1, 1),
        ("f();\n} catch (e) { f(); }", 2, 1),
        ("f();\n} /* } */ // }\nfinally { f(); }", 2, 1),
        ("try { f(); } catch { }\n}\ntry { f(); }", 2, 1),
        ("await f();\n}\nawait g();", 2, 1),
        ("await f();\n});\n(async function () {", 2, 1),
        ("const a = '}', b = \"}\", c = `}${'}'}}`, d = /}[}]/; // }\n/* } */ }", 2, 9),
        ("const a = '\u2028';\u2029/* \r\n */ }", 4, 5),
        ("'😀'; }", 1, 7),
        ("var f; function f() {}\n}\nreturn f;", 2, 1),
        ("async function f() {}\nasync function f() {}\n// }\n});\nreturn f;", 4, 1),
    ],
)
def test_a_brace_too_many_is_what_is_wrong(
    isolate: Isolate, source: str, line: int, column: int
) -> None:
    assert fault_of(isolate, source) == (BRACE, line, column)


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("return (", 1, 9),
        ("return (\n", 2, 1),
        ("if (call.a) {\r\n", 2, 1),
        ("if (call.a) { // }\r", 2, 1),
        ("await f(", 1, 9),
        ("f({a: [", 1, 8),
        ("`}", 1, 3),
        ("class A { m(", 1, 13),
        ("const f = () => {\u2028/* } */\u2029", 3, 1),
        ("'😀' + (", 1, 9),
    ],
)
def test_what_is_unfinished_is_reported_at_its_end(
    isolate: Isolate, source: str, line: int, column: int
) -> None:
    assert fault_of(isolate, source) == (END, line, column)


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("const a = 1;\rconst b = ;\rreturn 1;", "Unexpected token ';'", 2, 11),
        ("const a = '\u2028';\u2029const b = ;", "Unexpected token ';'", 3, 11),
        ("f(1, 2", "missing ) after argument list", 1, 6),
        ("`${a", "Missing } in template expression", 1, 4),
        ("const a", "Missing initializer in const declaration", 1, 7),
        ("x = /ab", "Invalid regular expression: missing /", 1, 5),
        ("x = /:7: SyntaxError: [/", "Invalid regular expression: missing /", 1, 5),
        ("try { f(); }\nreturn 1;", "Missing catch or finally after try", 1, 12),
        ("'abc\n'", "Invalid or unexpected token", 1, 1),
        ("/* } \n", "Invalid or unexpected token", 1, 1),
        ("let a; let a; }", "Identifier 'a' has already been declared", 1, 12),
        ("let call;", "Identifier 'call' has already been declared", 1, 5),
        ("await 1;\nlet let;", "let is disallowed as a lexically bound name", 2, 5),
        ("\tlet\tč, 'ž", "Invalid or unexpected token", 1, 9),
        ("return \ud800;", "Invalid or unexpected token", 1, 8),
        ("//# sourceURL=other.js:9:9\nreturn 1 +;", "Unexpected token ';'", 2, 11),
        ("return 'a\0b' + ;", "Unexpected token ';'", 1, 16),
    ],
)  # fmt: skip
def test_what_else_is_wrong_is_reported_as_v8_does(
    isolate: Isolate, source: str, message: str, line: int, column: int
) -> None:
    assert fault_of(isolate, source) == (message, line, column)


def test_nothing_of_a_source_is_evaluated(isolate: Isolate) -> None:
    fault_of(isolate, "var planted = 1; }); var planted = 1; function planted() {} (function () {")
    fault_of(isolate, "}); globalThis.planted = 1; throw 1; (function () {} await")

    assert isolate.evaluate("typeof planted", 5.0) == b"undefined"


def test_many_braces_behind_the_one_too_many_take_no_time(isolate: Isolate) -> None:
    source = "return 1;\n});\n" + "if (call.a) { f({}); }\n" * 8_000

    assert fault_of(isolate, source) == (BRACE, 2, 1)
