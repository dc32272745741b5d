"""Several processes serve on one port: they have common limits, and none is needed for the others.

A client stays on its connection, so its requests all go to one process, which its answers name.
"""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from tests.support import processes
from tests.support.servers import Server, starting
from tests.support.waiting import WAIT_S, eventually

TWO = ("--processes", "2", "--workers", "2")
BEGIN = "await context.kv.increment('begun'); "
SLEEP = "await new Promise(wake => setTimeout(wake, call.ms)); return call.ms"
LONG = {"wall_time_ms": 25_000}
QUEUED = 20
ROUNDS = 5


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with starting(tmp_path_factory.mktemp("two")) as start:
        yield start(*TWO)


@pytest.fixture
def clients() -> Iterator[Callable[[Server], list[httpx2.Client]]]:
    """Return two clients of a server, each with a connection to a process of its own."""
    with ExitStack() as stack:
        yield lambda server: list(of_each_process(server, stack).values())


def of_each_process(server: Server, stack: ExitStack) -> dict[str, httpx2.Client]:
    found: dict[str, httpx2.Client] = {}

    def look() -> bool:
        client = stack.enter_context(server.client())
        found.setdefault(node_of(server, client), client)
        return len(found) == 2

    eventually(look)
    return found


def node_of(server: Server, client: httpx2.Client) -> str:
    """Return the name of the process that a client is connected to."""
    answer = client.get(server.functions_url())
    return str(answer.json()["node"])


def serving(server: Server) -> list[int]:
    """Return the ids of the processes that serve."""
    return processes.children(server.process.pid)


def execute(server: Server, client: httpx2.Client, function: str, **call: Any) -> httpx2.Response:
    return client.post(f"{server.functions_url(function)}/execute", json={"data": call})


def test_health_says_how_many_serve(shared: Server) -> None:
    with shared.client() as client:
        assert client.get("/healthz").json()["processes"] == 2
    assert len(serving(shared)) == 2
    assert "".join(shared.output).count("Isolambda serves on") == 1


def test_a_bucket_gives_its_tokens_once_to_all_processes(
    start: Callable[..., Server], clients: Callable[[Server], list[httpx2.Client]]
) -> None:
    server = start(*TWO, "--bucket-tokens", "200", "--bucket-per-second", "1")
    pair = clients(server)
    function = server.create("return 1")
    began = time.monotonic()

    statuses = [execute(server, pair[n % 2], function).status_code for n in range(300)]

    came_back = time.monotonic() - began + 1
    assert set(statuses) == {200, 429}
    assert statuses.count(200) <= 200 + came_back
    assert 429 in statuses[::2]
    assert 429 in statuses[1::2]


def test_what_one_process_changes_the_other_goes_by_at_once(
    shared: Server, clients: Callable[[Server], list[httpx2.Client]]
) -> None:
    first, second = clients(shared)
    function = shared.create("return 0")
    for number in range(ROUNDS):
        document = {"data": {"function_js": f"return {number}"}}
        first.patch(shared.functions_url(function), json=document).raise_for_status()
        assert execute(shared, second, function).json()["data"]["result"] == number

    url = f"/v2/accounts/{shared.credentials['account_id']}/api_keys"
    asked = {"data": {"scopes": ["execute"]}}
    made = first.put(url, json=asked).raise_for_status().json()["data"]
    key = {"X-Auth-Token": made["api_key"]}
    path = f"{shared.functions_url(function)}/execute"
    assert second.post(path, json={"data": {}}, headers=key).status_code == 200
    first.delete(f"{url}/{made['id']}").raise_for_status()
    assert second.post(path, json={"data": {}}, headers=key).status_code == 401


def test_shares_hold_over_both_and_come_back_from_a_process_that_is_killed(
    start: Callable[..., Server], clients: Callable[[Server], list[httpx2.Client]]
) -> None:
    server = start(*TWO, "--tenant-executions", "1")
    before = serving(server)
    long = server.create(BEGIN + SLEEP, limits=LONG, kv=["marks"])
    quick = server.create("return 1")
    first, second = clients(server)
    killed = process_of(server, first)
    with ThreadPoolExecutor(2) as threads:
        lost = threads.submit(execute, server, first, long, ms=24_000)
        eventually(lambda: begun(server, second) == 1)
        below = [*processes.descendants(killed)]
        refused = execute(server, second, quick)
        waiting = threads.submit(execute, server, second, quick)
        processes.kill(killed)
        then = waiting.result()
        with pytest.raises(httpx2.HTTPError):
            lost.result()

    assert (refused.status_code, then.status_code) == (429, 200), refused.text
    for pid in below:
        processes.wait_for_end(pid)
    eventually(lambda: healthy(server) == 2)
    assert server.execute(quick)["result"] == 1
    assert len(serving(server)) == len({*before} & {*serving(server)}) + 1 == 2
    assert "ended by signal SIGKILL" in server.end()


