"""What one tenant queues, and how many of its requests wait, holds up no other tenant."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_core.domain.limits import (
    CALLBACKS_OF_TENANT,
    IDEMPOTENCY_WAITS,
    LOG_WAIT_S,
    LOG_WAITS,
    THREADS,
)
from tests.support.hosts import Host
from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_at_the_top
from tests.support.waiting import WAIT_S, eventually

NAP = "await new Promise(resolve => setTimeout(resolve, call.ms)); return 'well slept';"
OPTIONS = ("--workers", "4", "--private-callbacks")
LATER = {"Prefer": "respond-async"}
UNLIMITED = httpx2.Limits(max_connections=None)


@pytest.fixture(scope="module")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The first account of a server that has a worker for each of several executions."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start(*OPTIONS)


@pytest.fixture
def mallory(alice: Server) -> Tenant:
    return tenant_at_the_top(alice)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A port of callbacks that takes connections, and never answers."""

    listener: socket.socket
    taken: ExitStack

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/ended"

    def take(self) -> socket.socket:
        """Wait for a connection, and keep it open until the test is over."""
        connection, _ = self.listener.accept()
        return self.taken.enter_context(connection)


@pytest.fixture
def receivers() -> Iterator[tuple[Receiver, Receiver]]:
    with ExitStack() as stack:
        listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(2)]
        one, other = [Receiver(stack.enter_context(each), stack) for each in listeners]
        for each in listeners:
            each.settimeout(WAIT_S)
        yield one, other


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
    mallory: Tenant, alice: Server, receivers: tuple[Receiver, Receiver]
) -> None:
    silent, _ = receivers
    napping, own = mallory.create(NAP), alice.create("return 1")
    unanswered = submit(mallory, napping, 9, 0, **{"X-Callback-URL": silent.url})
    for _ in range(CALLBACKS_OF_TENANT):
        silent.take()
    for each in unanswered:
        eventually(partial(has_succeeded, mallory, each))
    queued = submit(mallory, napping, 200, 3_000)

    [location] = submit(alice, own, 1, 0)
    eventually(partial(has_succeeded, alice, location))

    assert status(mallory, queued[-1])["status"] == "queued"


def test_a_callback_is_sent_while_those_of_another_tenant_are_not_answered(
    mallory: Tenant, alice: Server, receivers: tuple[Receiver, Receiver]
) -> None:
    silent, own = receivers
    submit(mallory, mallory.create("return 1"), 9, 0, **{"X-Callback-URL": silent.url})
    for _ in range(CALLBACKS_OF_TENANT):
        silent.take()

    submit(alice, alice.create("return 1"), 1, 0, **{"X-Callback-URL": own.url})

    assert own.take().recv(4) == b"POST"


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


def test_requests_that_wait_for_logs_take_no_thread_from_another_tenant(alice: Server) -> None:
    own, others = alice.create("return 1"), [tenant_at_the_top(alice) for _ in range(3)]
    assert len(others) * LOG_WAITS > THREADS

    result, refused, under_way = asyncio.run(wait_for_logs(others, alice, own))

    assert result == 1
    assert refused == [429] * len(others)
    assert under_way == len(others) * LOG_WAITS


async def wait_for_logs(
    tenants: list[Tenant], alice: Host, own: str
) -> tuple[object, list[int], int]:
    """Follow as each tenant by a request more than may wait, and execute another one's function.

    Return what that returned, with which statuses requests were refused, and how many waited then.
    """
    async with httpx2.AsyncClient(
        base_url=alice.credentials["url"], timeout=WAIT_S, limits=UNLIMITED
    ) as client:
        under_way = {
            asyncio.create_task(
                client.get(
                    f"/v2/accounts/{tenant.account_id}/logs",
                    params={"wait_s": str(LOG_WAIT_S)},
                    headers={"X-Auth-Token": tenant.api_key},
                )
            )
            for tenant in tenants
            for _ in range(LOG_WAITS + 1)
        }
        refused: list[int] = []
        while len(refused) < len(tenants):
            ended, under_way = await asyncio.wait(
                under_way, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED
            )
            refused += [each.result().status_code for each in ended]
        result = (await asyncio.to_thread(alice.execute, own))["result"]
        left = [each for each in under_way if not each.done()]
        for each in under_way:
            each.cancel()
        return result, refused, len(left)
