"""The fast path answers plain executions as the routes do, and leaves all others to them."""

import asyncio
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.http.errors import BodyTimeoutError, BodyTooLargeError
from isolambda_api.http.fast_path import SPECIAL_HEADERS, Answer, FastPath
from isolambda_api.http.services import Services
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ExecutorBusyError, TooManyExecutionsError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.limits import BODY_BYTES, READ_ON_LOOP_BYTES
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import CountingChanges, EchoingExecutor
from tests.support.services import services_on
from tests.support.sources import FakeEventSources

CHANGING = re.compile(rb"[0-9a-f]{32}")
"""Ids of requests and executions, which no two requests have alike."""
FALLBACK = {"module": "tts", "data": {"text": "later"}}


class Ways:
    """Requests to one account, by the fast path and without it."""

    def __init__(self, fast: FastAPI, slow: FastAPI, account_id: str, key: str) -> None:
        self.fast, self.slow = TestClient(fast), TestClient(slow)
        self.account_id, self.key = account_id, key
        self.answered_fast = 0

    def ask(self, verb: str, path: str, **options: Any) -> Any:
        """Ask by both ways, hold the answers against each other, and return the fast one."""
        one, other = (client.request(verb, path, **options) for client in (self.fast, self.slow))
        assert one.status_code == other.status_code
        assert _alike(one.content) == _alike(other.content)
        assert _headers(one) == _headers(other)
        return one


def _alike(content: bytes) -> bytes:
    return CHANGING.sub(b"an id", content)


def _headers(answer: Any) -> dict[str, str]:
    named = {name: _alike(value.encode()).decode() for name, value in answer.headers.items()}
    named.pop("idempotent-replayed", None)  # of two with one key, the second
    return named


