import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from typing_extensions import override

from isolambda_core.domain.errors import (
    CallFailedError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    FunctionDisabledError,
    FunctionNotFoundError,
    PayloadTooLargeError,
    QualifierNotFoundError,
)
from isolambda_core.domain.execution import (
    ExecutionError,
    ExecutionRequest,
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.functions import LATEST, Function, accept
from isolambda_core.domain.json_text import JsonValue, dump
from isolambda_core.domain.limits import (
    CALL_WALL_TIME_MS,
    DISABLE_AFTER_FAILURES,
    PAYLOAD_BYTES,
    WALL_TIME_MS_MAX,
)
from isolambda_core.services.calls import CallAnswer, CallService
from isolambda_core.services.execution import ExecutionService
from isolambda_core.services.failures import FailureService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from tests.clocks import SetClock

ACCOUNT = "a" * 32
FUNCTION = "f" * 32
TTS = '{"module":"tts","data":{"text":"\u00e9"}}'
FALLBACK: JsonValue = {"module": "voicemail", "data": {"id": "x"}, "children": {}}
FAILED = ExecutionResult("", Outcome.EXCEPTION, error=ExecutionError("TypeError", "no items"))
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
    "too deep": ("[" * 100_000 + "]" * 100_000, "the result cannot be read: nested too deeply"),
    "too deep for a callflow": (
        '{"module":"menu","children":{"_":' * 60 + TTS + "}}" * 60,
        "the result: a callflow must not have more than 1000 nodes, 50 of them below each other",
    ),
}


@dataclass
class ScriptedExecutor:
    """Notes each request, and does what the script says."""

    script: ExecutionResult | Exception = field(
        default_factory=lambda: ExecutionResult("", Outcome.OK, TTS)
    )
    requests: list[ExecutionRequest] = field(default_factory=list)

    confined: bool | None = None

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        self.requests.append(request)
        if isinstance(self.script, Exception):
            raise self.script
        return replace(self.script, execution_id=request.execution_id)

    def returns(self, result: str | None) -> None:
        self.script = ExecutionResult("", Outcome.OK, result)


@dataclass(frozen=True, slots=True)
class CountedRepository(SqliteFunctionRepository):
    """Notes every function that was read."""

    reads: list[str] = field(default_factory=list)

    @override
    def get(self, account_id: str, function_id: str) -> Function:
        self.reads.append(function_id)
        return SqliteFunctionRepository.get(self, account_id, function_id)


@pytest.fixture
def patient() -> ScriptedExecutor:
    return ScriptedExecutor()


@pytest.fixture
def hurried() -> ScriptedExecutor:
    return ScriptedExecutor()


@pytest.fixture
def functions(store: SqliteStore) -> CountedRepository:
    return CountedRepository(store.database)


@pytest.fixture
def calls(
    store: SqliteStore,
    functions: CountedRepository,
    patient: ScriptedExecutor,
    hurried: ScriptedExecutor,
) -> CallService:
    return CallService(
        ExecutionService(functions, store.versions, store.aliases, patient),
        ExecutionService(functions, store.versions, store.aliases, hurried),
        FailureService(store.records, functions, SetClock()),
    )


@pytest.fixture
def keep(store: SqliteStore) -> Callable[..., Function]:
    """Keep a function, with more keys in its document."""

    def keep(**document: Any) -> Function:
        accepted = accept({"name": "n", "function_js": "return 1", **document})
        function = Function(ACCOUNT, FUNCTION, accepted, 1, 1, 1)
        store.functions.add(function)
        return function

    return keep


Keep = Callable[..., Function]


def outcomes_noted(calls: CallService) -> list[Outcome]:
    page = calls.failures.attempts(ACCOUNT, FUNCTION, 100)
    return [record.outcome for record in page.items]


