import json
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.errors import (
    CallFailedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import ExecutionPayload
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
)
from isolambda_core.domain.functions.functions import (
    LATEST,
    Function,
)
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.limits import (
    CALL_WALL_TIME_MS,
    DISABLE_AFTER_FAILURES,
    PAYLOAD_BYTES,
)
from isolambda_core.services.executions.pivot_calls import (
    CallResponse,
    CallService,
)
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from tests.support.callflows import NO_CALLFLOWS, TTS
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, Keep

FALLBACK: JsonValue = {"module": "voicemail", "data": {"id": "x"}, "children": {}}
INVOCATION = Invocation(ACCOUNT, FUNCTION, b'{"To":"1"}', origin=Origin("pivot"), as_callflow=True)


@dataclass(frozen=True, slots=True)
class CountedRepository(SqliteFunctionRepository):
    """Notes every function that was read."""

    reads: list[str] = field(default_factory=list)

    @override
    def get(self, account_id: str, function_id: str) -> Function:
        self.reads.append(function_id)
        return SqliteFunctionRepository.get(self, account_id, function_id)


@pytest.fixture
def functions(store: SqliteStore) -> CountedRepository:
    return CountedRepository(store.database, store.audit)


@pytest.fixture
def call_executor(call_executor: ScriptedExecutor) -> ScriptedExecutor:
    call_executor.returns(TTS)
    return call_executor


@pytest.fixture
def calls(services: Services, functions: CountedRepository) -> CallService:
    calls = services.calls
    return replace(calls, executions=replace(calls.executions, functions=functions))


def outcomes_recorded(store: SqliteStore) -> list[Outcome | None]:
    return [record.outcome for record in store.records.iterate(ACCOUNT, FUNCTION, at_once=100)]


def test_the_function_is_read_once_and_decides_in_time(
    calls: CallService,
    keep: Keep,
    functions: CountedRepository,
    executor: ScriptedExecutor,
    call_executor: ScriptedExecutor,
) -> None:
    keep(fallback=FALLBACK, limits={"wall_time_ms": 10_000})

    answer = complete(calls.answer(INVOCATION))

    assert answer == CallResponse(TTS, LATEST)
    [request] = call_executor.requests
    assert (request.input, request.limits.wall_time_ms) == (b'{"To":"1"}', CALL_WALL_TIME_MS)
    assert json.loads(request.context)["trigger"] == "pivot"
    assert executor.requests == []
    assert functions.reads == [FUNCTION]


def test_an_answer_is_recorded_where_the_document_wants_it(
    calls: CallService, store: SqliteStore, keep: Keep
) -> None:
    keep(record="all")

    complete(calls.answer(replace(INVOCATION, origin=Origin("pivot", "the id of a request"))))

    [record] = store.records.iterate(ACCOUNT, FUNCTION, at_once=10)
    assert (record.version, record.draft_revision) == (LATEST, 1)
    assert (record.trigger, record.request_id) == ("pivot", "the id of a request")
    _, contents = store.records.get_whole(ACCOUNT, FUNCTION, record.id)
    assert contents == ExecutionPayload(
        b'{"To":"1"}', result=ExecutionResult(record.id, Outcome.OK, TTS)
    )


def test_a_shorter_limit_of_its_own_stays(
    calls: CallService, keep: Keep, call_executor: ScriptedExecutor
) -> None:
    keep(limits={"wall_time_ms": 100})

    complete(calls.answer(INVOCATION))

    assert call_executor.requests[0].limits.wall_time_ms == 100


@pytest.mark.parametrize(
    "script",
    [
        FAILED,
        *[ExecutionResult("", Outcome.OK, result) for result, _ in NO_CALLFLOWS.values()],
        ExecutionResult("", Outcome.EXCEEDED_WALL_TIME),
        ExecutionResult("", Outcome.INTERNAL_ERROR),
    ],
    ids=["exception", *NO_CALLFLOWS, "wall time", "internal error"],
)
def test_a_failure_falls_back_or_is_reported(
    calls: CallService,
    store: SqliteStore,
    keep: Keep,
    call_executor: ScriptedExecutor,
    script: ExecutionResult,
) -> None:
    first = keep(fallback=FALLBACK)
    call_executor.ends(script)

    answer = complete(calls.answer(INVOCATION))
    without = {key: value for key, value in first.document.items() if key != "fallback"}
    calls.executions.functions.replace(first.changed(without, 2), first)
    with pytest.raises(CallFailedError) as caught:
        complete(calls.answer(INVOCATION))

    outcome = caught.value.result.outcome
    assert outcome is (Outcome.INVALID_RESULT if script.outcome is Outcome.OK else script.outcome)
    assert answer == CallResponse(dump(FALLBACK).encode(), LATEST)
    assert outcomes_recorded(store) == [outcome, outcome]