@pytest.fixture
def ways(
    store: SqliteStore,
    clock: SetClock,
    executor: EchoingExecutor,
    account_id: str,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Ways:
    sources = FakeEventSources()
    fast = services_on(store, clock, executor, executor, sources, CountingChanges())
    slow = services_on(store, clock, executor, executor, sources)
    ways = Ways(create_app(fast), create_app(slow), account_id, key)
    serve = FastPath.serve

    async def counting(*arguments: Any) -> Any:
        served = await serve(*arguments)
        ways.answered_fast += isinstance(served, Answer)
        return served

    monkeypatch.setattr(FastPath, "serve", counting)
    return ways


Execute = Callable[..., Any]


def _kazoo(ways: Ways, function_id: str, data: Any = None, **more: Any) -> Any:
    path = f"/v2/accounts/{ways.account_id}/functions/{function_id}/execute"
    headers = {"x-auth-token": ways.key, **more.pop("headers", {})}
    return ways.ask("POST", path, json={"data": data or {"a": 1}}, headers=headers, **more)


def _codemash(ways: Ways, function_id: str, data: Any = None, **more: Any) -> Any:
    path = f"/v2/serverless/functions/{function_id}/execute"
    headers = {"authorization": f"Bearer {ways.key}", **more.pop("headers", {})}
    body = {"Data": json.dumps(data or {"a": 1})}
    return ways.ask("POST", path, json=body, headers=headers, **more)


def _call(ways: Ways, function_id: str, data: Any = None, **more: Any) -> Any:
    path = f"/pivot/{ways.account_id}/{function_id}"
    params = {"key": ways.key, "Call-ID": "1", "a[b]": "c", **(data or {})}
    return ways.ask("GET", path, params={**params, **more.pop("params", {})}, **more)


in_each_dialect = pytest.mark.parametrize(
    "execute", [_kazoo, _codemash, _call], ids=["kazoo", "codemash", "pivot"]
)
RESULTS = {
    "an object": ExecutionResult("", Outcome.OK, b'{"module":"tts","data":{"text":"hi"}}'),
    "nothing": ExecutionResult("", Outcome.OK),
    "other characters": ExecutionResult("", Outcome.OK, '"ž \\ud800 \\u0000 </script>"'.encode()),
    "depth": ExecutionResult("", Outcome.OK, b"[" * 5_000 + b"]" * 5_000),
    "usage": ExecutionResult(
        "", Outcome.OK, b'{"module":"tts"}', usage=Usage(0.1, 1e-7, 1e20, cold=True)
    ),
    "console lines": ExecutionResult(
        "", Outcome.OK, b'{"module":"tts"}', logs=(LogLine("warn", 'ž"', 3),)
    ),
    "an exception": ExecutionResult(
        "", Outcome.EXCEPTION, error=ExecutionError("TypeError", "x", details={"fields": {"a": 1}})
    ),
    "too little time": ExecutionResult("", Outcome.EXCEEDED_WALL_TIME),
}


@in_each_dialect
@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_both_ways_answer_alike(
    ways: Ways,
    executor: EchoingExecutor,
    function_id: str,
    execute: Execute,
    result: ExecutionResult,
) -> None:
    executor.ends(result)

    execute(ways, function_id)

    assert ways.answered_fast == 1
    assert len({request.input for request in executor.requests}) == 1
    first, second = executor.requests
    assert first.tenant == second.tenant == ways.account_id
    assert _alike(first.context.encode()) == _alike(second.context.encode())


@in_each_dialect
def test_a_fault_of_ours_is_answered_and_counted_as_any_other_500(
    ways: Ways,
    function_id: str,
    executor: EchoingExecutor,
    execute: Execute,
    caplog: pytest.LogCaptureFixture,
) -> None:
    executor.script = [ZeroDivisionError(), ZeroDivisionError()]
    caplog.set_level(logging.INFO, "isolambda_api")

    assert execute(ways, function_id).status_code >= 500

    # The lines of requests that succeed come a while later, and so do those of the test before.
    failures = [line for line in caplog.messages if " 200 " not in line]
    fast, slow = failures[:2], failures[2:]
    assert "failed: ZeroDivisionError" in fast[0]
    # All but how long it took, and the id.
    assert [line.split()[:3] for line in fast] == [line.split()[:3] for line in slow]


@in_each_dialect
@pytest.mark.parametrize("error", [ExecutorBusyError(), TooManyExecutionsError(2, 2)])
def test_both_ways_answer_an_error_of_the_executor_alike(
    ways: Ways, executor: EchoingExecutor, function_id: str, execute: Execute, error: Exception
) -> None:
    executor.ends(error)

    answer = execute(ways, function_id)

    assert answer.headers["retry-after"]
    assert ways.answered_fast == 1


@in_each_dialect
def test_both_ways_record_what_the_document_asks_for(
    ways: Ways, services: Services, store: SqliteStore, executor: EchoingExecutor, execute: Execute
) -> None:
    document: Document = {"name": "n", "function_js": "return 1", "record": "all"}
    function_id = services.functions.create(ways.account_id, document).id
    executor.ends(ExecutionResult("", Outcome.OK, b'{"module":"tts"}'))

    execute(ways, function_id)

    records = list(store.records.iterate(ways.account_id, function_id, at_once=10))
    assert [record.outcome for record in records] == [Outcome.OK] * 2


@in_each_dialect
def test_both_ways_refuse_a_disabled_function_alike(
    ways: Ways, disabled_id: str, executor: EchoingExecutor, execute: Execute
) -> None:
    execute(ways, disabled_id)

    assert executor.requests == []


def test_each_plain_execution_is_logged_and_observed(
    ways: Ways, function_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "isolambda_api")
    observed: list[tuple[str, int | None]] = []
    app = create_app(
        ways.fast.app.state.services,  # type: ignore[attr-defined]
        observe=lambda route, status, _duration_ms: observed.append((route, status)),
    )

    with TestClient(app) as client:  # whose end is the end of a server
        ways.fast = client
        ids = [_kazoo(ways, function_id).headers["x-request-id"] for _ in range(2)]

    route = "/v2/accounts/{account_id}/functions/{function_id}/execute"
    assert ways.answered_fast == 2
    assert observed == [(route, 200)] * 2
    for request_id in ids:
        line = rf"(\A|\n)POST {re.escape(route)} 200 \d+\.\d ms {request_id}(\n|\Z)"
        assert sum(bool(re.search(line, each.getMessage())) for each in caplog.records) == 1


@in_each_dialect
def test_a_token_is_served_fast_and_comes_back_in_the_envelope(
    ways: Ways, services: Services, function_id: str, execute: Execute
) -> None:
    _, token = services.access.issue(ways.key)
    ways.key = token

    execute(ways, function_id)

    assert ways.answered_fast == 1


@in_each_dialect
@pytest.mark.parametrize("key", ["0" * 64, "x", ""], ids=["unknown", "malformed", "empty"])
def test_a_key_that_is_not_good_is_refused_by_the_routes(
    ways: Ways, function_id: str, execute: Execute, key: str
) -> None:
    ways.key = key

    assert execute(ways, function_id).status_code == 401

    assert ways.answered_fast == 0


@in_each_dialect
@pytest.mark.parametrize("header", sorted(name.decode() for name in SPECIAL_HEADERS))
def test_a_special_header_is_for_the_routes(
    ways: Ways, function_id: str, execute: Execute, header: str
) -> None:
    value = {"prefer": "wait", "content-encoding": "identity"}.get(header, "a")

    execute(ways, function_id, headers={header: value})

    assert ways.answered_fast == 0


@in_each_dialect
def test_every_header_that_a_route_documents_is_special_or_read(
    document: dict[str, Any], execute: Execute
) -> None:
    route = {
        _kazoo: "/v2/accounts/{account_id}/functions/{function_id}/execute",
        _codemash: "/v2/serverless/functions/{id}/execute",
        _call: "/pivot/{account_id}/{function_id}",
    }[execute]
    verb = "get" if execute is _call else "post"

    named = [
        parameter.get("name", parameter.get("$ref", "").rpartition("/")[2]).lower()
        for parameter in document["paths"][route][verb].get("parameters", [])
        if parameter.get("in", "header") == "header"
    ]

    read = {b"x-auth-token", b"x-cm-projectid", b"accept", b"x-request-id"}
    assert {name.encode() for name in named} <= SPECIAL_HEADERS | read


@pytest.mark.parametrize(
    "options",
    [
        {"params": {"qualifier": "1"}},
        {"params": {"pretty_print": "true"}},
        {"params": {"jsonp": "f"}},
        {"params": {"validate": "callflow"}},
        {"headers": {"accept": "text/html"}},
        {"headers": {"content-type": "text/plain"}},
        {"headers": {"content-type": "application/x-www-form-urlencoded"}},
    ],
    ids=str,
)
def test_a_special_request_is_for_the_routes(
    ways: Ways, function_id: str, options: dict[str, Any]
) -> None:
    _kazoo(ways, function_id, **options)

    assert ways.answered_fast == 0


BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"data":null}',
    b'{"data":[]}',
    b'{"data":"x"}',
    b'{"Data":{}}',
    b'{"data":{},"verb":"POST"}',
    b'{"data":{"a":1e999}}',
    b'{"data":{"a":NaN}}',
    b'{"data":{"a":"\xff"}}',
    b'{"data":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    b'{"data":{"a":"' + b"x" * READ_ON_LOOP_BYTES + b'"}}',
    b'\xef\xbb\xbf{"data":{}}',
    b'\n{"data":{}}\n',
    b'{"data":{}} x',
    b'{"data":{"a":"\xc5\xbe","b":"\\ud800"}}',
    b' {"data" : {"b" : 2, "a" : 12345678901234567890}} ',
    b'{"Template":"{}"}',
    b'{"Template":"{\\"a\\":1}","Data":"{}"}',
    b'{"Data":"{"}',
    b'{"Data":{"a":1}}',
    b'{"Data":"","Qualifier":"1"}',
    b'{"Data":"1","Meta":{"a":"b"}}',
    b'{"custom":1}',
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: ascii(body[:30]))
@pytest.mark.parametrize("prefix", ["kazoo", "codemash"])
def test_whatever_the_body_is_both_ways_answer_alike(
    ways: Ways, function_id: str, body: bytes, prefix: str
) -> None:
    path = {
        "kazoo": f"/v2/accounts/{ways.account_id}/functions/{function_id}/execute",
        "codemash": f"/v2/serverless/functions/{function_id}/execute",
    }[prefix]
    headers = {"authorization": f"Bearer {ways.key}", "content-type": "application/json"}

    ways.ask("POST", path, content=body, headers=headers)


