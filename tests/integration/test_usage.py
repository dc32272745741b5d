"""What functions executed is what the records say, also of processes that are killed."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import httpx2

from tests.support import processes
from tests.support.servers import Server
from tests.support.waiting import eventually

TWO = ("--processes", "2", "--workers", "2")
CALLERS = 8
EACH = 40
KILLED_AFTER = 100


def usage_of(server: Server) -> dict[str, dict[str, Any]]:
    with server.client() as client:
        url = f"/v2/accounts/{server.credentials['account_id']}/usage?by=function"
        return {row["function_id"]: row for row in client.get(url).json()["data"]}


def records_of(server: Server, function: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {"page_size": "100"}
    with server.client() as client:
        while True:
            url = f"{server.functions_url(function)}/executions"
            page = client.get(url, params=query).json()
            found += page["data"]
            if "next_start_key" not in page:
                return found
            query["start_key"] = page["next_start_key"]


def test_usage_equals_the_records_although_processes_were_killed_at_any_moment(
    start: Callable[..., Server],
) -> None:
    server = start(*TWO)
    burn = "let n = 0; for (let i = 0; i < call.n; i++) n += i; return n"
    functions = [server.create(burn, record="all") for _ in range(2)]
    before = processes.children(server.process.pid)
    answered: Counter[str] = Counter()
    counting = Lock()

    def call(caller: int) -> None:
        function = functions[caller % 2]
        for number in range(EACH):
            try:
                with server.client() as client:
                    url = f"{server.functions_url(function)}/execute"
                    body = {"data": {"n": number * 1_000}}
                    status = client.post(url, json=body).status_code
            except httpx2.TransportError:  # of the process that is killed
                continue
            with counting:
                answered[function] += status == 200
            if sum(answered.values()) >= KILLED_AFTER and processes.alive(before[0]):
                processes.kill(before[0])

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(call, range(CALLERS)))
    killed = processes.children(server.process.pid)
    for process in killed:
        processes.kill(process)
    eventually(lambda: len({*processes.children(server.process.pid)} - {*killed}) >= 2)

    usage = usage_of(server)
    assert sum(answered.values()) > 2 * KILLED_AFTER
    for function in functions:
        records = records_of(server, function)
        assert len(records) >= answered[function]
        assert usage[function]["executions"] == len(records)
        cpu_ms = sum(record["usage"]["cpu_ms"] for record in records)
        assert abs(usage[function]["cpu_ms"] - cpu_ms) < 1
