"""Where the suite runs: a local server, or, as ``ISOLAMBDA_TEST_HOST=stack`` asks, the stack."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx2
import pytest

from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from tests.stack.stack import Stack
from tests.support.hosts import ON_STACK, Host
from tests.support.servers import Server, starting
from tests.support.tenants import Tenant, tenant_of

_LETTERS = 10_000
_LETTERS_AT_ONCE = 10


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
    """An account that no other test uses."""
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
    bodies = [message["Body"] for message in found.get("Messages", [])]
    # What others have sent to the queue is there, too, and may be anything.
    return {json.loads(body)["execution_id"] for body in bodies if '"execution_id"' in body}


def _dead_at(server: Server) -> set[str]:
    with closing(open_store(server.data_dir / DATABASE_NAME)) as store:
        return {letter.id for letter in store.queue.dead(_LETTERS)}
