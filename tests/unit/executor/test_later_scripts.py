"""What most executions do not need, the prelude evaluates at its first use: after user code."""

import json

import pytest

from isolambda_core.domain.limits import LOG_BYTES, Limits
from isolambda_executor.console import Console, open_console
from isolambda_executor.engine import Engine
from isolambda_executor.host_calls import HostCalls
from tests.unit.executor.answering import WAIT_S, answer_of

_USES = {
    "an object": ("log({ a: [1, 2] })", "{ a: [ 1, 2 ] }"),
    "a map": ("log(new Map([[1, { b: 2 }]]))", "Map(1) { 1 => { b: 2 } }"),
    "a date": ("log(new Date(0))", "1970-01-01T00:00:00.000Z"),
    "a number in a box": ("log('%d', new Number(7))", "7"),
    "a table": ("table([[1]])", "│ 0       │ 1 │"),
    "an error": ("log(new RangeError('r'))", "RangeError: r\n    at function.js:"),
}
"""A call of a method of the console for each later script, and what the console then has."""

_POISONS = {
    "eval": "globalThis.eval = thrower;",
    "Function": "Function.prototype.constructor = undefined; globalThis.Function = undefined;",
    "call, apply and bind": "replace(Function.prototype);",
    "iterators": """
        Object.getPrototypeOf([][Symbol.iterator]()).next = thrower;
        Array.prototype[Symbol.iterator] = thrower;
    """,
    "setters of lists": "for (const index of [0, 1, 2]) spoil(Array.prototype, index);",
    "what all objects inherit": """
        const names = ['get', 'set', 'value', 'enumerable', 'isLeaf', 'probe', 'show', 'inspect'];
        for (let i = 0; i < names.length; i++) spoil(Object.prototype, names[i]);
    """,
    "texts and numbers": """
        const kinds = [String, Number, Boolean, Symbol, BigInt, Date, RegExp, Map, Set, Array];
        for (let i = 0; i < kinds.length; i++) replace(kinds[i].prototype);
    """,
    "reflection and JSON": """
        const holders = [JSON, Array, Math, Error, ArrayBuffer, Atomics, String, Object, Reflect];
        for (let i = 0; i < holders.length; i++) replace(holders[i]);
    """,
    "the way that stacks are written": "Error.prepareStackTrace = thrower;",
    "every global": "replace(globalThis);",
    "a global scope that answers for all names": """
        const answers = { __proto__: null, has: () => true, get: thrower };
        Object.setPrototypeOf(globalThis, new Proxy({}, answers));
    """,
    "a frozen global scope": "Object.freeze(globalThis);",
}
"""What user code replaces, by ``_TOOLS``."""

_TOOLS = """
    const { defineProperty, ownKeys, set } = Reflect;
    const thrower = () => { throw 1 };
    const spoil = (holder, name) =>
        defineProperty(holder, name, { __proto__: null, get: thrower, set: thrower });
    const isKept = (name) => name === 'prototype' || name === 'constructor';
    const replace = (holder) => {
        const names = ownKeys(holder);
        for (let i = 0; i < names.length; i++) {
            if (!isKept(names[i])) try { set(holder, names[i], thrower) } catch {}
        }
    };
"""


class _Printer:
    def __init__(self) -> None:
        descriptor = open_console()
        self.console = Console(descriptor)
        self.engine = Engine(descriptor)

    def run(self, source: str) -> tuple[bytes, str]:
        """Return the answer of a source in an isolate of its own, and the text of its console."""
        isolate = self.engine.isolate()
        self.console.clear()
        answer = answer_of(isolate, source, log_bytes=LOG_BYTES)
        isolate.close()
        lines = self.console.lines(Limits(log_bytes=LOG_BYTES), WAIT_S * 1e3)
        return answer, "\n".join(line.text for line in lines)


