"""A collector of OpenTelemetry gets what a real server did."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.collector import Collector, KeptSpan, collecting
from tests.support.mcp_messages import OLD, headers_of
from tests.support.raw_servers import OK, Answering, say_nothing, serving
from tests.support.servers import ONE_WORKER, Server
from tests.support.waiting import eventually

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRETS = ("SOURCE-TEXT", "INPUT-TEXT", "RESULT-TEXT", "PATH-TEXT", "QUERY-TEXT")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as one:
        yield one


def spans_of(collector: Collector, trace_id: str, count: int) -> dict[str, KeptSpan]:
    def found() -> dict[str, KeptSpan] | None:
        spans = {each.name: each for each in collector.spans if each.trace_id == trace_id}
        return spans if len(spans) >= count else None

    return eventually(found)


def test_a_trace_spans_the_request_the_execution_and_its_fetch(
    start: Callable[..., Server], collector: Collector
) -> None:
    server = start("--otlp-endpoint", collector.url, "--private-fetch", *ONE_WORKER)
    with serving(Answering(OK)) as port:
        url = f"http://localhost:{port}/PATH-TEXT?q=QUERY-TEXT"
        function = server.create(
            f"/* SOURCE-TEXT */ await fetch('{url}'); return 'RESULT' + '-TEXT'",
            net={"allow": [f"localhost:{port}"]},
        )
        key = server.credentials["api_key"]
        traced = {"X-Auth-Token": key, "traceparent": f"00-{TRACE}-{PARENT}-01"}
        with server.client(**traced) as client:
            asked = client.post(
                server.functions_url(function) + "/execute", json={"data": {"a": "INPUT-TEXT"}}
            )
    done = asked.json()["data"]
    assert done["outcome"] == "ok", done

    spans = spans_of(collector, TRACE, 3)

    request = spans["POST /v2/accounts/{account_id}/functions/{function_id}/execute"]
    execution, fetch = spans["execution"], spans["fetch GET"]
    assert (request.parent_id, execution.parent_id, fetch.parent_id) == (
        PARENT,
        request.span_id,
        execution.span_id,
    )
    assert (request.kind, execution.kind, fetch.kind) == (2, 1, 3)
    assert request.attributes["http.response.status_code"] == 200
    assert execution.attributes["isolambda.execution_id"] == done["execution_id"]
    assert execution.attributes["isolambda.outcome"] == "ok"
    assert fetch.attributes["server.address"] == "localhost"
    assert fetch.attributes["server.port"] == port
    assert fetch.attributes["http.response.status_code"] == 200
    assert request.began_ns <= execution.began_ns <= fetch.began_ns
    assert fetch.ended_ns <= execution.ended_ns <= request.ended_ns
    assert not any(each.failed for each in spans.values())

    written = server.end()
    assert [line for line in collector.lines if "workers are ready" in line]
    everything = b"".join(collector.raw)
    assert [text for text in (*SECRETS, key) if text.encode() in everything] == []
    assert "Traceback" not in written


@pytest.mark.parametrize("request_id", [{}, {"x-request-id": "mine"}, {"x-request-id": "a" * 32}])
def test_an_execution_that_was_queued_is_below_the_request_that_queued_it(
    start: Callable[..., Server], collector: Collector, request_id: dict[str, str]
) -> None:
    server = start("--otlp-endpoint", collector.url, *ONE_WORKER)
    function = server.create("return 1")
    queued = {"Prefer": "respond-async", **request_id}
    url = server.functions_url(function) + "/execute"
    with server.client() as client:
        for parent in (f"00-{TRACE[::-1]}-{PARENT}-00", f"00-{TRACE}-{PARENT}-01"):
            answer = client.post(url, json={"data": {}}, headers={**queued, "traceparent": parent})
            assert answer.status_code == 202

    spans = spans_of(collector, TRACE, 2)
    server.end()

    [request] = [each for name, each in spans.items() if name.startswith("POST ")]
    assert spans["execution"].parent_id == request.span_id
    assert [each for each in collector.spans if each.trace_id == TRACE[::-1]] == []
    assert len([each for each in collector.spans if each.name == "execution"]) == 1


def execute_code(server: Server, code: str, **headers: str) -> str:
    """Execute code with the tools of the account, and return the id of its request."""
    params = {"name": "execute", "arguments": {"code": code}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    path = f"/v2/accounts/{server.credentials['account_id']}/mcp/code"
    headers |= headers_of(OLD, "tools/call", params)
    with server.client() as client:
        answer = client.post(path, json=message, headers=headers)
    assert answer.json()["result"]["content"][0]["text"] == "inner", answer.text
    return answer.headers["x-request-id"]


def test_tools_are_below_the_code_that_calls_them_in_its_trace(
    start: Callable[..., Server], collector: Collector
) -> None:
    server = start("--otlp-endpoint", collector.url, *ONE_WORKER)
    for name, source in (("inner", "return 'inner'"), ("outer", "return context.tools.inner({})")):
        tool = {"description": f"An {name} one."}
        server.create(source, name=name, tool=tool, limits={"wall_time_ms": 25_000})
    code = "return tools.outer({});"

    unsampled = {"traceparent": f"00-{TRACE[::-1]}-{PARENT}-00", "x-request-id": "mine"}
    execute_code(server, code, **unsampled)
    execute_code(server, code, traceparent=f"00-{TRACE}-{PARENT}-01", **{"x-request-id": "mine"})
    own_trace = execute_code(server, code)

    server.end()
    for trace_id in (TRACE, own_trace):
        spans = [each for each in collector.spans if each.trace_id == trace_id]
        [request] = [each for each in spans if each.kind == 2]
        below = {each.parent_id: each for each in spans if each.kind == 1}
        code_span = below[request.span_id]
        outer = below[code_span.span_id]
        inner = below[outer.span_id]
        triggers = [each.attributes["isolambda.trigger"] for each in (code_span, outer, inner)]
        assert triggers == ["mcp", "tool", "tool"]
        assert inner.ended_ns <= outer.ended_ns <= code_span.ended_ns
        assert len(spans) == 4
    traces = {each.trace_id for each in collector.spans if each.name == "execution"}
    assert traces == {TRACE, own_trace}


def test_the_trace_of_a_request_without_a_parent_is_its_request_id(
    start: Callable[..., Server], collector: Collector
) -> None:
    server = start("--otlp-endpoint", collector.url, *ONE_WORKER)
    function = server.create("throw new Error('no')")
    with server.client() as client:
        asked = client.post(server.functions_url(function) + "/execute", json={"data": {}})

    spans = spans_of(collector, asked.headers["x-request-id"], 2)

    assert spans["execution"].failed
    assert spans["execution"].attributes["error.type"] == "exception"
    assert spans["execution"].attributes["isolambda.outcome"] == "exception"


def test_of_a_client_that_keeps_no_spans_there_are_none(
    start: Callable[..., Server], collector: Collector
) -> None:
    server = start("--otlp-endpoint", collector.url, *ONE_WORKER)
    unsampled = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
    with server.client(**unsampled) as client:
        assert client.get("/healthz").status_code == 200
    with server.client(traceparent=f"00-{TRACE[::-1]}-{PARENT}-01") as client:
        assert client.get("/healthz").status_code == 200

    spans_of(collector, TRACE[::-1], 1)
    server.end()

    assert [each for each in collector.spans if each.trace_id == TRACE] == []


def test_a_collector_that_hangs_keeps_neither_an_answer_nor_the_end_of_the_server(
    start: Callable[..., Server],
) -> None:
    with serving(say_nothing, at_once=True) as port:
        server = start("--otlp-endpoint", f"http://127.0.0.1:{port}", *ONE_WORKER)
        function = server.create("return 1")
        for _ in range(20):
            assert server.execute(function)["outcome"] == "ok"

        written = server.end()

    assert server.process.returncode == 0
    assert "Traceback" not in written
