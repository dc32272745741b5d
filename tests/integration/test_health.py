"""What the running service says of itself."""

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from tests.support.servers import ONE_WORKER, Server, starting


def test_health_and_the_log_say_that_the_kernel_confines_user_code(server: Server) -> None:
    with server.client() as client:
        health = client.get("/healthz").json()

    assert health["status"] == "ok"
    assert health["confined"] is True
    held = ", ".join(health["confinement"])
    assert held.startswith("system_calls")
    assert f"confined by the kernel: True ({held})" in server.end()


def test_a_server_is_ready_until_its_store_takes_no_writes(server: Server) -> None:
    database = server.data_dir / "isolambda.sqlite3"
    with server.client() as client, closing(sqlite3.connect(database)) as other:
        before = client.get("/readyz")
        by_proxy = client.get("/readyz", headers={"x-forwarded-for": "192.0.2.7"})
        other.execute("BEGIN IMMEDIATE")
        after = before
        while after.status_code == 200:  # for a second it is from memory
            after = client.get("/readyz")
        alive = client.get("/healthz")

    assert before.json()["status"] == "ready"
    assert {name for name, check in before.json()["checks"].items() if check["ok"]} == {
        *("store_writable", "workers_confined", "workers_start", "disk", "queue")
    }
    assert {tuple(check) for check in by_proxy.json()["checks"].values()} == {("ok",)}
    assert after.status_code == 503
    assert after.json()["checks"]["store_writable"]["ok"] is False
    assert after.json()["checks"]["disk"]["free_bytes"] > 0
    assert alive.status_code == 200
    assert "not ready: store_writable" in server.end()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_each_line_of_a_log_in_json_is_an_object_with_time_and_level(
    tmp_path: Path, processes: str
) -> None:
    options = (*ONE_WORKER, "--processes", processes, "--log-format", "json")
    with starting(tmp_path) as start:
        server = start(*options)
        with server.client() as client:
            answer = client.get("/v2/nothing/%0a%1b", headers={"x-request-id": "r-1"})
        output = server.end(signal.SIGTERM)

    log = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert answer.status_code == 404
    assert all({"time", "level", "message"} <= line.keys() for line in log)
    assert {"Application startup complete.", "Application shutdown complete."} <= {
        cast("str", line["message"]) for line in log
    }
    [request] = [line for line in log if line.get("correlation_id") == "r-1"]
    assert (request["status"], request["route"]) == (404, "-")


def test_the_end_of_a_worker_is_logged_with_the_id_of_the_request(server: Server) -> None:
    function = server.create("const all = []; for (;;) all.push(new Array(100_000).fill(1))")
    with server.client() as client:
        url = f"{server.functions_url(function)}/execute"
        answer = client.post(url, json={"data": {}}, headers={"x-request-id": "r-1"})

    assert answer.json()["data"]["outcome"] == "exceeded_memory"
    lines = [line.split() for line in server.end().splitlines() if "its worker ended by" in line]
    assert {correlation_id for _time, _level, correlation_id, *_ in lines} == {"r-1"}