def test_any_result_will_do_and_the_executor_is_the_patient_one(
    calls: CallService,
    keep: Keep,
    patient: ScriptedExecutor,
    hurried: ScriptedExecutor,
) -> None:
    function = keep(limits={"wall_time_ms": WALL_TIME_MS_MAX})
    patient.returns("1")

    execution = calls.execute(ACCOUNT, FUNCTION, '{"To":"1"}', LATEST, as_callflow=False)

    assert (execution.function, execution.version) == (function, LATEST)
    assert execution.result.result == "1"
    [request] = patient.requests
    assert (request.input, request.limits.wall_time_ms) == ('{"To":"1"}', WALL_TIME_MS_MAX)
    assert json.loads(request.context)["trigger"] == "kazoo"
    assert hurried.requests == []


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("as_callflow", [True, False])
def test_failures_are_noted(
    calls: CallService,
    keep: Keep,
    patient: ScriptedExecutor,
    outcome: Outcome,
    *,
    as_callflow: bool,
) -> None:
    keep()
    patient.script = ExecutionResult("", outcome, TTS if outcome is Outcome.OK else None)

    execution = calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=as_callflow)

    assert execution.result.outcome is outcome
    noted = outcome not in (Outcome.OK, Outcome.INTERNAL_ERROR)
    assert outcomes_noted(calls) == [outcome] * noted


def test_what_fails_too_often_is_disabled(
    calls: CallService, keep: Keep, patient: ScriptedExecutor
) -> None:
    keep()
    patient.script = FAILED
    for _ in range(DISABLE_AFTER_FAILURES):
        calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=False)

    with pytest.raises(FunctionDisabledError):
        calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=False)


def test_a_callflow_is_left_as_it_was_returned(calls: CallService, keep: Keep) -> None:
    keep()

    execution = calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=True)

    assert (execution.result.outcome, execution.result.result) == (Outcome.OK, TTS)


@pytest.mark.parametrize(("result", "message"), NO_CALLFLOWS.values(), ids=NO_CALLFLOWS)
def test_what_is_no_callflow_is_an_invalid_result(
    calls: CallService,
    keep: Keep,
    patient: ScriptedExecutor,
    result: str | None,
    message: str,
) -> None:
    keep()
    logs, usage = (LogLine("info", "hi", 1),), Usage(wall_ms=2.5)
    patient.script = ExecutionResult("", Outcome.OK, result, logs=logs, usage=usage)

    ended = calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=True).result

    assert ended == ExecutionResult(
        patient.requests[0].execution_id,
        Outcome.INVALID_RESULT,
        error=ExecutionError("InvalidCallflow", message),
        logs=logs,
        usage=usage,
    )
    assert outcomes_noted(calls) == [Outcome.INVALID_RESULT]


def test_ten_problems_are_told_and_none_at_any_length(
    calls: CallService, keep: Keep, patient: ScriptedExecutor
) -> None:
    keep()
    children: dict[str, JsonValue] = {f"{number:0100000d}": {} for number in range(20)}
    patient.returns(dump({"module": "menu", "children": children}))

    error = calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=True).result.error

    assert error is not None
    assert error.message.count("required") == 10
    assert len(error.message) < 10 * 250


def test_what_cannot_be_executed_is_no_failure(
    calls: CallService, keep: Keep, patient: ScriptedExecutor
) -> None:
    keep(fallback=FALLBACK)
    patient.script = ExecutorBusyError()

    with pytest.raises(ExecutorBusyError):
        calls.execute(ACCOUNT, FUNCTION, "{}", LATEST, as_callflow=True)
    with pytest.raises(QualifierNotFoundError):
        calls.execute(ACCOUNT, FUNCTION, "{}", "7", as_callflow=True)

    assert outcomes_noted(calls) == []


def test_the_function_is_read_once_and_decides_in_time(
    calls: CallService,
    keep: Keep,
    functions: CountedRepository,
    patient: ScriptedExecutor,
    hurried: ScriptedExecutor,
) -> None:
    function = keep(fallback=FALLBACK, limits={"wall_time_ms": 10_000})

    answer = calls.answer(ACCOUNT, FUNCTION, '{"To":"1"}')

    assert answer.execution is not None
    assert answer == CallAnswer(TTS, answer.execution, fell_back=False)
    assert answer.execution.function == function
    [request] = hurried.requests
    assert (request.input, request.limits.wall_time_ms) == ('{"To":"1"}', CALL_WALL_TIME_MS)
    assert json.loads(request.context)["trigger"] == "pivot"
    assert patient.requests == []
    assert functions.reads == [FUNCTION]


