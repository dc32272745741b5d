"""Limits: the answer names the limit, its value, and what was used; the next execution runs."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import MIB, PAYLOAD_BYTES, SOURCE_BYTES
from tests.support.hosts import Host

LOOP = "while (true) {}"
GREEDY = "const kept = []; while (true) kept.push(new Array(1e5).fill(kept.length));"


@pytest.mark.parametrize(
    ("source", "limits", "outcome", "limit", "value"),
    [
        (LOOP, {"wall_time_ms": 200}, "exceeded_wall_time", "wall_time_ms", 200),
        (GREEDY, {"memory_mb": 32, "wall_time_ms": 25_000}, "exceeded_memory", "memory_mb", 32),
        (
            f"return 'x'.repeat({5 * MIB})",
            {},
            "exceeded_result",
            "result_bytes",
            5 * MIB,
        ),
    ],
    ids=["time", "memory", "result"],
)
def test_a_limit_is_reported_by_name_and_numbers_in_both_dialects(
    host: Host,
    client: httpx2.Client,
    source: str,
    limits: dict[str, int],
    outcome: str,
    limit: str,
    value: int,
) -> None:
    function = host.create(source, limits=limits)

    execution = host.execute(function)
    codemash = client.post(f"/v2/serverless/functions/{function}/execute")

    exceeded = execution["error"]["exceeded"]
    assert execution["outcome"] == outcome
    assert (exceeded["limit"], exceeded["value"]) == (limit, value)
    assert exceeded["used"] >= value
    status = codemash.json()["responseStatus"]
    assert codemash.status_code == (504 if outcome == "exceeded_wall_time" else 500)
    assert status["meta"]["limit"] == limit
    assert status["meta"]["value"] == str(value)
    assert host.execute(host.create("return 1"))["result"] == 1


def test_hostile_and_healthy_executions_at_the_same_time(host: Host) -> None:
    hostile = host.create(LOOP, limits={"wall_time_ms": 300})
    healthy = host.create("return 'well'")

    with ThreadPoolExecutor(4) as clients:
        ends = list(clients.map(host.execute, [hostile, healthy] * 4))

    assert [execution["outcome"] for execution in ends] == ["exceeded_wall_time", "ok"] * 4


def test_a_result_nested_a_hundred_thousand_deep_arrives(host: Host, client: httpx2.Client) -> None:
    deep = host.create("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a")

    answer = client.post(f"{host.functions_url(deep)}/execute", json={"data": {}})

    assert answer.status_code == 200
    assert "[" * 100_000 in answer.text


def test_four_megabytes_go_in_and_come_out(host: Host) -> None:
    text = "ž" * (2 * MIB)

    execution = host.execute(host.create("return call.text"), {"text": text})

    assert (execution["outcome"], execution["result"]) == ("ok", text)


def test_an_input_over_its_limit_is_refused_with_both_numbers(
    host: Host, client: httpx2.Client
) -> None:
    function = host.create("return 1")
    body: dict[str, Any] = {"data": {"a": "x" * PAYLOAD_BYTES}}

    answer = client.post(f"{host.functions_url(function)}/execute", content=json.dumps(body))

    assert answer.status_code == 400
    execution = answer.json()["data"]["file"]["maxSize"]
    assert (execution["target"], execution["value"]) == (
        PAYLOAD_BYTES,
        PAYLOAD_BYTES + len('{"a":""}'),
    )


def test_a_source_over_its_limit_is_refused(host: Host, client: httpx2.Client) -> None:
    source = "/" * (SOURCE_BYTES + 1)

    answer = client.put(host.functions_url(), json={"data": {"name": "n", "function_js": source}})

    assert answer.status_code == 400
    assert answer.json()["data"].keys() == {"function_js"}
