"""What one tenant queues, and how many of its requests wait, holds up no other tenant."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import CALLBACKS_OF_TENANT, IDEMPOTENCY_WAITS
from tests.support.hosts import Host
from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_at_the_top
from tests.support.waiting import WAIT_S, eventually

NAP = "await new Promise(resolve => setTimeout(resolve, call.ms)); return 'well slept';"
OPTIONS = ("--workers", "4", "--private-callbacks")
LATER = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The first account of a server that has a worker for each of several executions."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start(*OPTIONS)


@pytest.fixture
def mallory(alice: Server) -> Tenant:
    return tenant_at_the_top(alice)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port that takes connections, and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        yield listener


def submit(tenant: Host, function: str, count: int, ms: int, **headers: str) -> list[str]:
    """Queue executions, and return where each is looked up."""
    url = f"{tenant.functions_url(function)}/execute"
    with tenant.client() as client:
        answers = [
            client.post(url, json={"data": {"ms": ms}}, headers={**LATER, **headers})
            for _ in range(count)
        ]
    assert {answer.status_code for answer in answers} == {202}
    return [answer.headers["location"] for answer in answers]


def status(tenant: Host, location: str) -> dict[str, Any]:
    with tenant.client() as client:
        data: dict[str, Any] = client.get(location).raise_for_status().json()["data"]
    return data


def has_succeeded(tenant: Host, location: str) -> bool:
    return bool(status(tenant, location)["status"] == "succeeded")


def test_an_execution_is_next_whatever_another_tenant_has_queued(
    mallory: Tenant, alice: Server, silent: socket.socket
) -> None:
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/ended"
    napping, own = mallory.create(NAP), alice.create("return 1")
    unanswered = submit(mallory, napping, 9, 0, **{"X-Callback-URL": url})
    connections = [silent.accept()[0] for _ in range(CALLBACKS_OF_TENANT)]
    queued = submit(mallory, napping, 200, 3_000)

    [location] = submit(alice, own, 1, 0)
    eventually(lambda: has_succeeded(alice, location))

    assert {status(mallory, each)["status"] for each in unanswered} == {"succeeded"}
    assert status(mallory, queued[-1])["status"] == "queued"
    for connection in connections:
        connection.close()


def test_a_callback_is_sent_while_those_of_another_tenant_are_not_answered(
    mallory: Tenant, alice: Server, silent: socket.socket
) -> None:
    port = silent.getsockname()[1]
    submit(mallory, mallory.create("return 1"), 9, 0, **{"X-Callback-URL": url_of(port)})
    connections = [silent.accept()[0] for _ in range(CALLBACKS_OF_TENANT)]
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(WAIT_S)
        own = url_of(listener.getsockname()[1])
        submit(alice, alice.create("return 1"), 1, 0, **{"X-Callback-URL": own})
        connection, _ = listener.accept()
        connections.append(connection)
        assert connection.recv(4) == b"POST"
    for connection in connections:
        connection.close()


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}/ended"


def test_requests_that_wait_for_a_key_take_no_thread_from_another_tenant(tmp_path: Path) -> None:
    with starting(tmp_path) as start:
        alice = start(*OPTIONS)
        mallory = tenant_at_the_top(alice)
        napping = mallory.create(NAP, limits={"wall_time_ms": 25_000})
        own = alice.create("return 1")

        result, statuses, under_way = asyncio.run(ask_for_one_key(mallory, napping, alice, own))
        alice.end(signal.SIGKILL)  # which does not wait for the nap

    assert result == 1
    assert statuses == [409] * (60 - IDEMPOTENCY_WAITS)
    assert under_way == 1 + IDEMPOTENCY_WAITS


async def ask_for_one_key(
    mallory: Host, napping: str, alice: Host, own: str
) -> tuple[object, list[int], int]:
    """Ask 61 times under one key, and execute another tenant's function meanwhile.

    Return what that returned, with which statuses requests under the key were refused, and how many
    were under way then.
    """
    url = f"{mallory.functions_url(napping)}/execute"
    headers = {"X-Auth-Token": mallory.credentials["api_key"], "Idempotency-Key": "one"}
    async with httpx2.AsyncClient(
        base_url=mallory.credentials["url"], headers=headers, timeout=WAIT_S
    ) as client:
        call = {"data": {"ms": 24_000}}
        under_way = {asyncio.create_task(client.post(url, json=call)) for _ in range(61)}
        refused: list[int] = []
        while len(refused) < 60 - IDEMPOTENCY_WAITS:
            ended, under_way = await asyncio.wait(
                under_way, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED
            )
            refused += [each.result().status_code for each in ended]
        result = (await asyncio.to_thread(alice.execute, own))["result"]
        left = [each for each in under_way if not each.done()]
        for each in under_way:
            each.cancel()
        return result, refused, len(left)