def test_a_shorter_limit_of_its_own_stays(
    calls: CallService, keep: Keep, hurried: ScriptedExecutor
) -> None:
    keep(limits={"wall_time_ms": 100})

    calls.answer(ACCOUNT, FUNCTION, "{}")

    assert hurried.requests[0].limits.wall_time_ms == 100


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
def test_a_failure_falls_back_or_is_told(
    calls: CallService, keep: Keep, hurried: ScriptedExecutor, script: ExecutionResult
) -> None:
    first = keep(fallback=FALLBACK)
    hurried.script = script

    answer = calls.answer(ACCOUNT, FUNCTION, "{}")
    without = {key: value for key, value in first.document.items() if key != "fallback"}
    calls.hurried.functions.replace(first.changed(without, 2), 1)
    with pytest.raises(CallFailedError) as caught:
        calls.answer(ACCOUNT, FUNCTION, "{}")

    assert answer.execution is not None
    assert answer == CallAnswer(dump(FALLBACK), answer.execution, fell_back=True)
    assert caught.value.result.outcome is answer.execution.result.outcome
    assert caught.value.result.outcome is not Outcome.OK
    is_ours = script.outcome is Outcome.INTERNAL_ERROR
    assert len(outcomes_noted(calls)) == (0 if is_ours else 2)


@pytest.mark.parametrize(
    "error", [ExecutorBusyError(), ExecutorUnavailableError()], ids=lambda e: type(e).__name__
)
def test_an_executor_that_gives_up_falls_back_or_is_told(
    calls: CallService, keep: Keep, hurried: ScriptedExecutor, error: Exception
) -> None:
    first = keep(fallback=FALLBACK)
    hurried.script = error

    answer = calls.answer(ACCOUNT, FUNCTION, "{}")
    without = {key: value for key, value in first.document.items() if key != "fallback"}
    calls.hurried.functions.replace(first.changed(without, 2), 1)
    with pytest.raises(type(error)):
        calls.answer(ACCOUNT, FUNCTION, "{}")

    assert answer == CallAnswer(dump(FALLBACK), None, fell_back=True)
    assert outcomes_noted(calls) == []


def test_a_disabled_function_falls_back_unexecuted(
    calls: CallService,
    keep: Keep,
    functions: CountedRepository,
    hurried: ScriptedExecutor,
) -> None:
    keep(fallback=FALLBACK, enabled=False)

    answer = calls.answer(ACCOUNT, FUNCTION, "{}")

    assert answer == CallAnswer(dump(FALLBACK), None, fell_back=True)
    assert hurried.requests == []
    assert functions.reads == [FUNCTION]


def test_a_disabled_function_without_a_fallback_says_so(calls: CallService, keep: Keep) -> None:
    keep(enabled=False)

    with pytest.raises(FunctionDisabledError):
        calls.answer(ACCOUNT, FUNCTION, "{}")


def test_what_keeps_failing_goes_on_answering_with_its_fallback(
    calls: CallService, keep: Keep, hurried: ScriptedExecutor
) -> None:
    keep(fallback=FALLBACK)
    hurried.script = FAILED

    answers = {
        calls.answer(ACCOUNT, FUNCTION, "{}").callflow for _ in range(DISABLE_AFTER_FAILURES + 3)
    }

    assert answers == {dump(FALLBACK)}
    assert len(hurried.requests) == DISABLE_AFTER_FAILURES


def test_the_fault_of_the_caller_is_told_whatever_the_fallback(
    calls: CallService, keep: Keep
) -> None:
    with pytest.raises(FunctionNotFoundError):
        calls.answer(ACCOUNT, FUNCTION, "{}")

    keep(fallback=FALLBACK)
    with pytest.raises(PayloadTooLargeError):
        calls.answer(ACCOUNT, FUNCTION, "x" * (PAYLOAD_BYTES + 1))
