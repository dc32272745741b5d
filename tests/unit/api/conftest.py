"""The app in this process, on a store in memory and an executor that says what it is told to.

Every answer to the clients here is held against the OpenAPI document: its status must be one that
the operation documents, and its body must be of that status's schema.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from httpx2 import Response
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from typing_extensions import override

from isolambda_api.app import Services, create_app
from isolambda_api.composition import compose
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import CallbackFailedError
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

NOW = 1_710_253_474
SECRET = FileSecret(b"the secret of an installation...")
OUTSIDE_THE_DOCUMENT = {400, 401, 404, 405, 410, 429}


class FixedClock:
    def now(self) -> int:
        return NOW

    def now_ms(self) -> int:
        return NOW * 1000


@dataclass
class ScriptedExecutor:
    """Records requests; echoes the input, or does what the script says.

    What is only to be compiled goes to another executor, which finds nothing wrong.
    """

    requests: list[ExecutionRequest] = field(default_factory=list)
    script: ExecutionResult | Exception | None = None
    compiler: "ScriptedExecutor | None" = None

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if request.compile_only and self.compiler is not None:
            return self.compiler.execute(request)
        self.requests.append(request)
        if isinstance(self.script, Exception):
            raise self.script
        if self.script is None:
            return ExecutionResult(request.execution_id, Outcome.OK, request.input)
        return replace(self.script, execution_id=request.execution_id)


@dataclass
class Mailbox:
    """Takes every callback, unless it has a reason to refuse."""

    taken: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    refusal: str | None = None

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        if self.refusal is not None:
            raise CallbackFailedError(self.refusal)
        self.taken.append((url, headers, body))


class CheckedClient(TestClient):
    """Holds every answer against the OpenAPI document."""

    def __init__(self, app: FastAPI, document: dict[str, Any], headers: dict[str, str]) -> None:
        super().__init__(app, headers=headers)
        self._document = document

    @override
    def request(self, method: str, url: Any, **rest: Any) -> Response:
        response = super().request(method, url, **rest)
        operation = _operation(self._document, method, response.url.path)
        assert response.headers["x-request-id"]
        if operation is None:
            assert response.status_code in OUTSIDE_THE_DOCUMENT | {200}
            return response
        documented = operation["responses"][str(response.status_code)]
        if response.status_code == 304:
            assert not response.content
            return response
        schema = documented["content"]["application/json"]["schema"]
        whole = {**schema, "components": self._document["components"]}
        Draft202012Validator(whole).validate(response.json())
        return response


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(f"{pattern}/?", path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


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


Perform = Callable[[], Disposition]


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