@pytest.mark.parametrize(
    "project",
    ["", "x", "0" * 32, "the account", "the account, dashed"],
)
def test_whatever_project_is_named_both_ways_answer_alike(
    ways: Ways, function_id: str, project: str
) -> None:
    account = ways.account_id
    dashed = "-".join((account[:8], account[8:12], account[12:16], account[16:20], account[20:]))
    named = {"the account": account, "the account, dashed": dashed}.get(project, project)

    _codemash(ways, function_id, headers={"x-cm-projectid": named})


@pytest.mark.parametrize(
    "params",
    [
        {"qualifier": "1"},
        {"auth_token": "x"},
        {"accept": "x"},
        {"Direction": "outbound", "Account-ID": "x"},
        {"a[b]": "1", "a[c]": "2"},
        {"x": "ž\x00"},
    ],
    ids=str,
)
def test_whatever_a_call_has_both_ways_answer_alike(
    ways: Ways, executor: EchoingExecutor, function_id: str, params: dict[str, str]
) -> None:
    executor.returns(b'{"module":"tts"}')

    _call(ways, function_id, params=params)

    assert len({request.input for request in executor.requests}) <= 1


def test_the_id_that_a_client_gives_its_request_is_kept(ways: Ways, function_id: str) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    named = _kazoo(ways, function_id, headers={"x-request-id": "mine"})
    traced = _kazoo(ways, function_id, headers={"traceparent": trace})

    assert named.headers["x-request-id"] == named.json()["request_id"] == "mine"
    assert traced.headers["x-request-id"] == trace.split("-")[1]
    assert ways.answered_fast == 2


