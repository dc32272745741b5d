"""Kazoo: a bucket of tokens for each address and account bounds how fast a client may ask."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Outcome,
)
from isolambda_core.services.accounts.rate_limits import RateLimiter
from isolambda_local.rate_limits import MemoryRateLimitRepository

Script = Callable[[ExecutionResult | Exception], None]


@pytest.fixture
def app(services: Services) -> FastAPI:
    rates = RateLimiter(MemoryRateLimitRepository(), RateLimit(40, 10), services.clock)
    return create_app(replace(services, rates=rates))


def test_every_envelope_tells_what_is_left(
    client: TestClient, functions_path: str, function_id: str
) -> None:
    paths = [functions_path, f"{functions_path}/{function_id}", f"{functions_path}/{'0' * 32}"]

    left = [client.get(path).json()["tokens"] for path in paths]

    assert left == [{"consumed": 1, "remaining": 40 - n} for n in (1, 2, 3)]


def test_who_asks_too_fast_gets_the_time_to_come_back(
    client: TestClient, functions_path: str
) -> None:
    for _ in range(40):
        assert client.get(functions_path).status_code == 200

    answer = client.get(functions_path)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["message"] == "too_many_requests"
    assert answer.json()["tokens"] == {"consumed": 0, "remaining": 0}
    assert answer.json()["data"] == {"message": "too many requests"}


def test_a_wrong_key_learns_nothing_when_the_bucket_is_empty(
    bare: TestClient, functions_path: str
) -> None:
    for _ in range(40):
        bare.get(functions_path, headers={"x-auth-token": "f" * 64})

    assert bare.get(functions_path, headers={"x-auth-token": "f" * 64}).status_code == 429
    assert bare.get(functions_path).status_code == 429


def test_another_account_has_another_bucket(
    client: TestClient, bare: TestClient, services: Services, functions_path: str
) -> None:
    other, key = services.accounts.create_top("other")
    for _ in range(41):
        client.get(functions_path)

    answer = bare.get(f"/v2/accounts/{other.id}/functions", headers={"x-auth-token": key})

    assert answer.json()["tokens"] == {"consumed": 1, "remaining": 39}


def test_coming_in_costs_more(bare: TestClient, key: str) -> None:
    data = {"data": {"api_key": key}}

    first, second = (bare.put("/v2/api_auth", json=data) for _ in range(2))

    assert first.json()["tokens"] == {"consumed": 35, "remaining": 5}
    assert second.status_code == 429


def test_unknown_paths_cost_as_well(bare: TestClient) -> None:
    answers = [bare.get("/v2/nowhere") for _ in range(41)]

    assert answers[-1].status_code == 429


def test_calls_cost_nothing(
    client: TestClient, account_id: str, function_id: str, script: Script
) -> None:
    script(ExecutionResult("", Outcome.OK, b'{"module":"hangup"}'))

    answers = [client.get(f"/pivot/{account_id}/{function_id}") for _ in range(50)]

    assert {answer.status_code for answer in answers} == {200}


WRONG = "f" * 64
IDS = [f"{number:032x}" for number in range(45)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/accounts/{}/functions"),
        ("GET", "/v2/accounts/{}/nowhere"),
        ("DELETE", "/v2/accounts/{}/functions"),
        ("PUT", "/v2/accounts/{}/events"),
        ("GET", "/pivot/{}/{}"),
        ("POST", "/pivot/{}/{}"),
        ("DELETE", "/pivot/{}/{}"),
        ("POST", "/v2/serverless/functions/{}/execute"),
        ("POST", "/v2/serverless/functions/{}/execute?x-cm-projectid={}"),
        ("POST", "/webhooks/{}/{}/{}"),
    ],
)
@pytest.mark.parametrize("key", [WRONG, None], ids=["wrong key", "no key"])
def test_no_path_gives_who_has_no_key_another_bucket(
    bare: TestClient, method: str, path: str, key: str | None
) -> None:
    headers = {} if key is None else {"x-auth-token": key}
    paths = [path.format(*[name] * 3) for name in IDS]

    answers = [bare.request(method, each, headers=headers) for each in paths]

    assert 429 not in {answer.status_code for answer in answers[:40]}
    assert {answer.status_code for answer in answers[40:]} == {429}
    assert all(answer.headers["retry-after"] for answer in answers[40:])


@pytest.mark.parametrize("place", ["key", "auth_token", "header", "basic"])
def test_a_wrong_key_of_a_call_is_charged_wherever_it_stands(
    bare: TestClient, account_id: str, function_id: str, place: str
) -> None:
    path = f"/pivot/{account_id}/{function_id}"
    query = {place: WRONG} if place in ("key", "auth_token") else {}
    headers = {"x-auth-token": WRONG} if place == "header" else {}
    auth = (account_id, WRONG) if place == "basic" else None

    statuses = [
        bare.get(path, params=query, headers=headers, auth=auth).status_code for _ in range(41)
    ]

    assert statuses == [401] * 40 + [429]


def test_an_account_that_the_path_names_is_not_charged(
    client: TestClient, bare: TestClient, services: Services, functions_path: str
) -> None:
    other, key = services.accounts.create_top("other")
    for _ in range(40):
        client.get(f"/v2/accounts/{other.id}/functions")

    assert client.get(functions_path).status_code == 429
    answer = bare.get(f"/v2/accounts/{other.id}/functions", headers={"x-auth-token": key})
    assert answer.status_code == 200


def test_a_valid_key_from_another_address_is_served_meanwhile(
    client: TestClient, app: FastAPI, functions_path: str
) -> None:
    key = client.headers["x-auth-token"]
    for _ in range(41):
        client.get(functions_path)

    elsewhere = TestClient(app, client=("203.0.113.7", 50_000))
    answer = elsewhere.get(functions_path, headers={"x-auth-token": key})

    assert client.get(functions_path).status_code == 429
    assert answer.status_code == 200


def test_codemash_is_bounded_too(client: TestClient, function_id: str) -> None:
    path = f"/v2/serverless/functions/{function_id}/execute"
    for _ in range(40):
        assert client.post(path).status_code == 200

    answer = client.post(path)

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["responseStatus"]["errorCode"] == "TooManyRequests"
