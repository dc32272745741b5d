"""Followers of an account's executions, on a server with two processes.

A client stays on its connection, so its requests all go to one process, which its answers name.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import LOG_WAIT_S, LOG_WAITS
from tests.support.servers import Server
from tests.support.waiting import WAIT_S, eventually

TWO = ("--processes", "2", "--workers", "2")
EACH = 60
LOGGING = "console.log(call.number); return 1"


@dataclass
class Follower:
    """Follows from now on, and asks one process and the other in turn."""

    url: str
    clients: list[httpx2.Client]
    told: list[str] = field(default_factory=list)
    cursor: str = ""

    def __post_init__(self) -> None:
        self.look()
        self.told.clear()

    def look(self, wait_s: int = 0) -> list[dict[str, Any]]:
        self.clients.reverse()
        query = {"page_size": "100", "wait_s": str(wait_s)}
        if self.cursor:
            query["after"] = self.cursor
        answer = self.clients[0].get(self.url, params=query)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        self.cursor = data["cursor"]
        entries: list[dict[str, Any]] = data["entries"]
        self.told += [entry["execution_id"] for entry in entries]
        return entries


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start(*TWO)


@pytest.fixture
def clients(server: Server) -> Iterator[list[httpx2.Client]]:
    """Two clients, each with a connection to a process of its own."""
    with ExitStack() as stack:
        found: dict[str, httpx2.Client] = {}

        def look() -> bool:
            client = stack.enter_context(server.client())
            found.setdefault(str(client.get(server.functions_url()).json()["node"]), client)
            return len(found) == 2

        eventually(look)
        yield list(found.values())


def logs_url(server: Server) -> str:
    return f"/v2/accounts/{server.credentials['account_id']}/logs"


def test_a_follower_is_never_behind_what_was_answered_and_hears_of_each_once(
    server: Server, clients: list[httpx2.Client]
) -> None:
    function = server.create(LOGGING, record="all")
    follower = Follower(logs_url(server), list(clients))
    answered: list[str] = []
    lock = Lock()

    def execute(client: httpx2.Client) -> None:
        for number in range(EACH):
            url = f"{server.functions_url(function)}/execute"
            answer = client.post(url, json={"data": {"number": number}})
            with lock:
                answered.append(answer.json()["data"]["execution_id"])

    behind = 0
    with ThreadPoolExecutor(2) as pool, server.client() as one, server.client() as other:
        running = [pool.submit(execute, client) for client in (one, other)]
        while not all(each.done() for each in running):
            with lock:
                before = list(answered)
            if len(follower.look()) < 100:
                behind += len(set(before) - set(follower.told))
        for each in running:
            each.result()
    while follower.look():
        pass

    assert behind == 0
    assert len(follower.told) == 2 * EACH
    assert set(follower.told) == set(answered)


def test_a_follower_that_waits_hears_of_what_the_other_process_executes(
    server: Server, clients: list[httpx2.Client]
) -> None:
    function = server.create("throw new Error('no')", record="failures")
    follower = Follower(logs_url(server), list(clients))
    waiting, other = reversed(clients)
    follower.clients = [waiting, waiting]
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(follower.look, LOG_WAIT_S)
        other.post(f"{server.functions_url(function)}/execute", json={"data": {}})
        [entry] = looking.result(WAIT_S)

    assert entry["error"]["message"] == "no"


def test_clients_that_go_away_while_they_wait_make_room_at_once(server: Server) -> None:
    async def leave() -> None:
        async with waiting_requests(server) as waiting:
            for each in waiting:
                each.cancel()

    asyncio.run(leave())

    # The server writes 499 of each that it saw go, and 200 of each whose time is over.
    eventually(lambda: lines_of(server, 499)[LOG_WAITS - 1 :])
    with server.client() as client:
        assert client.get(logs_url(server), params={"wait_s": "1"}).status_code == 200


def test_a_server_that_ends_answers_those_who_wait(server: Server) -> None:
    async def end() -> list[httpx2.Response]:
        async with waiting_requests(server) as waiting:
            server.process.send_signal(signal.SIGTERM)
            return [await each for each in waiting]

    answers = asyncio.run(end())

    assert [answer.json()["data"]["entries"] for answer in answers] == [[]] * LOG_WAITS
    assert server.process.wait(WAIT_S) == 0
    assert "Traceback" not in "".join(server.output)


@asynccontextmanager
async def waiting_requests(server: Server) -> AsyncIterator[list[asyncio.Task[httpx2.Response]]]:
    """Have as many requests wait as may, on connections of their own to both processes."""
    headers = {"X-Auth-Token": server.credentials["api_key"]}
    async with httpx2.AsyncClient(
        base_url=server.credentials["url"], headers=headers, timeout=WAIT_S
    ) as client:
        asked = [
            asyncio.create_task(client.get(logs_url(server), params={"wait_s": str(LOG_WAIT_S)}))
            for _ in range(LOG_WAITS + 1)
        ]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert [each.result().status_code for each in done] == [429]
        yield [*waiting]


def lines_of(server: Server, status: int) -> list[str]:
    return [line for line in server.output if f"/logs {status} " in line]
