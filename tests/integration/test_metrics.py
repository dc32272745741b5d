"""Prometheus asks a real server, in one process or several, while it serves."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.servers import ONE_WORKER, Server, free_port
from tests.support.waiting import WAIT_S, eventually

TOKEN = "a-token-of-operators"  # noqa: S105 - of a test
EXECUTIONS = 6


def values_at(url: str, **headers: str) -> dict[str, float]:
    answer = httpx2.get(url, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        "".join([sample.name, *(f",{label}" for label in sample.labels.values())]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize("processes", [(), ("--processes", "2", "--workers", "2")])
def test_what_all_processes_did_is_on_a_port_of_its_own(
    start: Callable[..., Server], processes: tuple[str, ...]
) -> None:
    port = free_port()
    server = start("--metrics-port", str(port), *(processes or ONE_WORKER))
    function = server.create("if (call.fails) throw new Error('no'); return 1")
    with ThreadPoolExecutor(EXECUTIONS) as pool:
        list(pool.map(lambda _: server.execute(function), range(EXECUTIONS)))
    server.execute(function, {"fails": True})

    def counted() -> dict[str, float] | None:
        values = values_at(f"http://127.0.0.1:{port}/metrics")
        # A process counts a request when it has answered it.
        executed = values.get("isolambda_requests_total,kazoo,200", 0) >= EXECUTIONS + 1
        return values if executed and "isolambda_requests_total,kazoo,201" in values else None

    values = eventually(counted)

    account = server.credentials["account_id"]
    assert values["isolambda_executions_total,ok"] == EXECUTIONS
    assert values["isolambda_executions_total,exception"] == 1
    assert values["isolambda_execution_seconds_count"] == EXECUTIONS + 1
    assert values[f"isolambda_account_executions_total,{account}"] == EXECUTIONS + 1
    assert values["isolambda_requests_total,kazoo,201"] == 1
    assert values["isolambda_workers,busy"] == 0
    assert values["isolambda_queue_messages"] == 0
    assert [value for name, value in values.items() if name.startswith("isolambda_build_info")]

    elsewhere = httpx2.get(f"http://127.0.0.1:{port}/healthz")
    assert elsewhere.status_code == 404
    assert httpx2.post(f"http://127.0.0.1:{port}/metrics").status_code == 405
    with server.client() as client:
        assert client.get("/metrics").status_code == 404


def test_what_is_no_request_is_counted(start: Callable[..., Server]) -> None:
    port = free_port()
    server = start("--metrics-port", str(port), *ONE_WORKER)
    address = httpx2.URL(server.credentials["url"])
    with socket.create_connection((address.host, address.port or 0), timeout=WAIT_S) as client:
        client.sendall(b"no request\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 400"

    assert eventually(
        lambda: values_at(f"http://127.0.0.1:{port}/metrics").get(
            "isolambda_requests_total,other,400"
        )
    )


def test_the_port_of_the_server_has_metrics_for_who_has_the_token(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    server = start("--metrics-token-file", str(file), *ONE_WORKER)
    url = f"{server.credentials['url']}/metrics"

    values = values_at(url, authorization=f"Bearer {TOKEN}")

    assert values["isolambda_workers,idle"] == 1
    with server.client() as client:
        assert client.get("/metrics").status_code == 404
    for given in ({}, {"authorization": "Bearer another-token-of-none"}, {"authorization": TOKEN}):
        refused = httpx2.get(url, headers=given)
        unknown = httpx2.get(f"{url}0", headers=given)
        assert refused.status_code == unknown.status_code
        assert refused.json()["message"] == unknown.json()["message"]


def test_a_token_that_anyone_could_guess_does_not_start_a_server(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("short", encoding="utf-8")

    with pytest.raises(AssertionError, match="must hold a token of 16 to 1024"):
        start("--metrics-token-file", str(file), *ONE_WORKER)


def test_a_port_that_is_taken_does_not_start_a_server(
    start: Callable[..., Server],
) -> None:
    port = free_port()
    start("--metrics-port", str(port), *ONE_WORKER)

    with pytest.raises(AssertionError, match=f"127.0.0.1:{port} is in use"):
        start("--metrics-port", str(port), *ONE_WORKER)
