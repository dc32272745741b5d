"""Requests that need no router are answered as the routes answer them."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_api.http.dialect import DirectPath
from isolambda_api.http.router import Router
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)

CHANGING = re.compile(rb"[0-9a-f]{32}")
ANSWER = json.dumps({"status": 201, "headers": [["a", "b"], ["set-cookie", "c"]], "body": "aGk="})
BOOM = ExecutionError("Error", "boom")
ENDINGS: dict[str, ExecutionResult | Exception] = {
    "an answer": ExecutionResult("", Outcome.OK, ANSWER.encode()),
    "no answer": ExecutionResult("", Outcome.OK, b"1"),
    "a failure": ExecutionResult("", Outcome.EXCEPTION, error=BOOM),
    "a busy executor": ExecutorBusyError(),
    "an error of ours": ZeroDivisionError(),
}
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a GET": ("GET", "", {}),
    "a HEAD": ("HEAD", "", {}),
    "a POST": ("POST", "/a/b?c=d", {"content": b"\xff"}),
    "a body that is too long": ("POST", "", {"content": bytes(7_000_000)}),
    "a preflight": (
        "OPTIONS",
        "",
        {"headers": {"origin": "https://a.example", "access-control-request-method": "GET"}},
    ),
    "another origin": ("GET", "", {"headers": {"origin": "https://a.example"}}),
    "a verb that it does not answer": ("DELETE", "", {}),
    "a verb of none": ("PROPFIND", "", {}),
    "dots": ("GET", "/%2e%2e/a", {}),
    "a slash behind": ("GET", "/", {}),
    "encoded letters": ("GET", "/%C5%BE%0A", {}),
    "another name": ("GET", "x", {}),
    "an id of its own": ("GET", "", {"headers": {"x-request-id": "mine"}}),
}
Ask = Callable[[str, str, dict[str, Any]], list[tuple[Any, ...]]]


@pytest.fixture
def ask(
    services: Services,
    account_id: str,
    function_id: str,
    executed: list[ExecutionRequest],
    monkeypatch: pytest.MonkeyPatch,
) -> Ask:
    """Ask without the router and with it, and return what was answered and executed each time."""
    seen: list[tuple[str, int | None]] = []
    app = create_app(services, observe=lambda route, status, _ms: seen.append((route, status)))
    document: Document = {
        "name": "n",
        "type": "http",
        "path": "shop",
        "auth": {"type": "none"},
        "methods": ["GET", "POST", "OPTIONS"],
        "cors": {"origins": ["https://a.example"]},
    }
    services.triggers.create(account_id, function_id, document)

    def once(verb: str, below: str, options: dict[str, Any]) -> tuple[Any, ...]:
        executed.clear()
        seen.clear()
        with TestClient(app, raise_server_exceptions=False) as client:
            answer = client.request(verb, f"/http/{account_id}/shop{below}", **options)
        headers = {name: _alike(value.encode()) for name, value in answer.headers.items()}
        inputs = [request.input for request in executed]
        return answer.status_code, headers, _alike(answer.content), inputs, list(seen)

    def both(verb: str, below: str, options: dict[str, Any]) -> list[tuple[Any, ...]]:
        direct = once(verb, below, options)
        with monkeypatch.context() as patch:
            patch.setattr(DirectPath, "template_of", lambda *_: None)
            return [direct, once(verb, below, options)]

    return both


def _alike(content: bytes) -> bytes:
    return CHANGING.sub(b"an id", content)


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_ways_answer_alike(
    ask: Ask,
    script: Callable[[ExecutionResult | Exception], None],
    request_: tuple[str, str, dict[str, Any]],
    ending: ExecutionResult | Exception,
) -> None:
    script(ending)

    direct, routed = ask(*request_)

    assert direct == routed
    assert direct[4], "the request was not logged"


def test_a_request_with_a_header_of_several_lines_is_for_the_router(
    ask: Ask, script: Callable[[ExecutionResult | Exception], None]
) -> None:
    script(ENDINGS["an answer"])

    direct, routed = ask("GET", "", {"headers": [("a", "b"), ("a", "c")]})

    assert direct == routed
    assert ["a", "b,c"] in json.loads(direct[3][0])["headers"]


def test_a_request_needs_no_router(
    bare: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    script: Callable[[ExecutionResult | Exception], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document: Document = {"name": "n", "type": "http", "path": "shop", "auth": {"type": "none"}}
    services.triggers.create(account_id, function_id, document)
    script(ENDINGS["an answer"])
    monkeypatch.delattr(Router, "match")

    answers = [bare.get(f"/http/{account_id}/shop{below}") for below in ("", "/a", "/a/b?c=/")]

    assert [answer.status_code for answer in answers] == [201] * 3


def test_an_answer_to_head_goes_without_its_body(
    bare: TestClient,
    services: Services,
    account_id: str,
    function_id: str,
    script: Callable[[ExecutionResult | Exception], None],
) -> None:
    document: Document = {"name": "n", "type": "http", "path": "shop", "auth": {"type": "none"}}
    services.triggers.create(account_id, function_id, document)
    script(ENDINGS["an answer"])
    path = f"/http/{account_id}/shop"
    scope = {"type": "http", "method": "HEAD", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": [(b"host", b"a.example")], "scheme": "http"}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def ask() -> None:  # a client of HTTP would drop the body itself
        await bare.app(scope, receive, send)

    asyncio.run(ask())

    assert (b"content-length", b"2") in sent[0]["headers"]
    assert [message["body"] for message in sent[1:]] == [b""]


def test_a_request_to_a_busy_server_is_refused(services: Services, account_id: str) -> None:
    client = TestClient(create_app(services, is_overloaded=lambda: True))

    assert client.get(f"/http/{account_id}/shop").status_code == 503
