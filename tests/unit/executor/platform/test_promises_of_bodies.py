"""A worker awaits promises before it replies: where a function makes some, and nowhere else."""

import pytest

from isolambda_executor.engine import Isolate
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.answering import answer_of, load
from tests.unit.executor.supervised import run

_MEMBERS = ("arrayBuffer", "blob", "bytes", "formData", "json", "text")


@pytest.mark.parametrize(
    "source",
    [
        "return new Response('hi').status",
        "return Response.json({a: 1}).headers.get('content-type')",
        "return new Request('http://a.example/').url",
        "const r = new Response('hi'); return [r.bodyUsed, r.clone().status]",
        "return {fetch() { return new Response() }}.fetch().status",
    ],
)
def test_no_promise_is_awaited_of_a_body_that_is_not_read(isolate: Isolate, source: str) -> None:
    answer_of(isolate, source)

    assert not isolate.makes_promises


@pytest.mark.parametrize(
    "expression",
    [
        *(f"new Response('1').{member}()" for member in _MEMBERS),
        *(f"new Request('data:,').{member}()" for member in _MEMBERS),
        *(f"{kind}.prototype.text.call({{}})" for kind in ("Request", "Response")),
        "new Response('1')['te' + 'xt']()",
        "new Response('1').body",
        "fetch('data:,a')",
    ],
)
def test_promises_of_a_body_or_of_fetch_are_awaited(isolate: Isolate, expression: str) -> None:
    load(isolate, f"void {expression}; return 1")
    before = isolate.makes_promises
    answer_of(isolate)

    assert (before, isolate.makes_promises) == (False, True)


def test_a_function_that_has_read_a_body_once_is_awaited_from_then_on(isolate: Isolate) -> None:
    load(isolate, "globalThis.read ??= new Response('1').body.getReader(); return 1")
    answer_of(isolate)
    answer_of(isolate)

    assert isolate.makes_promises


def test_the_next_source_is_awaited_by_what_it_does_itself(isolate: Isolate) -> None:
    answer_of(isolate, "return [new Response('1').text(), 1][1]")
    answer_of(isolate, "return 1")

    assert not isolate.makes_promises


@pytest.mark.parametrize(
    ("begin", "error"),
    [("new Response('{').json()", "SyntaxError"), ("fetch('unknown:')", "TypeError")],
)
def test_a_rejection_of_a_promise_that_is_left_is_in_the_lines_of_its_execution(
    shared: Supervisor, begin: str, error: str
) -> None:
    result = run(shared, f"{begin}.then(() => 1); return 1")

    assert result.result == b"1"
    assert [line.text.partition(":")[0] for line in result.logs] == [
        f"Uncaught (in promise) {error}"
    ]
