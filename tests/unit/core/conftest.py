"""Unit tests of the core: no network, memory only."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters.event_sources import Clients
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.queue.messages import (
    Disposition,
    QueuedExecution,
    Retry,
)
from isolambda_core.ports.executions import Executor
from isolambda_core.ports.triggers import EventSources
from isolambda_core.services.queue.dispatch import (
    DispatchService,
    open_dispatch,
)
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.aws import (
    account,
    make_sources,
    put_back_after,
)
from tests.support.clocks import SetClock
from tests.support.sources import FakeEventSources

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
SECRET = FileSecret(b"the secret of an installation...")
ORIGIN = Origin("kazoo", "the id of a request", {"colour": "red", "size": "s"}, {"user": "u"})
INVOCATION = Invocation(ACCOUNT, FUNCTION, '{"To":"1"}', origin=ORIGIN)
OK = ExecutionResult("", Outcome.OK, "1")
FAILED = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no items"))
"""What ends an execution, whatever its id."""

TTS = '{"module":"tts","data":{"text":"\u00e9"}}'
NO_CALLFLOWS = {
    "undefined": (None, "the function returned nothing"),
    "null": ("null", "the result: type object"),
    "a text": ('"tts"', "the result: type object"),
    "empty": ("{}", "module: required"),
    "unknown": (
        '{"module":"nonsense"}',
        "module: unable to find callflow schema for module nonsense",
    ),
    "several": (
        '{"module":5,"data":1,"children":{"_":{"module":""}}}',
        "data: type object; module: type string; children._.module: minLength 1",
    ),
    "a loop": (
        dump(
            {"module": "tts", "children": {"_": {"module": "function", "data": {"id": FUNCTION}}}}
        ),
        "children._: the callflow hands the call back to itself",
    ),
    "too deep": (
        "[" * 100_000 + "]" * 100_000,
        "the result cannot be read: nested more than 512 levels deep",
    ),
    "too deep for a callflow": (
        '{"module":"menu","children":{"_":' * 60 + TTS + "}}" * 60,
        "the result: a callflow must not have more than 1000 nodes, 50 of them below each other",
    ),
}
"""What is no callflow, as the result of the function ``FUNCTION``, and what is told of it."""

Keep = Callable[..., Function]


@dataclass
class ScriptedExecutor:
    """Notes each request, and ends one after the other as the script says, the last for good."""

    script: list[ExecutionResult | BaseException] = field(default_factory=lambda: [OK])
    requests: list[ExecutionRequest] = field(default_factory=list)

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        self.requests.append(request)
        ending = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(ending, BaseException):
            raise ending
        return replace(ending, execution_id=request.execution_id)

    def ends(self, *endings: ExecutionResult | BaseException) -> None:
        self.script = list(endings)

    def returns(self, result: str | None) -> None:
        self.ends(ExecutionResult("", Outcome.OK, result))


@dataclass(frozen=True)
class Posted:
    """A callback that was sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class NotingCallbacks:
    """Notes what is sent, and takes or refuses it as the script says, the last for good."""

    script: list[Exception | None] = field(default_factory=lambda: [None])
    posted: list[Posted] = field(default_factory=list)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.posted.append(Posted(url, headers, body))
        refusal = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if refusal is not None:
            raise refusal


def services_on(
    store: SqliteStore,
    clock: SetClock,
    executor: Executor,
    call_executor: Executor,
    sources: EventSources,
) -> Services:
    """Return the use cases as they are put together for clients."""
    return compose(
        store,
        SECRET,
        clock,
        executor=executor,
        call_executor=call_executor,
        queue=store.queue,
        sources=sources,
        rate_limits=None,
        size=RateLimit(),
    )


@dataclass(frozen=True)
class Machine:
    """One machine: its store, what takes orders there, and what performs those that are queued."""

    store: SqliteStore
    clock: SetClock
    executor: ScriptedExecutor
    callbacks: NotingCallbacks
    sources: FakeEventSources
    services: Services
    dispatch: DispatchService
    alarms: list[str]

    def submit(
        self, order: Invocation = INVOCATION, callback_url: str | None = None
    ) -> QueuedExecution:
        """Queue an execution, and return its message."""
        record = self.services.invocations.submit(order, callback_url=callback_url).record
        return QueuedExecution(ACCOUNT, FUNCTION, record.id, self.clock.now_ms())

    def whole(self, message: QueuedExecution) -> tuple[ExecutionRecord, ExecutionPayload]:
        """Return the record that a message is about, and what goes with it."""
        return self.store.records.get_whole(ACCOUNT, FUNCTION, message.execution_id)

    def found(self, message: QueuedExecution) -> ExecutionRecord:
        """Return the record that a message is about."""
        return self.whole(message)[0]

    def perform_all(self, message: QueuedExecution) -> list[Disposition]:
        """Perform a message whenever it is to come again, and return every disposition."""
        dispositions = []
        for received in range(1, 50):
            dispositions.append(self.dispatch.perform(message, received))
            if not isinstance(dispositions[-1], Retry):
                break
            self.clock.time_ms += round(dispositions[-1].after_s * 1000)
        return dispositions


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Let no unit test reach for the network."""


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def executor() -> ScriptedExecutor:
    return ScriptedExecutor()


@pytest.fixture
def call_executor() -> ScriptedExecutor:
    """The executor for calls."""
    return ScriptedExecutor()


@pytest.fixture
def callbacks() -> NotingCallbacks:
    return NotingCallbacks()


@pytest.fixture
def sources() -> FakeEventSources:
    return FakeEventSources()


@pytest.fixture
def services(
    store: SqliteStore,
    clock: SetClock,
    executor: ScriptedExecutor,
    call_executor: ScriptedExecutor,
    sources: FakeEventSources,
) -> Services:
    return services_on(store, clock, executor, call_executor, sources)


@pytest.fixture
def machine(
    store: SqliteStore,
    clock: SetClock,
    executor: ScriptedExecutor,
    callbacks: NotingCallbacks,
    sources: FakeEventSources,
    services: Services,
) -> Machine:
    store.accounts.add(Account(ACCOUNT, {"name": "mine", "enabled": True}, 1, 1))
    alarms: list[str] = []
    failures = TriggerFailureService(
        store.triggers, services.triggers, lambda: alarms.append("disabled")
    )
    dispatch = open_dispatch(store, SECRET, clock, executor, callbacks, failures, lease_s=0)
    return Machine(store, clock, executor, callbacks, sources, services, dispatch, alarms)


@pytest.fixture
def keep(store: SqliteStore) -> Keep:
    """Keep a function, with more keys in its document."""

    def keep(function_id: str = FUNCTION, account_id: str = ACCOUNT, **document: Any) -> Function:
        accepted = validated_function({"name": "n", "function_js": "return 1", **document})
        function = Function(account_id, function_id, accepted, 1, 1, 1)
        store.functions.add(function)
        return function

    return keep


@pytest.fixture(scope="module")
def aws() -> Iterator[tuple[Clients, dict[str, dict[str, Any]]]]:
    """An AWS account that is emulated, and documents that name something which is there."""
    with account() as made:
        yield made, make_sources(made, ACCOUNT)


@pytest.fixture
def clients(aws: tuple[Clients, dict[str, dict[str, Any]]]) -> Iterator[Clients]:
    """The clients of the account, which is after the test what it was before."""
    made, _ = aws
    with put_back_after():
        yield made


@pytest.fixture
def documents(aws: tuple[Clients, dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Documents that name something which is there for the account ``ACCOUNT``."""
    _, made = aws
    return made
