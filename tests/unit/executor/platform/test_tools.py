"""``context.tools``: what a call asks, what it returns, and attacks."""

from collections.abc import Iterator

import pytest

from isolambda_executor.engine import Engine
from tests.unit.executor.platform.asking import open_asking
from tests.unit.executor.platform.evaluating import Evaluate


@pytest.fixture
def tools(engine: Engine) -> Iterator[Evaluate]:
    """Evaluate sources of an execution that was granted tools."""
    with open_asking(engine, '{"tools":true}') as evaluate:
        yield lambda source: evaluate(f"const {{ tools }} = context; {source}")


_ASKED: dict[str, dict[str, object]] = {
    "tools.orders({ id: 1, none: undefined })": {"tool": "orders", "arguments": {"id": 1}},
    "tools.orders()": {"tool": "orders", "arguments": {}},
    "tools['get-order']([1])": {"tool": "get-order", "arguments": [1]},
    "tools.orders(null)": {"tool": "orders", "arguments": None},
    "tools.__proto__({})": {"tool": "__proto__", "arguments": {}},
    "tools.orders(new Date(0))": {"tool": "orders", "arguments": "1970-01-01T00:00:00.000Z"},
}


@pytest.mark.parametrize("call", _ASKED)
def test_a_call_is_an_operation(tools: Evaluate, call: str) -> None:
    assert tools(f"{call}; return asked;") == [{"id": 1, "kind": "tool", **_ASKED[call]}]


_RETURNED: dict[str, object] = {
    "{ value: { b: [1] } }": {"b": [1]},
    "{ value: null }": None,
}


@pytest.mark.parametrize("fields", _RETURNED)
def test_a_reply_is_what_the_tool_returned(tools: Evaluate, fields: str) -> None:
    source = f"const it = tools.a(); reply(1, {{ ...{fields}, end: true }}); return it;"

    assert tools(source) == _RETURNED[fields]


def test_a_tool_may_return_nothing(tools: Evaluate) -> None:
    source = "const it = tools.a(); reply(1, { end: true }); return typeof await it;"

    assert tools(source) == "undefined"


def test_an_error_has_the_name_and_the_message_of_what_was_thrown(tools: Evaluate) -> None:
    source = """
        const it = tools.a();
        reply(1, { end: true, error: { code: 'exception', message: 'no', name: 'RangeError' } });
        return it.catch((thrown) => [`${thrown}`, thrown.cause, thrown.constructor === Error]);
    """

    assert tools(source) == [
        "RangeError: no",
        {"code": "exception", "name": "RangeError"},
        True,
    ]


_REFUSED = {
    "tools.a(() => {})": "the input is not JSON",
    "tools.a(Symbol('a'))": "the input is not JSON",
    "tools.a(1n)": "BigInt",
    "tools.a((() => { const it = {}; it.it = it; return it })())": "circular",
    "tools.a({ toJSON() { throw new TypeError('mine') } })": "mine",
    "(async () => tools.then())()": "not a function",
    "(async () => tools.toJSON())()": "not a function",
    "(async () => tools[Symbol.iterator]())()": "not a function",
    "(async () => { 'use strict'; tools.a = 1; })()": "not extensible",
    "(async () => { 'use strict'; Object.setPrototypeOf(tools, {}); })()": "not extensible",
}


@pytest.mark.parametrize("call", _REFUSED)
def test_what_is_no_call_asks_nothing(tools: Evaluate, call: str) -> None:
    answer = tools(f"return [await failure({call}), asked.length]")

    assert isinstance(answer, list)
    assert answer[1] == 0
    assert _REFUSED[call] in answer[0]


def test_tools_can_be_shown_awaited_and_returned(tools: Evaluate) -> None:
    source = """
        console.log(tools);
        const same = await tools;
        return [same === tools, JSON.stringify(tools), Object.keys(tools), asked.length];
    """

    assert tools(source) == [True, "{}", [], 0]


def test_changed_built_ins_change_no_call(tools: Evaluate) -> None:
    source = """
        globalThis.Proxy = function () { return { a: () => 'mine' } };
        JSON.stringify = () => '1';
        Reflect.get = () => () => 'mine';
        tools.a({ id: 1 });
        return asked;
    """

    assert tools(source) == [{"id": 1, "kind": "tool", "tool": "a", "arguments": {"id": 1}}]


def test_no_tools_are_there_that_were_not_granted(engine: Engine) -> None:
    with open_asking(engine) as evaluate:
        assert evaluate("return [typeof tools, typeof context.tools]") == ["undefined", "undefined"]
