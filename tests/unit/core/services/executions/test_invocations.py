"""Synchronous and asynchronous executions, each without an idempotency key."""

import json
from dataclasses import replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.errors import (
    ContextTooLargeError,
    ExecutorBusyError,
    ExecutorUnavailableError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    LogLine,
    Origin,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.executions.records import (
    Callback,
    CallbackStatus,
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.functions.errors import (
    FunctionDisabledError,
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.limits import (
    CALLBACK_URL_CHARACTERS,
    CONTEXT_BYTES,
    DISABLE_AFTER_FAILURES,
    PAYLOAD_BYTES,
    WALL_TIME_MS_MAX,
)
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    QueuedMessage,
)
from isolambda_core.services.executions.invocations import (
    Execution,
    InvocationService,
    Submitted,
)
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.queue import DueSchedule, Unread
from tests.support.callflows import TTS
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.faults import Fault
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, Keep

INVOCATION = Invocation(
    ACCOUNT, FUNCTION, b'{"To":"1"}', origin=Origin("kazoo", "the id of a request")
)
URL = "https://callback.test/ended"


@pytest.fixture
def invocations(services: Services) -> InvocationService:
    return services.invocations


def recorded(store: SqliteStore) -> list[ExecutionRecord]:
    return list(store.records.iterate(ACCOUNT, FUNCTION, at_once=100))


def queued(store: SqliteStore) -> QueuedMessage | DueSchedule | Unread | None:
    waiting = store.queue.next()
    return None if waiting is None else waiting.message


def test_an_execution_ends_while_it_is_waited_for_and_says_how(
    invocations: InvocationService,
    keep: Keep,
    executor: ScriptedExecutor,
    call_executor: ScriptedExecutor,
) -> None:
    keep(limits={"wall_time_ms": WALL_TIME_MS_MAX})
    logs, usage = (LogLine("info", "hi", 1),), Usage(2.5, 1.5, 8.0, cold=True)
    executor.ends(ExecutionResult("", Outcome.OK, b"1", logs=logs, usage=usage))

    execution = complete(invocations.execute(INVOCATION))

    [request] = executor.requests
    assert is_id(request.execution_id)
    assert (request.input, request.limits.wall_time_ms) == (b'{"To":"1"}', WALL_TIME_MS_MAX)
    assert json.loads(request.context)["trigger"] == "kazoo"
    result = ExecutionResult(request.execution_id, Outcome.OK, b"1", logs=logs, usage=usage)
    assert execution == Execution(result, LATEST)
    assert call_executor.requests == []


def test_every_execution_has_an_id_of_its_own_in_the_order_of_time(
    invocations: InvocationService, clock: SetClock, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    for _ in range(5):
        complete(invocations.execute(INVOCATION))
        clock.time_ms += 1

    ids = [request.execution_id for request in executor.requests]
    assert ids == sorted(set(ids))


def test_an_execution_that_is_recorded_can_be_looked_up_as_it_was_answered(
    invocations: InvocationService, store: SqliteStore, clock: SetClock, keep: Keep
) -> None:
    keep(record="all")

    result = complete(invocations.execute(INVOCATION)).result

    record = ExecutionRecord(
        execution_id=result.execution_id,
        account_id=ACCOUNT,
        function_id=FUNCTION,
        version=LATEST,
        qualifier=LATEST,
        draft_revision=1,
        trigger="kazoo",
        request_id="the id of a request",
        status=Status.SUCCEEDED,
        attempts=1,
        ended_at_ms=clock.now_ms(),
        outcome=Outcome.OK,
        usage=result.usage,
        revision=2,
    )
    found = store.records.get_whole(ACCOUNT, FUNCTION, result.execution_id)
    assert found == (record, ExecutionPayload(INVOCATION.payload, result=result))


@pytest.mark.parametrize("recorded", [None, RecordedOperations()], ids=["all", "replayable"])
def test_a_record_that_can_be_replayed_has_meta_and_no_tokens(
    invocations: InvocationService,
    executor: ScriptedExecutor,
    store: SqliteStore,
    keep: Keep,
    recorded: RecordedOperations | None,
) -> None:
    keep(record="all")
    executor.ends(ExecutionResult("", Outcome.OK, b"1", recorded=recorded))
    origin = Origin(meta={"a": "1"}, tokens={"b": "2"})

    result = complete(invocations.execute(replace(INVOCATION, origin=origin))).result

    _, contents = store.records.get_whole(ACCOUNT, FUNCTION, result.execution_id)
    assert contents.origin == (Origin() if recorded is None else Origin(meta={"a": "1"}))


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("as_callflow", [True, False])
def test_failures_are_recorded(
    invocations: InvocationService,
    store: SqliteStore,
    keep: Keep,
    executor: ScriptedExecutor,
    outcome: Outcome,
    *,
    as_callflow: bool,
) -> None:
    keep()
    executor.ends(ExecutionResult("", outcome, TTS if outcome is Outcome.OK else None))

    result = complete(invocations.execute(replace(INVOCATION, as_callflow=as_callflow))).result

    assert result.outcome is outcome
    failed = [(result.execution_id, outcome)] * (outcome is not Outcome.OK)
    assert [(record.id, record.outcome) for record in recorded(store)] == failed


def test_what_fails_too_often_is_disabled(
    invocations: InvocationService, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    executor.ends(FAILED)
    for _ in range(DISABLE_AFTER_FAILURES):
        complete(invocations.execute(INVOCATION))

    with pytest.raises(FunctionDisabledError):
        complete(invocations.execute(INVOCATION))


def test_a_callflow_is_left_as_it_was_returned(
    invocations: InvocationService, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    executor.returns(TTS)

    result = complete(invocations.execute(replace(INVOCATION, as_callflow=True))).result

    assert (result.outcome, result.result) == (Outcome.OK, TTS)


def test_what_is_no_callflow_is_a_failure_where_one_was_ordered(
    invocations: InvocationService, store: SqliteStore, keep: Keep
) -> None:
    keep()

    execution = complete(invocations.execute(replace(INVOCATION, as_callflow=True)))

    assert (execution.result.outcome, execution.result.result) == (Outcome.INVALID_RESULT, None)
    [record] = recorded(store)
    assert (record.status, record.outcome) == (Status.FAILED, Outcome.INVALID_RESULT)


@pytest.mark.parametrize("error", [ExecutorBusyError, ExecutorUnavailableError])
def test_what_cannot_be_executed_is_no_failure(
    invocations: InvocationService,
    store: SqliteStore,
    keep: Keep,
    executor: ScriptedExecutor,
    error: type[IsolambdaError],
) -> None:
    keep(record="all")
    executor.ends(error())

    with pytest.raises(error):
        complete(invocations.execute(INVOCATION))
    with pytest.raises(QualifierNotFoundError):
        complete(invocations.execute(replace(INVOCATION, qualifier="7")))

    assert recorded(store) == []


def test_what_is_submitted_is_queued_and_recorded_and_nothing_has_run(
    invocations: InvocationService,
    store: SqliteStore,
    clock: SetClock,
    keep: Keep,
    executor: ScriptedExecutor,
) -> None:
    keep(record="none")
    origin = Origin("codemash", "the id of a request", {"colour": "red"}, {"user": "u"})

    submitted = complete(invocations.submit(replace(INVOCATION, origin=origin, as_callflow=True)))

    record = ExecutionRecord(
        execution_id=submitted.record.id,
        account_id=ACCOUNT,
        function_id=FUNCTION,
        version=LATEST,
        qualifier=LATEST,
        draft_revision=1,
        trigger="codemash",
        request_id="the id of a request",
        status=Status.QUEUED,
        asynchronous=True,
        as_callflow=True,
    )
    assert submitted == Submitted(record)
    assert record.asked_at_ms == clock.now_ms()
    kept_origin = Origin(meta={"colour": "red"}, tokens={"user": "u"})
    found = store.records.get_whole(ACCOUNT, FUNCTION, record.id)
    assert found == (record, ExecutionPayload(INVOCATION.payload, kept_origin))
    assert queued(store) == QueuedExecution(ACCOUNT, FUNCTION, record.id, clock.now_ms())
    assert executor.requests == []


def test_which_version_an_alias_stands_for_is_decided_when_it_is_submitted(
    invocations: InvocationService, services: Services, keep: Keep
) -> None:
    keep()
    services.versions.publish(ACCOUNT, FUNCTION, "")
    services.aliases.create(ACCOUNT, FUNCTION, "live", Target(1), "")

    record = complete(invocations.submit(replace(INVOCATION, qualifier="live"))).record

    assert (record.version, record.qualifier) == ("1", "live")


@pytest.mark.parametrize(
    ("invocation", "document", "error"),
    [
        (replace(INVOCATION, function_id="0" * 32), {}, FunctionNotFoundError),
        (replace(INVOCATION, qualifier="7"), {}, QualifierNotFoundError),
        (INVOCATION, {"enabled": False}, FunctionDisabledError),
        (replace(INVOCATION, payload=b"x" * (PAYLOAD_BYTES + 1)), {}, PayloadTooLargeError),
        (
            replace(INVOCATION, origin=Origin(meta={"a": "x" * CONTEXT_BYTES})),
            {},
            ContextTooLargeError,
        ),
    ],
    ids=["no function", "no version", "disabled", "payload", "context"],
)
def test_what_never_will_run_is_refused_at_once(
    invocations: InvocationService,
    store: SqliteStore,
    keep: Keep,
    invocation: Invocation,
    document: dict[str, bool],
    error: type[IsolambdaError],
) -> None:
    keep(**document)

    with pytest.raises(error):
        complete(invocations.submit(invocation))

    assert (queued(store), recorded(store)) == (None, [])


def test_the_callback_url_is_recorded(
    invocations: InvocationService, store: SqliteStore, keep: Keep
) -> None:
    keep()

    submitted = complete(invocations.submit(INVOCATION, callback_url=URL))

    assert submitted.record.callback == Callback(URL, CallbackStatus.PENDING, attempts=0)
    assert recorded(store) == [submitted.record]


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://callback.test/", URL + "x" * CALLBACK_URL_CHARACTERS]
)
@pytest.mark.parametrize("key", [None, "an idempotency key"])
def test_where_no_callback_can_be_sent_nothing_is_queued(
    invocations: InvocationService, store: SqliteStore, keep: Keep, key: str | None, url: str
) -> None:
    keep()

    with pytest.raises(InvalidDocumentError) as caught:
        complete(invocations.submit(INVOCATION, key, url))

    assert [violation.path for violation in caught.value.violations] == [("callback",)]
    assert (queued(store), recorded(store)) == (None, [])


def test_with_private_callbacks_plain_http_will_do(
    invocations: InvocationService, keep: Keep
) -> None:
    keep()

    private = replace(invocations, private_callbacks=True)

    submitted = private.submit(INVOCATION, callback_url="http://127.0.0.1:1234/")
    assert complete(submitted).record.callback


@pytest.mark.parametrize("away", ["queue", "records"])
def test_what_cannot_be_queued_is_reported_and_leaves_no_record_without_a_message(
    invocations: InvocationService, store: SqliteStore, keep: Keep, away: str
) -> None:
    keep()
    fault = Fault(StoreUnavailableError)
    records = fault.on("records", store.records)
    broken = {
        "queue": replace(invocations, queue=fault.on("queue", store.queue)),
        "records": replace(invocations, records=replace(invocations.records, records=records)),
    }

    with pytest.raises(StoreUnavailableError):
        complete(broken[away].submit(INVOCATION))

    assert recorded(store) == []
