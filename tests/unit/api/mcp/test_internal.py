"""The executor on AWS has tools called by the token of an execution, and by nothing else."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import Services
from isolambda_core.domain.accounts.api_keys import Scope, hash_api_key
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.key_values.tokens import derive_kv_key
from isolambda_core.domain.limits import TOOL_CALLS
from isolambda_core.domain.tools.calls import ToolCall
from isolambda_core.domain.tools.tokens import PATH, ToolClaims, derive_tool_key
from isolambda_executor.remote_tools import RemoteTools
from tests.support.clocks import SetClock
from tests.support.http_server import HttpServer
from tests.support.samples import SECRET

KEY = derive_tool_key(SECRET.read())
ROOT, PARENT = "d" * 32, "e" * 32


@pytest.fixture
def claims(account_id: str, key: str, clock: SetClock) -> ToolClaims:
    """What the token of an execution in the account says."""
    ends_at_ms = clock.now_ms() + 10_000
    of = (account_id, PARENT, hash_api_key(key), ROOT)
    return ToolClaims(*of, 1, None, 0, ends_at_ms, clock.now() + 15)


def posted(client: TestClient, token: str, body: Any) -> Any:
    """Return the status, and the data of an answer."""
    answer = client.post(PATH, json=body, headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("data")


def test_a_tool_is_called_for_who_shows_a_token(
    bare: TestClient,
    claims: ToolClaims,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
) -> None:
    function_id = add("greet")

    asked = {"tool": "greet", "arguments": {"text": "hi"}}
    assert posted(bare, claims.signed(KEY), asked) == (200, {"value": {"text": "hi"}})

    [request] = executed
    assert (request.account_id, request.function_id) == (claims.account_id, function_id)
    assert request.tools == ToolGrant(claims.key_sha256, ROOT, 2)
    assert request.limits.wall_time_ms == 5_000


def test_a_tool_has_no_more_time_than_the_execution_that_calls(
    bare: TestClient,
    claims: ToolClaims,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
    clock: SetClock,
) -> None:
    add("greet")
    clock.time_ms += 9_000
    assert posted(bare, claims.signed(KEY), {"tool": "greet"}) == (200, {"value": {}})
    assert executed[0].limits.wall_time_ms == 1_000

    clock.time_ms += 2_000
    status, data = posted(bare, claims.signed(KEY), {"tool": "greet"})
    assert (status, data["error"]["code"]) == (200, "unavailable")
    assert len(executed) == 1


def test_what_the_body_says_of_who_calls_means_nothing(
    bare: TestClient,
    claims: ToolClaims,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
) -> None:
    add("greet")
    lies = {"account_id": "b" * 32, "key_sha256": "1" * 64, "root_id": "c" * 32, "depth": -5}

    posted(bare, claims.signed(KEY), {"tool": "greet", "arguments": lies, **lies})

    assert executed[0].account_id == claims.account_id
    assert executed[0].tools == ToolGrant(claims.key_sha256, ROOT, 2)


def test_a_forged_token_calls_nothing(
    bare: TestClient,
    claims: ToolClaims,
    key: str,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
    clock: SetClock,
) -> None:
    add("greet")
    said, _, signature = claims.signed(KEY).partition(".")
    other = replace(claims, account_id="b" * 32).signed(KEY).partition(".")[0]
    expired = replace(claims, valid_until=clock.now())

    for token in (
        "",
        key,
        f"{other}.{signature}",
        f"{said}.",
        claims.signed(b""),
        claims.signed(derive_kv_key(SECRET.read())),
        expired.signed(KEY),
    ):
        assert posted(bare, token, {"tool": "greet"})[0] == 401
    assert executed == []


def test_the_key_behind_a_token_counts_at_each_call(
    bare: TestClient,
    claims: ToolClaims,
    services: Services,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
) -> None:
    add("greet")
    made, secret = services.keys.create(claims.account_id, [Scope.EXECUTE], None)
    token = replace(claims, key_sha256=hash_api_key(secret)).signed(KEY)
    assert posted(bare, token, {"tool": "greet"})[1] == {"value": {}}

    services.keys.remove(claims.account_id, made.id)

    assert posted(bare, token, {"tool": "greet"})[1]["error"]["code"] == "not_allowed"
    assert len(executed) == 1


def test_calls_are_counted_for_all_below_the_first_execution(
    bare: TestClient,
    claims: ToolClaims,
    add: Callable[..., str],
    executed: list[ExecutionRequest],
) -> None:
    add("greet")
    tokens = [replace(claims, execution_id=f"{n:032x}", depth=n % 4).signed(KEY) for n in range(10)]
    for n in range(TOOL_CALLS):
        assert posted(bare, tokens[n % 10], {"tool": "greet"})[1] == {"value": {}}

    error = posted(bare, tokens[0], {"tool": "greet"})[1]["error"]
    assert error.items() >= {"code": "exceeded_tools", "limit": "tool_calls", "used": 101}.items()
    assert len(executed) == TOOL_CALLS
    another = replace(claims, root_id="1" * 32).signed(KEY)
    assert posted(bare, another, {"tool": "greet"})[1] == {"value": {}}


@pytest.mark.parametrize("body", [[], 7, None, "greet"], ids=repr)
def test_a_body_that_is_no_call_is_refused(bare: TestClient, claims: ToolClaims, body: Any) -> None:
    assert posted(bare, claims.signed(KEY), body)[0] == 400


@pytest.fixture
def remote(app: FastAPI, claims: ToolClaims) -> Iterator[ExecutionRequest]:
    """Serve the API, and give the request of an execution that has its token."""
    with HttpServer(app) as server:
        host, port = server._socket.getsockname()
        url = f"http://{host}:{port}"
        grant = ToolGrant(claims.key_sha256, ROOT, 1, url=url, token=claims.signed(KEY))
        plain = ExecutionRequest(PARENT, claims.account_id, "f" * 32, "1", "", b"null")
        yield replace(plain, tools=grant)


def test_the_executor_calls_a_tool_over_http(
    remote: ExecutionRequest, add: Callable[..., str]
) -> None:
    add("greet")
    tools = RemoteTools()
    deadline = time.monotonic() + 60

    called = complete(tools.call(remote, ToolCall("greet", {"é": [1]}), deadline))
    assert called == {"value": {"é": [1]}}
    refused = complete(tools.call(remote, ToolCall("none", {}), deadline))
    assert refused == {"error": {"code": "unknown_tool", "message": "there is no tool 'none'"}}
    for _, connection in tools._api._idle:
        connection.close()


def test_an_api_that_is_not_there_is_an_error(remote: ExecutionRequest) -> None:
    assert remote.tools is not None
    away = replace(remote, tools=replace(remote.tools, url="http://127.0.0.1:9"))

    calling = RemoteTools().call(away, ToolCall("greet", {}), time.monotonic() + 60)
    found = complete(calling)

    message = "the tool did not answer, and may have done it or not"
    assert found == {"error": {"code": "unavailable", "message": message}}
