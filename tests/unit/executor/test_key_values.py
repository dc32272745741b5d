"""The executor has operations on values performed, and counts them."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest
from typing_extensions import override

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.key_values.operations import Fields
from isolambda_core.domain.limits import KV_OPERATIONS, KV_VALUE_BYTES
from isolambda_executor.broker import Broker
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.key_values import opens_key_values
from isolambda_executor.remote_key_values import RemoteKeyValues
from tests.support.http_server import HttpServer

LONG_S = 60.0
REQUEST = replace(
    ExecutionRequest("e" * 32, "a" * 32, "f" * 32, "1", "", b"null"), kv=KvGrant(("orders",))
)
GET: Fields = {"op": "get", "namespace": "orders", "key": "17"}
UNREACHED = re.compile("the store did not answer within [0-9]+ ms, and may have done it or not")


@dataclass
class Noting:
    """Notes what is asked, and answers with the same."""

    asked: list[tuple[ExecutionRequest, Fields, float]] = field(default_factory=list)

    def perform(self, request: ExecutionRequest, fields: Fields, deadline: float) -> Fields:
        self.asked.append((request, fields, deadline))
        if fields["key"] == "fault":
            raise RuntimeError
        return {"value": fields["key"]}


@pytest.fixture
def values() -> Noting:
    return Noting()


@pytest.fixture
def broker(values: Noting) -> Iterator[Broker]:
    with closing(Broker({"kv": opens_key_values(values)})) as broker:
        yield broker


def replies(broker: Broker, *asked: Fields, request: ExecutionRequest = REQUEST) -> list[Fields]:
    """Return the reply to each operation, in the order of their ids."""
    sent: SimpleQueue[tuple[Fields, bytes]] = SimpleQueue()
    operations = broker.open(request, 7.0, lambda *reply: sent.put(reply))
    for number, fields in enumerate(asked, 1):
        operations.take({"id": number, "kind": "kv", **fields})
    found = [sent.get(timeout=LONG_S)[0] for _ in asked]
    return sorted(found, key=lambda reply: int(str(reply["id"])))


def test_an_operation_has_one_reply(broker: Broker, values: Noting) -> None:
    assert replies(broker, GET) == [{"id": 1, "end": True, "value": "17"}]
    [(request, fields, deadline)] = values.asked
    assert (request, deadline) == (REQUEST, 7.0)
    assert fields.items() >= GET.items()


def test_one_operation_too_many_is_refused_with_the_limit(broker: Broker, values: Noting) -> None:
    *performed, refused = replies(broker, *[GET] * (KV_OPERATIONS + 1))

    assert [reply.get("value") for reply in performed] == ["17"] * KV_OPERATIONS
    assert refused["error"] == {
        "code": "exceeded_kv",
        "message": "operations of the execution on the key-value store: 101; the limit is 100",
        "limit": "kv_operations",
        "value": 100,
        "used": 101,
    }
    assert len(values.asked) == KV_OPERATIONS


def test_who_was_granted_no_namespace_is_refused(broker: Broker, values: Noting) -> None:
    [reply] = replies(broker, GET, request=replace(REQUEST, kv=None))

    assert reply["error"] == {
        "code": "not_allowed",
        "message": "the function's document names no namespace in kv",
    }
    assert values.asked == []


def test_a_store_that_fails_is_told(broker: Broker) -> None:
    [reply] = replies(broker, {**GET, "key": "fault"})

    error = {"code": "unavailable", "message": "the store is not available"}
    assert reply == {"id": 1, "end": True, "error": error}


@dataclass
class Waiting(Noting):
    """Answers when it is let go."""

    may_answer: Event = field(default_factory=Event)

    @override
    def perform(self, request: ExecutionRequest, fields: Fields, deadline: float) -> Fields:
        assert self.may_answer.wait(LONG_S)
        return super().perform(request, fields, deadline)


def test_no_intact_worker_sends_more_for_an_operation_and_any_may_abandon_it() -> None:
    values, sent = Waiting(), SimpleQueue[Any]()
    with closing(Broker({"kv": opens_key_values(values)})) as broker:
        operations = broker.open(REQUEST, 7.0, lambda *reply: sent.put(reply))
        operations.take({"id": 1, "kind": "kv", **GET})
        operations.take({"id": 2, "kind": "kv", **GET})

        with pytest.raises(BrokenPeerError):
            operations.take({"id": 1, "kind": "send"})
        operations.take({"id": 1, "kind": "abandon"})
        values.may_answer.set()

        assert sent.get(timeout=LONG_S)[0]["id"] == 2


@dataclass
class Api:
    """Stands for the API: it notes requests, and answers each with the next of ``answers``."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    clients: set[Any] = field(default_factory=set)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        token = dict(scope["headers"])[b"authorization"].decode()
        self.requests.append((scope["path"], token, json.loads(body)))
        self.clients.add(tuple(scope["client"]))
        status, answer = self.answers.pop(0)
        text = answer if isinstance(answer, bytes) else json.dumps({"data": answer}).encode()
        length = (b"content-length", str(len(text)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": text})


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def remote(api: Api) -> Iterator[ExecutionRequest]:
    """Return a request whose grant leads to ``api``."""
    with HttpServer(api) as server:
        host, port = server._socket.getsockname()
        grant = KvGrant(("orders",), f"http://{host}:{port}/base", "a token")
        yield replace(REQUEST, kv=grant)


def performed(request: ExecutionRequest, *asked: Fields, left_s: float = LONG_S) -> list[Fields]:
    values = RemoteKeyValues()
    found = [values.perform(request, fields, time.monotonic() + left_s) for fields in asked]
    for _, connection in values._api._idle:
        connection.close()
    return found


def is_unreached(reply: Fields) -> bool:
    error = reply["error"]
    assert isinstance(error, dict)
    message = str(error["message"])
    return error["code"] == "unavailable" and UNREACHED.fullmatch(message) is not None


def test_an_operation_goes_to_the_api_with_the_token(api: Api, remote: ExecutionRequest) -> None:
    api.answers = [(200, {"value": {"a": [None]}}), (200, {}), (200, {"error": {"code": "x"}})]
    put: Fields = {"op": "put", "namespace": "orders", "key": "17", "value": "é\ud800", "ttl_s": 3}

    found = performed(remote, {"id": 1, "kind": "kv", **GET}, {**put, "account_id": "b"}, GET)

    assert found == [{"value": {"a": [None]}}, {}, {"error": {"code": "x"}}]
    assert api.requests == [
        ("/base/internal/kv", "Bearer a token", GET),
        ("/base/internal/kv", "Bearer a token", put),
        ("/base/internal/kv", "Bearer a token", GET),
    ]
    assert len(api.clients) == 1


def test_a_name_under_localhost_is_of_this_machine(api: Api, remote: ExecutionRequest) -> None:
    assert remote.kv is not None
    url = remote.kv.url.replace("127.0.0.1", "an-api.execute-api.localhost")
    api.answers = [(200, {"value": 1})]

    assert performed(replace(remote, kv=replace(remote.kv, url=url)), GET) == [{"value": 1}]


def test_what_breaks_a_rule_is_not_sent(api: Api, remote: ExecutionRequest) -> None:
    put = {"op": "put", "namespace": "orders", "key": "17", "value": "x" * KV_VALUE_BYTES}

    [reply] = performed(remote, put)

    assert isinstance(reply["error"], dict)
    assert reply["error"]["code"] == "too_large"
    assert api.requests == []


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (401, {}, "status 401"),
        (503, {}, "status 503"),
        (200, b"no JSON", "status 200"),
        (200, b"[]", "status 200"),
        (200, b'{"data": 1}', "status 200"),
        (200, b'"' + b"x" * 1_048_576 + b'"', "more than 1048576 bytes"),
    ],
)
def test_an_answer_that_is_none_is_told(
    api: Api, remote: ExecutionRequest, status: int, answer: Any, words: str
) -> None:
    api.answers = [(status, answer)]

    [reply] = performed(remote, GET)

    assert isinstance(reply["error"], dict)
    assert reply["error"]["code"] == "unavailable"
    assert words in str(reply["error"]["message"])
    assert "a token" not in str(reply)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9"])
def test_an_api_that_is_not_there_is_told(url: str) -> None:
    request = replace(REQUEST, kv=KvGrant(("orders",), url, "a token"))

    [reply] = performed(request, GET)

    assert is_unreached(reply)


def test_an_api_that_is_silent_leaves_the_function_time_to_tell_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited_s: list[float] = []

    def say_nothing(connection: HTTPConnection, *_: object) -> None:
        assert connection.timeout is not None
        waited_s.append(connection.timeout)
        raise TimeoutError

    monkeypatch.setattr(HTTPConnection, "request", say_nothing)
    request = replace(REQUEST, kv=KvGrant(("orders",), "http://127.0.0.1:9", "a token"))

    [reply] = performed(request, GET, left_s=10.0)

    assert is_unreached(reply)
    assert 0 < max(waited_s) <= 9


def test_nothing_is_sent_after_the_deadline(api: Api, remote: ExecutionRequest) -> None:
    [reply] = performed(remote, GET, left_s=0.0)

    assert is_unreached(reply)
    assert api.requests == []
