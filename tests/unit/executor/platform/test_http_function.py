"""A function behind HTTP gets a Request, and what it returns is answered."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.limits import DEFAULT_LIMITS, MIB, Limits
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.modules import compiled

URL = "https://a.example/http/a/shop/x?y=1"
TEXT = ["content-type", "text/plain;charset=UTF-8"]


def ask(
    supervisor: Supervisor,
    source: str,
    method: str = "GET",
    headers: list[list[str]] | None = None,
    body: bytes | None = None,
    *,
    modules: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> ExecutionResult:
    encoded = None if body is None else base64.b64encode(body).decode()
    given = {"method": method, "url": URL, "headers": headers or [], "body": encoded}
    return supervisor.execute(
        ExecutionRequest(
            new_id(),
            "a" * 32,
            "f" * 32,
            "$LATEST",
            source,
            json.dumps(given).encode(),
            features=("http",),
            context='{"id":"c"}',
            modules=modules,
            limits=limits,
        )
    )


def answer(result: ExecutionResult) -> tuple[int, list[list[str]], bytes]:
    assert result.outcome is Outcome.OK, result
    fields: Mapping[str, Any] = json.loads(result.result or b"null")
    return fields["status"], fields["headers"], base64.b64decode(fields["body"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return new Response('hi')", (200, [TEXT], b"hi")),
        ("return Promise.resolve(new Response('hi'))", (200, [TEXT], b"hi")),
        ("return new Response(null, {status: 204})", (204, [], b"")),
        ("return new Response(new Uint8Array([0, 255]))", (200, [], b"\x00\xff")),
        ("return new Response(new Blob(['a', 'b']).stream())", (200, [], b"ab")),
        (
            "return new Response('a', {status: 418, headers: [['X', '1'], ['x', '2']]})",
            (418, [TEXT, ["x", "1, 2"]], b"a"),
        ),
        (
            "const c = 'set-cookie'; return new Response('', {headers: [[c, 'a'], [c, 'b']]})",
            (200, [TEXT, ["set-cookie", "a"], ["set-cookie", "b"]], b""),
        ),
        ("return {a: 1}", (200, [["content-type", "application/json"]], b'{"a":1}')),
        ("return 'é'", (200, [["content-type", "application/json"]], '"é"'.encode())),
        ("return null", (200, [["content-type", "application/json"]], b"null")),
        (
            "return Response.redirect('https://b.example/', 303)",
            (303, [["location", "https://b.example/"]], b""),
        ),
    ],
)
def test_what_it_returns_is_answered(
    shared: Supervisor, source: str, expected: tuple[int, list[list[str]], bytes]
) -> None:
    assert answer(ask(shared, source)) == expected


def test_it_gets_the_request(shared: Supervisor) -> None:
    source = """
        const {method, url, headers} = call;
        return new Response(JSON.stringify({method, url, headers: [...headers],
            isRequest: call instanceof Request, text: await call.text(), id: context.id}))
    """

    _, _, body = answer(
        ask(shared, source, "POST", headers=[["b", "1"], ["a", "\xff"]], body="é".encode())
    )

    assert json.loads(body) == {
        "method": "POST",
        "url": URL,
        "headers": [["a", "\xff"], ["b", "1"]],
        "isRequest": True,
        "text": "é",
        "id": "c",
    }


def test_copies_of_the_request_have_its_parts_and_keep_their_own(shared: Supervisor) -> None:
    source = """
        const copies = [call.clone(), new Request(call), new Request(call, {headers: {b: '2'}})];
        copies[0].headers.set('a', 'other');
        return [...copies, call].map(({method, url, headers}) => [method, url, [...headers]]);
    """

    _, _, body = answer(ask(shared, source, "DELETE", [["a", "1"]]))

    assert json.loads(body) == [
        ["DELETE", URL, [["a", "other"]]],
        ["DELETE", URL, [["a", "1"]]],
        ["DELETE", URL, [["b", "2"]]],
        ["DELETE", URL, [["a", "1"]]],
    ]


def test_headers_that_were_set_stay_as_they_were_set(shared: Supervisor) -> None:
    source = "call.headers.set('a', '2'); return [call.headers.get('a'), call.url === call.url]"

    _, _, body = answer(ask(shared, source, headers=[["a", "1"]]))

    assert json.loads(body) == ["2", True]


def test_the_body_is_a_stream_as_well(shared: Supervisor) -> None:
    source = """
        let size = 0;
        for await (const chunk of call.body) size += chunk.length;
        return size
    """

    assert answer(ask(shared, source, "PUT", body=bytes(200_000)))[2] == b"200000"


def test_a_body_passes_through_byte_for_byte(shared: Supervisor) -> None:
    body = bytes(range(256)) * 5_000

    assert answer(ask(shared, "return new Response(call.body)", "POST", body=body))[2] == body


MODULES = {
    "a function": "export default (request, context) => new Response(request.method + context.id)",
    "an async function": (
        "export default async (request, context) => new Response(request.method + context.id)"
    ),
    "an app": (
        "export default {fetch(request, env) { return new Response(request.method + env.id) }}"
    ),
    "an app that is a class": """
        class App {
            fetch = async (request, env) => this.answer(request.method + env.id);
            answer(text) { return new Response(text) }
        }
        export default new App()
    """,
    "a function with a fetch": """
        const app = () => new Response('called');
        app.fetch = (request, env) => new Response(request.method + env.id);
        export default app
    """,
}


@pytest.mark.parametrize("source", MODULES.values(), ids=MODULES)
def test_the_default_export_of_a_module_answers(shared: Supervisor, source: str) -> None:
    program = compiled(shared, {"function.mjs": source})

    assert answer(ask(shared, program, modules=True))[2] == b"GETc"


def test_nothing_runs_after_the_answer_so_it_waits(shared: Supervisor) -> None:
    source = """
        const seen = [];
        export default {
            fetch(request, env, ctx) {
                ctx.waitUntil(new Promise((done) => setTimeout(() => { seen.push(1); done() }, 5)));
                ctx.waitUntil(Promise.reject(new Error('late')));
                ctx.passThroughOnException();
                return Response.json(seen);
            },
        }
    """
    program = compiled(shared, {"function.mjs": source})

    first, second = (ask(shared, program, modules=True) for _ in range(2))

    assert answer(first)[2] == b"[]"
    assert [line.text.partition("\n")[0] for line in first.logs] == ["Uncaught Error: late"]
    assert answer(second)[2] == b"[1]"


WAITING = {
    "writes the body": """
        export default {
            fetch(request, env, ctx) {
                const {readable, writable} = new TransformStream();
                ctx.waitUntil(new Blob(['piped']).stream().pipeTo(writable));
                return new Response(readable);
            },
        }
    """,
    "begins while the body is read": """
        export default {
            fetch(request, env, ctx) {
                return new Response(new ReadableStream({
                    pull(controller) {
                        ctx.waitUntil(new Promise((done) => setTimeout(done, 5)).then(told));
                        controller.enqueue(new TextEncoder().encode('piped'));
                        controller.close();
                    },
                }, {highWaterMark: 0}));
            },
        }
        const told = () => console.log('told');
    """,
    "begins after the modules have waited": """
        await Promise.resolve();
        export default {
            fetch(request, env, ctx) {
                ctx.waitUntil(new Promise((done) => setTimeout(done, 5)).then(told));
                return new Response('piped');
            },
        }
        const told = () => console.log('told');
    """,
}


@pytest.mark.parametrize("case", WAITING)
def test_an_answer_waits_for_what(shared: Supervisor, case: str) -> None:
    source = WAITING[case]

    asked = ask(shared, compiled(shared, {"function.mjs": source}), modules=True)

    assert answer(asked)[2] == b"piped"
    assert [line.text for line in asked.logs] == ["told"] * ("told" in source)


@pytest.mark.parametrize("how", ["fetch", "async fetch"])
def test_what_an_app_says_may_go_on_does_when_it_throws(shared: Supervisor, how: str) -> None:
    source = """
        export default {
            HOW(request, env, ctx) {
                ctx.waitUntil(new Promise((done) => setTimeout(done, 5)).then(told));
                throw new Error('no');
            },
        }
        const told = () => console.log('told');
    """.replace("HOW", how)

    asked = ask(shared, compiled(shared, {"function.mjs": source}), modules=True)

    assert asked.error is not None
    assert (asked.outcome, asked.error.message) == (Outcome.EXCEPTION, "no")
    assert [line.text for line in asked.logs] == ["told"]


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ("return () => 1", Outcome.INVALID_RESULT),
        ("const a = {}; a.a = a; return a", Outcome.INVALID_RESULT),
        ("throw new Error('no')", Outcome.EXCEPTION),
        ("const r = new Response('a'); await r.text(); return r", Outcome.EXCEPTION),
        (
            "return new Response(new ReadableStream({pull(c) { c.enqueue('a') }}))",
            Outcome.EXCEPTION,
        ),
        ("return new Response('', {status: 101})", Outcome.EXCEPTION),
    ],
)
def test_what_cannot_be_answered_is_told(shared: Supervisor, source: str, outcome: Outcome) -> None:
    assert ask(shared, source).outcome is outcome


def test_nothing_returned_is_no_answer(shared: Supervisor) -> None:
    result = ask(shared, "call.url")

    assert (result.outcome, result.result) == (Outcome.OK, None)


@pytest.mark.parametrize(
    "source",
    [
        "return new Response(new ReadableStream({pull(c) { c.enqueue(new Uint8Array(65536)) }}))",
        "return new Response(new Uint8Array(800_000))",
        "return new Response('a'.repeat(800_000))",
    ],
)
def test_a_body_has_at_most_what_a_result_may_have(shared: Supervisor, source: str) -> None:
    result = ask(shared, source, limits=Limits(result_bytes=MIB))

    assert result.outcome is Outcome.EXCEEDED_RESULT


def test_as_long_a_body_as_may_be_is_answered(shared: Supervisor) -> None:
    size = MIB // 4 * 3 - 300
    source = f"return new Response(new Blob([new Uint8Array({size})]).stream())"

    assert len(answer(ask(shared, source, limits=Limits(result_bytes=MIB)))[2]) == size


def test_an_app_is_called_by_http_alone(shared: Supervisor) -> None:
    program = compiled(shared, {"function.mjs": "export default {fetch: () => 1}"})

    result = shared.execute(
        ExecutionRequest(new_id(), "a" * 32, "f" * 32, "1", program, b"{}", modules=True)
    )

    assert result.outcome is Outcome.EXCEPTION
    assert result.error is not None
    assert "has no function as its default export" in result.error.message


TAMPERED = {
    "iterators": "Array.prototype[Symbol.iterator] = () => { throw new Error('tampered') }",
    "headers": "Headers.prototype.forEach = Headers.prototype.entries = () => []",
    "responses": "Response.prototype.arrayBuffer = Response.prototype.text = () => 'tampered'",
    "JSON": "JSON.stringify = () => 'tampered'; Object.prototype.toJSON = () => 'tampered'",
    "base64": "Uint8Array.prototype.toBase64 = () => 'tampered'",
}


@pytest.mark.parametrize("code", TAMPERED.values(), ids=TAMPERED)
def test_what_code_has_tampered_with_is_not_what_answers(shared: Supervisor, code: str) -> None:
    source = f"{code}; return new Response(call.url, {{headers: {{a: 'b'}}}})"

    for _ in range(2):
        status, headers, body = answer(ask(shared, source, headers=[["x", "y"]]))
        assert (status, headers) == (200, [["a", "b"], TEXT])
        assert body == b"https://a.example/http/a/shop/x?y=1"
