"""The app in this process, on a store in memory and an executor that says what it is told to.

Every answer to the clients here is held against the OpenAPI document: its status must be one that
the operation documents, and its body must be of that status's schema.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_api.composition import compose
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, QueuedExecution
from isolambda_core.ports.executions import Executor
from isolambda_core.services.queue.dispatch import open_dispatch
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.sources import FakeEventSources
from tests.unit.api.checked_client import CheckedClient
from tests.unit.api.fakes import FixedClock, Mailbox, Perform, ScriptedExecutor

SECRET = FileSecret(b"the secret of an installation...")


@pytest.fixture(scope="session", autouse=True)
def _requests_share_an_event_loop() -> Iterator[None]:
    """Answer all requests on one event loop, as a server does, and start no thread for each."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


@pytest.fixture
def compiler() -> ScriptedExecutor:
    """What compiles the sources of functions that are written."""
    return ScriptedExecutor(script=ExecutionResult("", Outcome.OK))


@pytest.fixture
def _executor(compiler: ScriptedExecutor) -> ScriptedExecutor:
    return ScriptedExecutor(compiler=compiler)


@pytest.fixture
def executed(_executor: ScriptedExecutor) -> list[ExecutionRequest]:
    """What the executor was asked to execute."""
    return _executor.requests


@pytest.fixture
def script(_executor: ScriptedExecutor) -> Callable[[ExecutionResult | Exception], None]:
    """Say what comes of every execution, instead of an echo of the input."""

    def tell(ending: ExecutionResult | Exception) -> None:
        _executor.script = ending

    return tell


def _services(store: SqliteStore, executor: Executor, sources: FakeEventSources) -> Services:
    return compose(
        store,
        SECRET,
        FixedClock(),
        executor=executor,
        call_executor=executor,
        queue=store.queue,
        sources=sources,
        rate_limits=None,
        size=RateLimit(),
    )


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def perform(
    services: Services, store: SqliteStore, _executor: ScriptedExecutor, mailbox: Mailbox
) -> Perform:
    """Perform the execution that is next in the queue."""
    failures = TriggerFailureService(store.triggers, services.triggers, lambda: None)
    service = open_dispatch(store, SECRET, services.clock, _executor, mailbox, failures, lease_s=0)

    def perform() -> Disposition:
        waiting = store.queue.next(())
        assert waiting is not None
        assert isinstance(waiting.message, QueuedExecution)
        disposition = service.perform(waiting.message, 1)
        if disposition == Acknowledge():
            store.queue.forget(waiting)
        return disposition

    return perform


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document, which every app has alike."""
    with closing(open_store(None)) as store:
        return create_app(_services(store, ScriptedExecutor(), FakeEventSources())).openapi()


@pytest.fixture
def sources() -> FakeEventSources:
    return FakeEventSources()


@pytest.fixture
def services(
    store: SqliteStore, _executor: ScriptedExecutor, sources: FakeEventSources
) -> Services:
    return _services(store, _executor, sources)


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services)


@pytest.fixture
def _account(services: Services) -> tuple[str, str]:
    account, key = services.accounts.create_top("acme")
    return account.id, key


@pytest.fixture
def account_id(_account: tuple[str, str]) -> str:
    return _account[0]


@pytest.fixture
def key(_account: tuple[str, str]) -> str:
    return _account[1]


@pytest.fixture
def functions_path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/functions"


@pytest.fixture
def bare(app: FastAPI) -> TestClient:
    """A client without a key, whose answers are held against nothing."""
    return TestClient(app)


@pytest.fixture
def anonymous(app: FastAPI, document: dict[str, Any]) -> TestClient:
    """A client without a key."""
    return CheckedClient(app, document, {})


@pytest.fixture
def client(app: FastAPI, document: dict[str, Any], key: str) -> TestClient:
    """A client with the key of the account."""
    return CheckedClient(app, document, {"x-auth-token": key})


@pytest.fixture
def function_id(services: Services, account_id: str) -> str:
    """A function of the account."""
    document = {"name": "say hi", "function_js": "return {hi: call.name};"}
    return services.functions.create(account_id, document).id


@pytest.fixture
def disabled_id(services: Services, account_id: str) -> str:
    """A function of the account that must not be executed."""
    document: Document = {"name": "off", "function_js": "return 1;", "enabled": False}
    return services.functions.create(account_id, document).id