@pytest.mark.parametrize(
    "error", [ExecutorBusyError(), ExecutorUnavailableError()], ids=lambda e: type(e).__name__
)
def test_an_executor_that_gives_up_falls_back_or_is_reported(
    calls: CallService,
    store: SqliteStore,
    keep: Keep,
    call_executor: ScriptedExecutor,
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = keep(fallback=FALLBACK)
    call_executor.ends(error)

    answer = complete(calls.answer(INVOCATION))
    without = {key: value for key, value in first.document.items() if key != "fallback"}
    calls.executions.functions.replace(first.changed(without, 2), first)
    with pytest.raises(type(error)):
        complete(calls.answer(INVOCATION))

    assert answer == CallResponse(dump(FALLBACK).encode(), None)
    assert outcomes_recorded(store) == []
    [line] = caplog.records
    reason = type(error).__name__.removesuffix("Error")
    assert line.getMessage() == f"{FUNCTION}: its fallback answers: {reason}"
    assert line.exc_info is None


def test_a_disabled_function_falls_back_unexecuted(
    calls: CallService,
    keep: Keep,
    functions: CountedRepository,
    call_executor: ScriptedExecutor,
) -> None:
    keep(fallback=FALLBACK, enabled=False)

    answer = complete(calls.answer(INVOCATION))

    assert answer == CallResponse(dump(FALLBACK).encode(), None)
    assert call_executor.requests == []
    assert functions.reads == [FUNCTION]


def test_a_disabled_function_without_a_fallback_says_so(calls: CallService, keep: Keep) -> None:
    keep(enabled=False)

    with pytest.raises(FunctionDisabledError):
        complete(calls.answer(INVOCATION))


def test_what_keeps_failing_goes_on_answering_with_its_fallback(
    calls: CallService, keep: Keep, call_executor: ScriptedExecutor
) -> None:
    keep(fallback=FALLBACK)
    call_executor.ends(FAILED)

    answers = {
        complete(calls.answer(INVOCATION)).callflow for _ in range(DISABLE_AFTER_FAILURES + 3)
    }

    assert answers == {dump(FALLBACK).encode()}
    assert len(call_executor.requests) == DISABLE_AFTER_FAILURES


def test_a_function_that_is_not_there_has_no_fallback(calls: CallService) -> None:
    with pytest.raises(FunctionNotFoundError):
        complete(calls.answer(INVOCATION))
    with pytest.raises(FunctionNotFoundError):
        complete(calls.fall_back(INVOCATION, ExecutorBusyError()))


def test_without_a_fallback_the_answer_says_what_is_wrong_with_the_call(
    calls: CallService, keep: Keep
) -> None:
    keep()

    with pytest.raises(PayloadTooLargeError):
        complete(calls.answer(replace(INVOCATION, payload=b"x" * (PAYLOAD_BYTES + 1))))
    with pytest.raises(ExecutorBusyError):
        complete(calls.fall_back(INVOCATION, ExecutorBusyError()))


def test_a_call_that_is_too_long_is_answered_with_the_fallback(
    calls: CallService, keep: Keep
) -> None:
    too_long = replace(INVOCATION, payload=b"x" * (PAYLOAD_BYTES + 1))
    keep(fallback=FALLBACK)

    assert complete(calls.answer(too_long)) == CallResponse(dump(FALLBACK).encode(), None)


def test_a_call_that_cannot_be_read_is_answered_with_the_fallback(
    calls: CallService, keep: Keep, call_executor: ScriptedExecutor
) -> None:
    keep(fallback=FALLBACK)

    assert complete(calls.fall_back(INVOCATION, FunctionNotFoundError(FUNCTION))) == CallResponse(
        dump(FALLBACK).encode(), None
    )
    assert call_executor.requests == []
