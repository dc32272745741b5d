"""Who asks, how often, and for which account is decided before the body, which is bounded."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_api.http import bodies_under_way
from isolambda_api.http.bodies_under_way import BodiesUnderWay
from isolambda_api.http.body import aside
from isolambda_api.http.errors import OverloadedError
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.limits import BODY_BYTES, READ_ON_LOOP_BYTES, UNAUTHENTICATED_BODY_BYTES
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_local import threads
from isolambda_local.rate_limits import MemoryRateLimitRepository

WRONG = "f" * 64
Headers = dict[str, str]


class BodyReadError(Exception):
    """The app asked for the body."""


def ask(app: FastAPI, verb: str, url: str, headers: Headers) -> tuple[int, Any]:
    """Return status and answer of a request whose body is announced, and may not be asked for."""
    path, _, query = url.partition("?")
    lines = {"content-type": "application/json", "content-length": "5000", **headers}
    scope = {
        "type": "http",
        "method": verb,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
        "client": ("192.0.2.1", 1),
        "scheme": "http",
    }
    sent: list[Any] = []

    async def receive() -> Any:
        raise BodyReadError

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture
def urls(account_id: str, function_id: str) -> dict[str, str]:
    return {
        "kazoo": f"/v2/accounts/{account_id}/functions/{function_id}/execute",
        "own": "/v2/account/functions",
        "unknown": "/v2/nowhere",
        "api_auth": "/v2/api_auth",
        "codemash": f"/v2/serverless/functions/{function_id}/execute",
        "pivot": f"/pivot/{account_id}/{function_id}",
    }


@pytest.mark.parametrize("door", ["kazoo", "own", "unknown", "api_auth", "codemash", "pivot"])
@pytest.mark.parametrize(
    "headers",
    [
        {"x-auth-token": WRONG},
        {"authorization": f"Bearer {WRONG}"},
        {"authorization": "Basic YTpi"},
    ],
)
def test_a_wrong_key_is_a_401_before_the_body(
    app: FastAPI, urls: dict[str, str], door: str, headers: Headers
) -> None:
    assert ask(app, "POST", urls[door], headers)[0] == 401


@pytest.mark.parametrize(
    ("door", "name"), [("kazoo", "auth_token"), ("codemash", "apiKey"), ("pivot", "key")]
)
def test_a_wrong_key_in_the_query_is_a_401_before_the_body(
    app: FastAPI, urls: dict[str, str], door: str, name: str
) -> None:
    assert ask(app, "POST", f"{urls[door]}?{name}={WRONG}", {})[0] == 401


@pytest.mark.parametrize("verb", ["GET", "DELETE", "PUT", "PATCH", "POST"])
def test_a_wrong_key_is_a_401_before_the_body_whatever_the_verb(
    app: FastAPI, urls: dict[str, str], verb: str
) -> None:
    assert ask(app, verb, urls["kazoo"], {"x-auth-token": WRONG})[0] == 401


@pytest.mark.parametrize("door", ["kazoo", "codemash"])
def test_too_many_requests_are_a_429_before_the_body(
    services: Services, urls: dict[str, str], door: str
) -> None:
    rates = RateLimiter(MemoryRateLimitRepository(), RateLimit(1, 1), services.clock)
    app = create_app(replace(services, rates=rates))
    ask(app, "POST", urls[door], {"x-auth-token": WRONG})

    assert ask(app, "POST", urls[door], {"x-auth-token": WRONG})[0] == 429


@pytest.mark.parametrize(("door", "status"), [("kazoo", 423), ("codemash", 403), ("pivot", 423)])
def test_a_disabled_account_is_refused_before_the_body(
    app: FastAPI,
    services: Services,
    urls: dict[str, str],
    key: str,
    account_id: str,
    door: str,
    status: int,
) -> None:
    services.accounts.patch(account_id, {"enabled": False})

    assert ask(app, "POST", urls[door], {"x-auth-token": key})[0] == status


@pytest.mark.parametrize(("door", "status"), [("kazoo", 403), ("codemash", 403), ("pivot", 403)])
def test_the_account_of_another_is_refused_before_the_body(
    app: FastAPI, services: Services, urls: dict[str, str], door: str, status: int, account_id: str
) -> None:
    _, other_key = services.accounts.create_top("other")
    headers = {"x-auth-token": other_key, "x-cm-projectid": account_id}

    assert ask(app, "POST", urls[door], headers)[0] == status


def test_a_body_that_is_declared_too_long_is_not_waited_for(
    app: FastAPI, urls: dict[str, str], key: str
) -> None:
    headers = {"x-auth-token": key, "content-length": str(BODY_BYTES + 1)}

    assert ask(app, "PUT", urls["own"], headers)[0] == 400
    assert ask(app, "POST", urls["codemash"], headers)[0] == 413
    assert ask(app, "POST", urls["pivot"], headers)[0] == 400
    assert ask(app, "PUT", urls["api_auth"], {"content-length": "65537"})[0] == 413


def test_a_client_without_a_key_may_send_a_token_in_an_envelope(
    bare: TestClient, urls: dict[str, str], key: str
) -> None:
    envelope = {"data": {}, "auth_token": key, "more": ""}
    room = UNAUTHENTICATED_BODY_BYTES - len(json.dumps(envelope))
    body = json.dumps({**envelope, "more": " " * room})

    assert bare.post(urls["kazoo"], content=body).status_code == 200
    longer = bare.post(urls["kazoo"], content=body + " ")
    assert longer.status_code == 413
    assert "65536 bytes without a key" in longer.json()["data"]["message"]
    chunked = bare.post(urls["kazoo"], content=iter([body.encode(), b" "]))
    assert chunked.status_code == 413
    keyed = bare.post(urls["kazoo"], content=body + " ", headers={"x-auth-token": key})
    assert keyed.status_code == 200


def test_a_token_in_an_envelope_comes_before_authorization(
    bare: TestClient, urls: dict[str, str], key: str
) -> None:
    headers = {"authorization": f"Bearer {key}"}
    envelope = {"data": {}, "auth_token": WRONG}

    assert bare.post(urls["kazoo"], json=envelope, headers=headers).status_code == 401
    headers = {"x-auth-token": key}
    assert bare.post(urls["kazoo"], json=envelope, headers=headers).status_code == 200


def test_a_request_is_charged_and_its_key_read_once(
    services: Services, urls: dict[str, str], key: str
) -> None:
    rates = RateLimiter(MemoryRateLimitRepository(), RateLimit(40, 1), services.clock)
    client = TestClient(create_app(replace(services, rates=rates)))

    answer = client.post(urls["kazoo"], json={"data": {}}, headers={"x-auth-token": key})

    assert answer.json()["tokens"] == {"consumed": 1, "remaining": 39}


@pytest.mark.parametrize("door", ["kazoo", "codemash", "pivot"])
def test_too_many_bytes_under_way_are_a_503(
    client: TestClient, urls: dict[str, str], key: str, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies_under_way, "TENANT_BODIES_BYTES", 100)
    body = json.dumps({"data": {"a": "." * 60}})

    for _ in range(3):  # what an answered request held counts no more
        assert client.post(f"{urls[door]}?key={key}", content=body).status_code != 503
    answer = client.post(f"{urls[door]}?key={key}", content=body + " " * 60)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_bytes_under_way_are_bounded_by_tenant_without_a_key_and_in_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies_under_way, "TENANT_BODIES_BYTES", 10)
    monkeypatch.setattr(bodies_under_way, "UNAUTHENTICATED_BODIES_BYTES", 5)
    monkeypatch.setattr(bodies_under_way, "BODIES_BYTES", 24)
    bodies = BodiesUnderWay()
    first, second, third = bodies.open("a"), bodies.open("a"), bodies.open("b")
    unknown = bodies.open(None)

    def is_refused(take: Callable[[int], None], length: int) -> bool:
        try:
            take(length)
        except OverloadedError:
            return True
        return False

    assert not is_refused(first.take, 6)
    assert is_refused(second.take, 5)
    assert not is_refused(second.take, 4)
    assert is_refused(unknown.take, 6)
    assert not is_refused(unknown.take, 5)
    assert is_refused(third.take, 10)
    first.release()
    assert not is_refused(third.take, 10)


@pytest.mark.parametrize(("length", "is_aside"), [(READ_ON_LOOP_BYTES, False), (BODY_BYTES, True)])
def test_a_long_body_is_read_aside_from_the_event_loop(length: int, is_aside: bool) -> None:
    async def read() -> int:
        return await aside(lambda _: threading.get_ident(), b" " * length)

    assert (asyncio.run(read()) != threading.get_ident()) is is_aside


def test_a_request_that_would_wait_too_long_for_a_thread_is_a_503(
    services: Services, urls: dict[str, str], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "WAITING_FOR_THREAD", 0)
    client = TestClient(create_app(services, is_overloaded=threads.is_overloaded))

    for door in ("kazoo", "codemash", "pivot"):
        answer = client.post(f"{urls[door]}?key={key}", json={"data": {}})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
    assert client.get("/healthz").status_code == 200
