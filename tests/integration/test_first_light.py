"""The way of a user: start, create, execute, stop, start again."""

import json
import os
import select
import signal
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.integration.conftest import Server
from tests.processes import children

SAY_HI = "return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};"
HI_ADA = {"module": "tts", "data": {"text": "hi Ada"}}


def test_all_seven_operations_of_the_kazoo_functions_api(server: Server) -> None:
    with server.client() as kazoo:
        created = kazoo.put(
            server.functions_url(), json={"data": {"name": "hi", "function_js": SAY_HI}}
        )
        assert created.status_code == 201
        function = created.json()["data"]["id"]
        url = server.functions_url(function)
        assert created.headers["location"].endswith(url)
        assert [item["id"] for item in kazoo.get(server.functions_url()).json()["data"]] == [
            function
        ]
        assert kazoo.get(url).json()["data"]["function_js"] == SAY_HI
        changed = kazoo.post(url, json={"data": {"name": "new", "function_js": SAY_HI, "tag": 1}})
        assert changed.json()["data"]["tag"] == 1
        patched = kazoo.patch(url, json={"data": {"tag": None, "custom": "value"}})
        assert "tag" not in patched.json()["data"]
        assert kazoo.get(url).json()["data"]["custom"] == "value"
        assert kazoo.get(server.functions_url("samples")).json()["data"][0]["enabled"] is True
        assert kazoo.delete(url).json()["data"]["_read_only"] == {"deleted": True}
        assert kazoo.get(url).status_code == 404
        assert kazoo.get(server.functions_url()).json()["data"] == []


@pytest.mark.parametrize("version", ["/v1", "/v2", ""])
def test_both_verbs_of_the_codemash_execute_route(server: Server, version: str) -> None:
    url = f"{version}/serverless/functions/{server.create(SAY_HI)}/execute"
    template = {"Template": json.dumps({"Caller-ID-Name": "Ada"})}

    with server.client(Authorization=f"Bearer {server.credentials['api_key']}") as codemash:
        posted = codemash.post(url, json=template)
        fetched = codemash.get(url, params=template)

    for answer in (posted, fetched):
        assert answer.status_code == 200
        assert json.loads(answer.json()["result"]) == HI_ADA


def test_an_execution_tells_all_there_is_to_know(server: Server) -> None:
    function = server.create("console.warn('look'); return call.n * 2")

    told = server.execute(function, {"n": 21})

    assert set(told) == {
        "execution_id", "outcome", "result", "error", "logs", "usage", "version",
    }  # fmt: skip
    assert (told["outcome"], told["result"], told["version"]) == ("ok", 42, "$LATEST")
    assert [(line["level"], line["text"]) for line in told["logs"]] == [("warn", "look")]


def test_an_endless_loop_ends_at_its_limit_and_the_next_execution_works(server: Server) -> None:
    endless = server.create("while (true) {}", limits={"wall_time_ms": 200})

    told = server.execute(endless)

    assert told["outcome"] == "exceeded_wall_time"
    assert told["error"]["exceeded"]["limit"] == "wall_time_ms"
    assert told["error"]["exceeded"]["value"] == 200
    assert told["usage"]["wall_ms"] < 700
    assert server.execute(server.create("return 1"))["result"] == 1


def test_a_result_nested_a_hundred_thousand_deep_arrives(server: Server) -> None:
    deep = server.create("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a")

    with server.client() as client:
        answer = client.post(server.functions_url(deep) + "/execute", json={"data": {}})

    assert answer.status_code == 200
    assert "[" * 100_000 in answer.text


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_lost_when_the_server_ends(
    start: Callable[..., Server], with_signal: signal.Signals
) -> None:
    first = start()
    functions = {first.create(f"return {n}"): n for n in range(5)}
    key = first.credentials["api_key"]
    first.end(with_signal)

    second = start()

    assert second.credentials["api_key"] == key
    assert {function: second.execute(function)["result"] for function in functions} == functions


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_server(server: Server, with_signal: signal.Signals) -> None:
    server.execute(server.create("return 1"))
    workers = children(server.process.pid)
    assert workers

    server.end(with_signal)

    # Their sockets are closed: each ends by itself, and none is left to its new parent.
    for worker in workers:
        wait_for_end(worker)


def wait_for_end(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([descriptor], [], [], 10)
        assert ready, f"process {pid} goes on"
    finally:
        os.close(descriptor)


def test_credentials_are_for_their_owner_alone(server: Server) -> None:
    path = server.data_dir / "credentials.json"

    assert set(server.credentials) == {"url", "account_id", "api_key"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_key_is_printed_on_the_first_start_alone(start: Callable[..., Server]) -> None:
    first = start()
    key = first.credentials["api_key"]
    assert key in first.end()

    assert key not in start().end()


def test_the_printed_lines_work_as_they_stand(server: Server) -> None:
    lines = "".join(server.output).replace("\\\n", "")
    create, execute = [line for line in lines.splitlines() if line.strip().startswith("curl")]

    created = json.loads(subprocess.check_output(["bash", "-c", create]))  # noqa: S607
    execute = execute.replace("/ID/", f"/{created['data']['id']}/")
    executed = json.loads(subprocess.check_output(["bash", "-c", execute]))  # noqa: S607

    assert executed["result"] == '{"hi":"Ada"}'


def test_neither_keys_nor_inputs_nor_sources_are_logged(server: Server) -> None:
    key = server.credentials["api_key"]
    function = server.create("throw new Error('source-word ' + call.word)")
    url = f"/serverless/functions/{function}/execute"
    with server.client() as client:
        client.get(url, params={"apiKey": key, "data": '{"word":"input-word"}'})
        client.post(url, content=b"{broken input-word")

    output = server.end()

    logged = output.partition("Uvicorn running")[2]
    for secret in (key, "input-word", "source-word"):
        assert secret not in logged


def test_hostile_and_healthy_executions_at_the_same_time(server: Server) -> None:
    hostile = server.create("while (true) {}", limits={"wall_time_ms": 300})
    healthy = server.create("return 'well'")

    with ThreadPoolExecutor(16) as clients:
        ends = list(clients.map(server.execute, [hostile, healthy] * 8))

    assert [told["outcome"] for told in ends] == ["exceeded_wall_time", "ok"] * 8


def test_a_port_in_use_is_told(server: Server, start: Callable[..., Server]) -> None:
    port = httpx2.URL(server.credentials["url"]).port

    with pytest.raises(AssertionError, match="address already in use"):
        start("--port", str(port))
