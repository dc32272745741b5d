import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from isolambda_core.domain.errors import (
    ContextTooLargeError,
    ExecutorBusyError,
    FunctionDisabledError,
    FunctionNotFoundError,
    PayloadTooLargeError,
    QualifierNotFoundError,
)
from isolambda_core.domain.execution import ExecutionRequest, ExecutionResult, Origin, Outcome
from isolambda_core.domain.functions import LATEST, Function, accept
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import CONTEXT_BYTES, PAYLOAD_BYTES, Limits
from isolambda_core.services.execution import ExecutionService
from isolambda_local.sqlite import SqliteStore

ACCOUNT = "a" * 32
FUNCTION = "f" * 32


@dataclass
class NotingExecutor:
    """Executes nothing: notes each request, and answers ``ok``."""

    requests: list[ExecutionRequest] = field(default_factory=list)

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        self.requests.append(request)
        return ExecutionResult(request.execution_id, Outcome.OK, result="1")


class BusyExecutor:
    """Never has a worker to spare."""

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:  # noqa: ARG002 - the port's
        raise ExecutorBusyError


@pytest.fixture
def executor() -> NotingExecutor:
    return NotingExecutor()


@pytest.fixture
def service(store: SqliteStore, executor: NotingExecutor) -> ExecutionService:
    return ExecutionService(store.functions, store.versions, store.aliases, executor)


def keep(store: SqliteStore, **document: Any) -> Function:
    function = Function(
        ACCOUNT, FUNCTION, accept({"name": "n", "function_js": "return 1", **document}), 1, 1, 1
    )
    store.functions.add(function)
    return function


def test_the_executor_is_handed_what_it_needs_and_no_more(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore
) -> None:
    function = keep(store, isolation="fresh", limits={"memory_mb": 128}, custom="private")

    execution = service.execute(ACCOUNT, FUNCTION, '{"a":1}')

    [request] = executor.requests
    assert is_id(request.execution_id)
    assert request == ExecutionRequest(
        execution_id=request.execution_id,
        account_id=ACCOUNT,
        function_id=FUNCTION,
        version="$LATEST",
        source="return 1",
        input='{"a":1}',
        language_pack="javascript",
        isolation="fresh",
        context=request.context,
        limits=Limits(memory_mb=128),
    )
    assert (execution.function, execution.version) == (function, "$LATEST")
    assert execution.result == ExecutionResult(request.execution_id, Outcome.OK, result="1")


def test_the_function_is_told_what_it_is_and_who_asks(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore
) -> None:
    keep(store)
    origin = Origin("codemash", {"__proto__": "p", "colour": "\u017ealia"}, {"user": "u\ud800"})

    service.execute(ACCOUNT, FUNCTION, "null", origin=origin)

    [request] = executor.requests
    assert json.loads(request.context) == {
        "execution_id": request.execution_id,
        "function": {"id": FUNCTION, "name": "n", "version": "$LATEST"},
        "account_id": ACCOUNT,
        "qualifier": "$LATEST",
        "meta": {"__proto__": "p", "colour": "\u017ealia"},
        "tokens": {"user": "u\ud800"},
        "trigger": "codemash",
    }


@pytest.mark.parametrize("character", ["x", "\u00e9", "\ud800"], ids=ascii)
def test_what_is_told_besides_is_as_long_as_it_may_be_in_bytes(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore, character: str
) -> None:
    keep(store)
    size = len(character.encode("utf-8", "surrogatepass"))
    room = CONTEXT_BYTES - len('{"meta":{"a":""},"tokens":{}}')
    longest = character * (room // size) + "x" * (room % size)

    service.execute(ACCOUNT, FUNCTION, "null", origin=Origin(meta={"a": longest}))
    with pytest.raises(ContextTooLargeError) as caught:
        service.execute(ACCOUNT, FUNCTION, "null", origin=Origin(meta={"a": longest + "x"}))

    assert (caught.value.limit, caught.value.used) == (CONTEXT_BYTES, CONTEXT_BYTES + 1)
    assert len(executor.requests) == 1


@pytest.mark.parametrize(("own", "most", "used"), [(100, 50, 50), (50, 100, 50), (50, 50, 50)])
def test_a_function_that_was_read_runs_no_longer_than_it_and_the_caller_allow(
    service: ExecutionService,
    executor: NotingExecutor,
    store: SqliteStore,
    own: int,
    most: int,
    used: int,
) -> None:
    keep(store, limits={"wall_time_ms": own, "memory_mb": 128})

    service.run(service.resolve(ACCOUNT, FUNCTION, LATEST), "null", wall_time_ms_max=most)

    assert executor.requests[0].limits == Limits(wall_time_ms=used, memory_mb=128)


def test_every_execution_has_an_id_of_its_own(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore
) -> None:
    keep(store)

    service.execute(ACCOUNT, FUNCTION, "null")
    service.execute(ACCOUNT, FUNCTION, "null", qualifier="$LATEST")

    assert len({request.execution_id for request in executor.requests}) == 2


@pytest.mark.parametrize("character", ["x", "\u00e9", "\ud800"], ids=ascii)
def test_a_payload_is_as_long_as_it_may_be_in_bytes(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore, character: str
) -> None:
    keep(store)
    size = len(character.encode("utf-8", "surrogatepass"))
    longest = character * (PAYLOAD_BYTES // size) + "x" * (PAYLOAD_BYTES % size)

    service.execute(ACCOUNT, FUNCTION, longest)
    with pytest.raises(PayloadTooLargeError) as caught:
        service.execute(ACCOUNT, FUNCTION, longest + "x")

    assert (caught.value.limit, caught.value.used) == (PAYLOAD_BYTES, PAYLOAD_BYTES + 1)
    assert len(executor.requests) == 1


@pytest.mark.parametrize("qualifier", ["1", "live", "", "$latest"])
def test_a_version_that_is_not_there_is_not_found(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore, qualifier: str
) -> None:
    keep(store)

    with pytest.raises(QualifierNotFoundError):
        service.execute(ACCOUNT, FUNCTION, "null", qualifier)

    assert executor.requests == []


def test_a_disabled_function_is_not_executed(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore
) -> None:
    keep(store, enabled=False)

    with pytest.raises(FunctionDisabledError):
        service.execute(ACCOUNT, FUNCTION, "null")

    assert executor.requests == []


def test_a_function_of_another_account_is_not_executed(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore
) -> None:
    keep(store)

    with pytest.raises(FunctionNotFoundError):
        service.execute("b" * 32, FUNCTION, "null")

    assert executor.requests == []


def test_a_deleted_function_is_not_executed(
    service: ExecutionService, executor: NotingExecutor, store: SqliteStore
) -> None:
    store.functions.replace(keep(store).removed(2), 1)

    with pytest.raises(FunctionNotFoundError):
        service.execute(ACCOUNT, FUNCTION, "null")

    assert executor.requests == []


def test_a_busy_executor_is_the_caller_s_to_hear_of(
    service: ExecutionService, store: SqliteStore
) -> None:
    keep(store)

    with pytest.raises(ExecutorBusyError):
        replace(service, executor=BusyExecutor()).execute(ACCOUNT, FUNCTION, "null")
