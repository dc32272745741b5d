"""Where the suite runs: a local server, or, as ``ISOLAMBDA_TEST_HOST=stack`` asks, the stack."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx2
import pytest
from typing_extensions import override

from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from tests.integration.conftest import Server, starting
from tests.stack.stack import Stack
from tests.support.hosts import Host

ON_STACK = os.environ.get("ISOLAMBDA_TEST_HOST") == "stack"  # noqa: TID251 - of the test run
_LETTERS = 10_000
_LETTERS_AT_ONCE = 10


@dataclass(frozen=True)
class Tenant(Host):
    """An account below a host's own, with a key of its own."""

    host: Host
    account_id: str
    api_key: str

    @property
    @override
    def credentials(self) -> dict[str, str]:
        own = {"account_id": self.account_id, "api_key": self.api_key}
        return {**self.host.credentials, **own}

    @override
    def client(self, **headers: str) -> httpx2.Client:
        return self.host.client(**(headers or {"X-Auth-Token": self.api_key}))


def tenant_of(host: Host) -> Tenant:
    """Make an account below a host's own."""
    with host.client() as client:
        made = client.put("/v2/accounts", json={"data": {"name": "tenant"}}).json()["data"]["id"]
        shown = client.get(f"/v2/accounts/{made}/api_key").json()["data"]
    return Tenant(host, made, shown["api_key"])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local server, with token buckets that are counted and never empty."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        yield start("--bucket-tokens", "1000000")


@pytest.fixture(scope="session")
def host(request: pytest.FixtureRequest) -> Host:
    """Where Isolambda answers; all tests share its account."""
    found: Host = request.getfixturevalue("stack" if ON_STACK else "server")
    return found


@pytest.fixture
def tenant(host: Host) -> Tenant:
    """An account that nobody else uses."""
    return tenant_of(host)


@pytest.fixture
def client(host: Host) -> Iterator[httpx2.Client]:
    """A client with the key of the shared account."""
    with host.client() as client:
        yield client


@pytest.fixture
def anybody(host: Host) -> Iterator[httpx2.Client]:
    """A client without a key."""
    with host.client(Accept="*/*") as client:
        yield client


@pytest.fixture
def dead_letters(request: pytest.FixtureRequest) -> Callable[[], set[str]]:
    """Look for executions among the dead letters, wherever the host keeps these."""
    if ON_STACK:
        stack: Stack = request.getfixturevalue("stack")
        return lambda: _dead_on(stack)
    server: Server = request.getfixturevalue("server")
    return lambda: _dead_at(server)


def _dead_on(stack: Stack) -> set[str]:
    found = stack.aws.client("sqs").receive_message(
        QueueUrl=stack.outputs["ExecutionDeadLetterQueueUrl"],
        MaxNumberOfMessages=_LETTERS_AT_ONCE,
        WaitTimeSeconds=1,
    )
    bodies = [json.loads(message["Body"]) for message in found.get("Messages", [])]
    return {body["execution_id"] for body in bodies if "execution_id" in body}


def _dead_at(server: Server) -> set[str]:
    with closing(open_store(server.data_dir / DATABASE_NAME)) as store:
        return {letter.id for letter in store.queue.dead(_LETTERS)}