def test_a_killed_process_leaves_what_is_queued_to_the_others(
    start: Callable[..., Server], clients: Callable[[Server], list[httpx2.Client]]
) -> None:
    server = start(*TWO)
    function = server.create(SLEEP)
    url = f"{server.functions_url(function)}/execute"
    pair = clients(server)
    later = {"Prefer": "respond-async"}
    sent = [pair[n % 2].post(url, json={"data": {"ms": 50}}, headers=later) for n in range(QUEUED)]
    for pid in serving(server):
        processes.kill(pid)
        eventually(lambda: healthy(server) == 2)

    assert {answer.status_code for answer in sent} == {202}
    with server.client() as client:
        executions = f"{server.functions_url(function)}/executions"
        ended = eventually(
            lambda: [
                each
                for each in client.get(executions).json()["data"]
                if each["status"] not in ("queued", "running")
            ][QUEUED - 1 :]
        )
    assert len(ended) == 1


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_the_end_waits_for_the_requests_of_all_processes(
    start: Callable[..., Server],
    clients: Callable[[Server], list[httpx2.Client]],
    with_signal: signal.Signals,
) -> None:
    server = start(*TWO)
    function = server.create(BEGIN + SLEEP, limits=LONG, kv=["marks"])
    with ThreadPoolExecutor(2) as threads, server.client() as looking:
        asked = [
            threads.submit(execute, server, one, function, ms=3_000) for one in clients(server)
        ]
        eventually(lambda: begun(server, looking) == 2)
        started = [*processes.descendants(server.process.pid)]
        server.process.send_signal(with_signal)
        outcomes = [one.result().json()["data"]["outcome"] for one in asked]

    assert outcomes == ["ok", "ok"]
    assert server.process.wait(WAIT_S) == 0
    for pid in started:
        processes.wait_for_end(pid)


def test_nothing_outlives_a_parent_that_is_killed(start: Callable[..., Server]) -> None:
    server = start(*TWO)
    server.execute(server.create("return 1"))
    started = [*processes.descendants(server.process.pid)]
    assert len(started) > len(serving(server))

    processes.kill(server.process.pid)

    for pid in started:
        processes.wait_for_end(pid)


def healthy(server: Server) -> int:
    """Return how many processes serve, as the server says; 0 where it does not answer."""
    try:
        with server.client() as client:
            return int(client.get("/healthz").json()["processes"])
    except httpx2.HTTPError:  # the connection was to a process that ended
        return 0


def begun(server: Server, client: httpx2.Client) -> int:
    """Return how many executions of ``BEGIN`` have begun."""
    account = server.credentials["account_id"]
    answer = client.get(f"/v2/accounts/{account}/kv/marks/begun")
    return int(answer.json()["data"]["value"]) if answer.is_success else 0


def process_of(server: Server, client: httpx2.Client) -> int:
    """Return the id of the process that a client is connected to."""
    stream = client.get("/healthz").extensions["network_stream"]
    _, port = stream.get_extra_info("client_addr")
    [found] = [
        pid
        for pid in serving(server)
        if processes.connections_from(port) & {*processes.open_files(pid)}
    ]
    return found


def test_what_all_processes_executed_is_counted_when_they_have_ended(
    start: Callable[..., Server], clients: Callable[[Server], list[httpx2.Client]]
) -> None:
    server = start(*TWO)
    pair = clients(server)
    function = server.create("return 1", record="none")
    later = {"Prefer": "respond-async"}
    url = f"{server.functions_url(function)}/execute"
    for client in pair * 3:
        assert execute(server, client, function).status_code == 200
    location = pair[0].post(url, json={"data": {}}, headers=later).headers["location"]
    eventually(lambda: pair[0].get(location).json()["data"]["status"] == "succeeded")

    server.end()

    again = start(*TWO)
    with again.client() as client:
        usage = f"/v2/accounts/{again.credentials['account_id']}/usage?by=function"
        days = client.get(usage).raise_for_status().json()["data"]
    assert {day["function_id"] for day in days} == {function}
    assert sum(day["executions"] for day in days) == 7
    assert sum(day["failures"] for day in days) == 0
    assert all(day["cpu_ms"] > 0 for day in days)
