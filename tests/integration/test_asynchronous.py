"""Asynchronous executions on a real server, which is killed over and over."""

import json
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from queue import Queue
from threading import Condition, Thread
from typing import Any

import httpx2
import pytest
from typing_extensions import override

from tests.support.servers import ONE_WORKER, Server
from tests.support.waiting import (
    WAIT_S,
    eventually,
)

EXECUTIONS, KILLS, CLIENTS = 1_000, 10, 8
LATER = {"Prefer": "respond-async"}


@dataclass
class Receiver:
    """Takes callbacks, and refuses the first ``refused`` of them."""

    url: str
    refused: int = 0
    taken: Queue[tuple[dict[str, str], bytes]] = field(default_factory=Queue)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            refused, found.refused = found.refused > 0, max(found.refused - 1, 0)
            self.send_response(503 if refused else 204)
            self.end_headers()
            found.taken.put((dict(self.headers), body))

        @override
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        found = Receiver(f"http://127.0.0.1:{http.server_port}/ended")
        thread = Thread(target=http.serve_forever)
        thread.start()
        yield found
        http.shutdown()
        thread.join()


def submit(client: httpx2.Client, server: Server, function: str, n: int, **headers: str) -> str:
    answer = client.post(
        f"{server.functions_url(function)}/execute",
        json={"data": {"n": n}},
        headers={**LATER, **headers},
    )
    assert answer.status_code == 202, answer.text
    data: dict[str, Any] = answer.json()["data"]
    assert answer.headers["location"].endswith(f"/executions/{data['execution_id']}")
    return str(data["execution_id"])


def fetch(client: httpx2.Client, server: Server, function: str, execution: str) -> Any:
    url = f"{server.functions_url(function)}/executions/{execution}"
    return client.get(url).raise_for_status().json()["data"]


def pages(
    client: httpx2.Client, server: Server, function: str, **query: str
) -> Iterator[list[Any]]:
    """Yield the executions of a function, page by page."""
    url = f"{server.functions_url(function)}/executions"
    while True:
        page = client.get(url, params=query).raise_for_status().json()
        yield page["data"]
        if "next_start_key" not in page:
            return
        query["start_key"] = page["next_start_key"]


def listed(client: httpx2.Client, server: Server, function: str) -> list[Any]:
    """Return all executions of a function."""
    return list(chain.from_iterable(pages(client, server, function, page_size="500")))


def wait_for_the_end(client: httpx2.Client, server: Server, function: str) -> None:
    """Ask until nothing is queued or running."""

    def ended() -> bool:
        # The first that is found is enough.
        return not any(
            page
            for status in ("queued", "running", "queued")
            for page in pages(client, server, function, page_size="1", status=status)
        )

    eventually(ended)


@dataclass
class Crowd:
    """Clients that submit executions to a server which comes and goes."""

    server: Server
    function: str
    submitted: dict[str, int] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)

    def submit(self, numbers: Iterable[int]) -> None:
        """Submit one for each, and again if no answer came: what has no 202 was never promised."""
        left = deque(numbers)
        while left:
            server = self.server
            try:
                with server.client() as client:
                    while left:
                        execution = submit(client, server, self.function, left[0])
                        with self.changed:
                            self.submitted[execution] = left.popleft()
                            self.changed.notify_all()
            except httpx2.TransportError:
                with self.changed:
                    assert self.changed.wait_for(lambda: self.server is not server, WAIT_S)  # noqa: B023

    def await_submitted(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.submitted) >= count, WAIT_S)

    def replace_server(self, server: Server) -> None:
        with self.changed:
            self.server = server
            self.changed.notify_all()


def test_a_thousand_executions_survive_ten_kills(start: Callable[..., Server]) -> None:
    crowd = Crowd(first := start(), first.create("return 2 * call.n;"))
    with ThreadPoolExecutor(CLIENTS) as clients:
        shares = [range(first, EXECUTIONS, CLIENTS) for first in range(CLIENTS)]
        done = [clients.submit(crowd.submit, share) for share in shares]
        for kill in range(1, KILLS + 1):
            crowd.await_submitted(kill * EXECUTIONS // (KILLS + 1))
            crowd.server.end(signal.SIGKILL)
            crowd.replace_server(start())
        for one in done:
            one.result()

    server, function = crowd.server, crowd.function
    with server.client() as client:
        wait_for_the_end(client, server, function)
        records = {record["execution_id"]: record for record in listed(client, server, function)}
        assert len(crowd.submitted) == EXECUTIONS
        assert crowd.submitted.keys() <= records.keys()
        assert {record["status"] for record in records.values()} == {"succeeded"}
        assert {record["attempts"] for record in records.values()} == {1}
        for execution, n in crowd.submitted.items():
            assert fetch(client, server, function, execution)["result"] == 2 * n


def test_one_that_is_killed_amid_an_execution_is_executed_again(
    start: Callable[..., Server],
) -> None:
    server = start(*ONE_WORKER)
    function = server.create(
        "await new Promise(wake => setTimeout(wake, call.n)); return 'well';",
        limits={"wall_time_ms": 25_000},
    )
    with server.client() as client:
        execution = submit(client, server, function, 10_000)
        eventually(lambda: fetch(client, server, function, execution)["status"] == "running")
    server.end(signal.SIGKILL)

    server = start(*ONE_WORKER)
    with server.client() as client:
        before = fetch(client, server, function, execution)
        wait_for_the_end(client, server, function)
        after = fetch(client, server, function, execution)

    assert before["status"] in ("queued", "running")
    assert (after["status"], after["result"], after["attempts"]) == ("succeeded", "well", 1)


def test_what_fails_is_attempted_again_and_called_back(
    start: Callable[..., Server], receiver: Receiver
) -> None:
    server = start(*ONE_WORKER, "--private-callbacks")
    function = server.create("console.warn('again'); throw new TypeError('no');", attempts=2)
    receiver.refused = 1
    with server.client() as client:
        execution = submit(client, server, function, 1, **{"X-Callback-URL": receiver.url})
        posted = [receiver.taken.get(timeout=WAIT_S) for _ in range(2)]
        server.end()
    server = start(*ONE_WORKER)
    with server.client() as client:
        record = fetch(client, server, function, execution)

    assert (record["status"], record["outcome"], record["attempts"]) == ("failed", "exception", 2)
    assert record["callback"] == {"url": receiver.url, "status": "delivered", "attempts": 2}
    assert [line["text"] for line in record["logs"]] == ["again"]
    for headers, body in posted:
        assert headers["webhook-id"] == execution
        data = json.loads(body)["data"]
        assert (data["execution_id"], data["status"]) == (execution, "failed")
        assert data["error"]["message"] == "no"