def _receiving(ways: Ways, function_id: str, path: str, receive: Any) -> tuple[int, Any]:
    """Return status and answer of a plain request whose body comes by ``receive``."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path.format(account=ways.account_id, function=function_id),
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {ways.key}".encode()),
            (b"content-type", b"application/json"),
            (b"content-length", b"20"),
        ],
        "client": ("192.0.2.1", 1),
        "scheme": "http",
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        await ways.fast.app(scope, receive, send)

    asyncio.run(ask())
    return sent[0]["status"], json.loads(sent[1]["body"])


PATHS = [
    "/v2/accounts/{account}/functions/{function}/execute",
    "/v2/serverless/functions/{function}/execute",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_key_is_refused_without_waiting_for_the_body(
    ways: Ways, function_id: str, path: str
) -> None:
    async def receive() -> Any:
        raise AssertionError("the body was asked for")

    ways.key = "0" * 64

    assert _receiving(ways, function_id, path, receive)[0] == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("error", [BodyTimeoutError(), BodyTooLargeError(BODY_BYTES)])
def test_a_body_that_is_late_or_too_long_is_refused_as_by_the_routes(
    ways: Ways, function_id: str, path: str, error: Exception
) -> None:
    async def receive() -> Any:
        raise error

    fast = _receiving(ways, function_id, path, receive)
    ways.fast = ways.slow
    slow = _receiving(ways, function_id, path, receive)

    assert fast[0] == slow[0] != 500
    assert _alike(json.dumps(fast[1]).encode()) == _alike(json.dumps(slow[1]).encode())


@pytest.mark.parametrize("path", PATHS)
def test_a_body_in_pieces_is_for_the_routes_which_get_all_of_it(
    ways: Ways, function_id: str, path: str
) -> None:
    body = b'{"Data":{"a":1},"data":{"a":1}}'
    pieces = [
        {"type": "http.request", "body": body[:5], "more_body": True},
        {"type": "http.request", "body": body[5:], "more_body": False},
    ]

    async def receive() -> Any:
        return pieces.pop(0)

    assert _receiving(ways, function_id, path, receive)[0] == 200
    assert ways.answered_fast == 0