@pytest.fixture(scope="module")
def printer() -> _Printer:
    return _Printer()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of all chunks and scripts that isolates ask for."""
    asked: list[int] = []
    texts = HostCalls._texts

    def noted(calls: HostCalls, number: int) -> bytes:
        asked.append(number)
        return texts(calls, number)

    monkeypatch.setattr(HostCalls, "_texts", noted)
    return asked


@pytest.mark.parametrize("poison", _POISONS.values(), ids=_POISONS)
@pytest.mark.parametrize(("use", "shown"), _USES.values(), ids=_USES)
def test_a_script_that_comes_after_user_code_stands_on_the_built_ins_of_before(
    printer: _Printer, poison: str, use: str, shown: str
) -> None:
    method, _, value = use.partition("(")

    _, text = printer.run(f"""
        const values = [{value.removesuffix(")")}];
        const method = console.{method};
        const [first, second] = values;
        {_TOOLS} {{ {poison} }}
        if (values.length > 1) method(first, second); else method(first);
        return 1;
    """)

    assert shown in text


@pytest.mark.parametrize("poison", _POISONS.values(), ids=_POISONS)
def test_what_an_error_carries_is_told_whatever_user_code_has_replaced(
    printer: _Printer, poison: str
) -> None:
    answer, _ = printer.run(f"""
        const error = new RangeError('outer', {{ cause: new TypeError('inner') }});
        error.code = 7;
        {_TOOLS} {{ {poison} }}
        throw error;
    """)

    error = json.loads(answer)["error"]
    assert (error["name"], error["message"]) == ("RangeError", "outer")
    assert error["details"]["fields"] == {"code": 7}
    assert error["details"]["cause"]["message"] == "inner"


@pytest.mark.parametrize(
    "source",
    [
        "return { a: 1 };",
        "console.log('a', 1, true, null, undefined, 2n, Symbol('s')); return 1;",
        "console.log('%s is %d', 'a', 1); return 1;",
        "console.group('g'); console.count(); console.time(); return 1;",
        "throw new RangeError('plain');",
        "throw 'a text';",
        "return await new Promise((done) => setTimeout(done, 1, 2));",
    ],
)
def test_what_executions_mostly_do_needs_none(
    printer: _Printer, asked: list[int], source: str
) -> None:
    printer.run(source)

    assert asked == []


def test_each_script_comes_once(printer: _Printer, asked: list[int]) -> None:
    printer.run("console.log({}, new Set()); console.table([[1]]); console.log({}, []); return 1;")

    assert len(asked) == len(set(asked)) == 3


def test_code_that_runs_at_the_end_of_its_stack_breaks_no_later_use(printer: _Printer) -> None:
    source = """
        const deeper = () => { try { deeper() } catch {} console.log({ a: 1 }); };
        deeper();
        console.log({ b: 2 });
    """
    _, text = printer.run(f"{source} return 1;")

    assert text.endswith("{ b: 2 }") or "log_bytes" in text


_OF_TOOLS = "const call = tools.x({}); call.catch(() => 0); return typeof call.then"
_CONTEXT = '{"tools":true}'


def test_code_that_names_no_tool_asks_for_no_script(printer: _Printer, asked: list[int]) -> None:
    isolate = printer.engine.isolate()

    assert answer_of(isolate, "return 1", "tools", context=_CONTEXT) == b"1"
    assert asked == []
    isolate.close()


@pytest.mark.parametrize("escaped", [r"\u0074ools", "arguments[0]", "eval('tools')"])
def test_code_has_tools_however_it_names_them(printer: _Printer, escaped: str) -> None:
    isolate = printer.engine.isolate()

    source = f"return typeof {escaped}.x"
    assert answer_of(isolate, source, "tools", context=_CONTEXT) == b'"function"'
    isolate.close()


def test_an_isolate_that_was_prepared_for_tools_asks_for_nothing(
    printer: _Printer, asked: list[int]
) -> None:
    isolate = printer.engine.isolate()
    isolate.prepare_tools()
    assert asked
    asked.clear()

    assert answer_of(isolate, _OF_TOOLS, "tools", context=_CONTEXT) == b'"function"'
    assert asked == []
    isolate.close()


def test_an_isolate_that_was_prepared_for_tools_looks_like_any(printer: _Printer) -> None:
    source = """
        const of = (value) => Object.getOwnPropertyNames(value).map((name) => {
            const { value: held, ...rest } = Object.getOwnPropertyDescriptor(value, name);
            return [name, typeof held, Object.keys(rest)];
        });
        return [of(globalThis), of(context), arguments.length];
    """
    answers = []
    for prepared in (False, True):
        isolate = printer.engine.isolate()
        if prepared:
            isolate.prepare_tools()
        answers.append(answer_of(isolate, source))
        isolate.close()

    assert answers[0] == answers[1]
