"""The app in this process, on a store in memory and on fakes.

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
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    SendToCallbacks,
)
from isolambda_core.services.executions.budgets import open_budgets
from isolambda_core.services.queue.dispatch import open_dispatch
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import NOW, SetClock
from tests.support.fakes import (
    EchoingExecutor,
    RecordingCallbacks,
    ScriptedExecutor,
    UnusedExecutor,
)
from tests.support.samples import SECRET
from tests.support.services import Perform, services_on
from tests.support.sources import FakeEventSources
from tests.unit.api.checked_client import CheckedClient

COMPILED = ExecutionResult("", Outcome.OK)


@pytest.fixture(scope="session", autouse=True)
def _requests_share_an_event_loop() -> Iterator[None]:
    """Answer all requests on one event loop, as a server does, and start no thread for each."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW * 1000)


@pytest.fixture
def compiler() -> ScriptedExecutor:
    """What compiles the sources of functions that are written."""
    return ScriptedExecutor([COMPILED])


@pytest.fixture
def executor(compiler: ScriptedExecutor) -> EchoingExecutor:
    """What executes requests and calls."""
    return EchoingExecutor(compiler=compiler)


@pytest.fixture
def call_executor(executor: EchoingExecutor) -> EchoingExecutor:
    return executor


@pytest.fixture
def executed(executor: EchoingExecutor) -> list[ExecutionRequest]:
    """The requests of the executor, in order."""
    return executor.requests


@pytest.fixture
def script(executor: EchoingExecutor) -> Callable[[ExecutionResult | Exception], None]:
    """End every execution like this, instead of with an echo of the input."""
    return executor.ends


@pytest.fixture
def perform(
    services: Services,
    store: SqliteStore,
    executor: EchoingExecutor,
    callbacks: RecordingCallbacks,
) -> Perform:
    """Perform the execution that is next in the queue."""
    failures = TriggerFailureService(store.triggers, services.triggers, lambda: None)
    service = open_dispatch(
        store,
        SECRET,
        AesGcmSealer(SECRET),
        JsonSchemaChecker(),
        services.clock,
        executor,
        callbacks,
        failures,
        lease_s=0,
        budgets=open_budgets(store, store.queue, services.clock),
    )

    def perform() -> Disposition:
        waiting = store.queue.next()
        assert waiting is not None
        assert isinstance(waiting.message, QueuedExecution)
        disposition = service.perform(waiting.message, 1)
        if isinstance(disposition, SendToCallbacks):
            disposition = service.call_back(waiting.message, 1)
        if disposition == Acknowledge():
            store.queue.forget(waiting)
        return disposition

    return perform


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document, which every app has alike."""
    with closing(open_store(None)) as store:
        executor = UnusedExecutor()
        services = services_on(store, SetClock(), executor, executor, FakeEventSources())
        return create_app(services).openapi()


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
