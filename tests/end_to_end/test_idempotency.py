"""An idempotency key stands for one execution, however often it is asked for."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.end_to_end.test_asynchronous import LATER, ended
from tests.support.hosts import Host


def test_the_same_request_is_executed_once_and_answered_alike(
    host: Host, client: httpx2.Client
) -> None:
    url = f"{host.functions_url(host.create('return Math.random()'))}/execute"

    def ask(key: str, n: int = 1) -> httpx2.Response:
        return client.post(url, json={"data": {"n": n}}, headers={"Idempotency-Key": key})

    first, again, other = ask("one"), ask("one"), ask("two")

    assert first.status_code == 200
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["data"] == first.json()["data"]
    assert other.json()["data"]["result"] != first.json()["data"]["result"]
    reused = ask("one", n=2)
    assert (reused.status_code, reused.json()["message"]) == (422, "idempotency_key_reused")


def test_two_requests_at_the_same_time_are_one_execution(host: Host) -> None:
    function = host.create(
        "await new Promise(resolve => setTimeout(resolve, 300)); return Math.random();"
    )

    def ask(key: str) -> httpx2.Response:
        with host.client() as client:
            url = f"{host.functions_url(function)}/execute"
            return client.post(url, json={"data": {}}, headers={"Idempotency-Key": key})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, ["one"] * 4))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({json.dumps(answer.json()["data"]) for answer in answers}) == 1
    replayed = [answer.headers.get("idempotent-replayed") for answer in answers]
    assert sorted(replayed, key=str) == [None, *["true"] * 3]


def test_codemash_and_later_have_keys_too(host: Host, client: httpx2.Client) -> None:
    function = host.create("return Math.random()")
    codemash = f"/v2/serverless/functions/{function}/execute"
    key = {"Idempotency-Key": "one"}

    now = [client.post(codemash, headers=key).json() for _ in range(2)]
    later = [client.post(codemash, headers={**LATER, "Idempotency-Key": "two"}) for _ in range(2)]

    assert now[0] == now[1]
    assert [answer.status_code for answer in later] == [202, 202]
    assert len({answer.headers["location"] for answer in later}) == 1
    assert ended(client, later[0].headers["location"])["status"] == "succeeded"
