"""What becomes of an execution that was queued, message by message."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    LogLine,
    Origin,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    Status,
)
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.limits import (
    ATTEMPTS,
    ATTEMPTS_MAX,
    DISABLE_AFTER_FAILURES,
    QUEUED_S,
    RETRY_AFTER_S,
)
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    Retry,
    SendToDlq,
)
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, INVOCATION, OK, ORIGIN, Keep
from tests.support.services import Machine

A_MINUTE_MS = 60_000
BELOW = "d" * 32


def test_an_execution_that_succeeds_is_done_and_tells_what_came_of_it(
    machine: Machine, keep: Keep
) -> None:
    keep(record="none")
    message = machine.submit()
    queued = machine.found(message)
    logs, usage = (LogLine("info", "hi", 1),), Usage(2.5, 1.5, 8.0, cold=True)
    machine.executor.ends(ExecutionResult("", Outcome.OK, b"1", logs=logs, usage=usage))
    machine.clock.time_ms += 5

    assert machine.dispatch.perform(message, 1) == Acknowledge()

    ended = replace(
        queued,
        status=Status.SUCCEEDED,
        attempts=1,
        began_at_ms=machine.clock.now_ms(),
        ended_at_ms=machine.clock.now_ms(),
        outcome=Outcome.OK,
        usage=usage,
        revision=3,
    )
    result = ExecutionResult(message.execution_id, Outcome.OK, b"1", logs=logs, usage=usage)
    origin = Origin(meta=ORIGIN.meta, tokens=ORIGIN.tokens)
    whole = machine.whole(message)
    assert whole == (ended, ExecutionPayload(INVOCATION.payload, origin, result))


def test_a_function_is_handed_the_same_later_as_it_would_be_now(
    machine: Machine, keep: Keep
) -> None:
    keep(isolation="fresh", limits={"memory_mb": 128})
    machine.services.versions.publish(ACCOUNT, FUNCTION, "")
    machine.services.aliases.create(ACCOUNT, FUNCTION, "live", Target(1), "")
    invocation = replace(INVOCATION, qualifier="live", tenant=ACCOUNT)

    complete(machine.services.invocations.execute(invocation))
    message = machine.submit(invocation)
    machine.dispatch.perform(message, 1)

    now, later = machine.executor.requests
    assert later.execution_id == message.execution_id
    assert json.loads(later.context) == {
        **json.loads(now.context),
        "execution_id": message.execution_id,
    }
    assert later == replace(now, execution_id=later.execution_id, context=later.context)


def test_an_execution_is_one_of_the_tenant_that_its_account_is_below(
    machine: Machine, keep: Keep
) -> None:
    keep(account_id=BELOW)
    document: Document = {"name": "n", "enabled": True}
    machine.store.accounts.add(Account(BELOW, document, 1, 1, 1, ancestor_ids=(ACCOUNT,)))
    message = replace(machine.submit(replace(INVOCATION, account_id=BELOW)), account_id=BELOW)

    assert machine.dispatch.perform(message, 1) == Acknowledge()

    [request] = machine.executor.requests
    assert (request.account_id, request.tenant) == (BELOW, ACCOUNT)


def test_an_alias_is_what_it_was_and_the_draft_what_it_is_when_it_runs(
    machine: Machine, keep: Keep
) -> None:
    keep()
    machine.services.versions.publish(ACCOUNT, FUNCTION, "")
    machine.services.aliases.create(ACCOUNT, FUNCTION, "live", Target(1), "")
    through_alias, of_draft = (
        machine.submit(replace(INVOCATION, qualifier="live")),
        machine.submit(),
    )
    machine.services.functions.patch(ACCOUNT, FUNCTION, {"function_js": "return 2"})
    machine.services.versions.publish(ACCOUNT, FUNCTION, "")
    machine.services.aliases.change(ACCOUNT, FUNCTION, "live", Target(2), "", "c" * 32)

    for message in (through_alias, of_draft):
        assert machine.dispatch.perform(message, 1) == Acknowledge()

    sources = [(request.version, request.source) for request in machine.executor.requests]
    assert sources == [("1", "return 1"), ("$LATEST", "return 2")]


def test_a_callflow_is_demanded_later_as_well(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit(replace(INVOCATION, as_callflow=True))

    assert machine.dispatch.perform(message, 1) == SendToDlq()
    assert machine.found(message).outcome is Outcome.INVALID_RESULT


def test_an_exception_is_tried_again_and_its_error_stays_until_that_has_ended(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit()
    machine.executor.ends(FAILED, OK)

    assert machine.dispatch.perform(message, 1) == Retry(RETRY_AFTER_S)
    waiting, contents = machine.whole(message)
    assert (waiting.status, waiting.attempts) == (Status.QUEUED, 1)
    assert (waiting.outcome, waiting.ended_at_ms) == (Outcome.EXCEPTION, None)
    assert waiting.error == ExecutionError("TypeError", "no items")
    assert contents.result == replace(FAILED, execution_id=message.execution_id)

    machine.clock.time_ms += 1_000
    assert machine.dispatch.perform(message, 2) == Acknowledge()
    ended, contents = machine.whole(message)
    assert (ended.status, ended.attempts, ended.error) == (Status.SUCCEEDED, 2, None)
    assert ended.began_at_ms == machine.clock.now_ms()
    assert contents.result == replace(OK, execution_id=message.execution_id)


@pytest.mark.parametrize(
    ("document", "attempts"),
    [({}, ATTEMPTS), ({"attempts": 1}, 1), ({"attempts": ATTEMPTS_MAX}, ATTEMPTS_MAX)],
    ids=["by default", "one", "most"],
)
@pytest.mark.parametrize("outcome", [Outcome.EXCEPTION, Outcome.INTERNAL_ERROR])
def test_it_is_tried_as_often_as_the_document_says_each_time_after_twice_as_long(
    machine: Machine, keep: Keep, document: dict[str, int], attempts: int, outcome: Outcome
) -> None:
    keep(**document)
    message = machine.submit()
    machine.executor.ends(replace(FAILED, outcome=outcome))

    dispositions = machine.perform_all(message)

    pauses = [RETRY_AFTER_S * 2**number for number in range(attempts - 1)]
    assert dispositions == [*(Retry(pause) for pause in pauses), SendToDlq()]
    assert len(machine.executor.requests) == attempts
    ended = machine.found(message)
    assert (ended.status, ended.attempts, ended.outcome) == (Status.FAILED, attempts, outcome)


def test_no_pause_is_longer_than_the_longest(
    machine: Machine, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.services.queue.dispatch.RETRY_AFTER_S_MAX", 3)
    keep(attempts=5)
    machine.executor.ends(FAILED)

    dispositions = machine.perform_all(machine.submit())

    assert dispositions[:-1] == [Retry(1), Retry(2), Retry(3), Retry(3)]


@pytest.mark.parametrize(
    "outcome", sorted(set(Outcome) - {Outcome.OK, Outcome.EXCEPTION, Outcome.INTERNAL_ERROR})
)
def test_what_would_end_alike_is_not_tried_again(
    machine: Machine, keep: Keep, outcome: Outcome
) -> None:
    keep()
    message = machine.submit()
    machine.executor.ends(replace(FAILED, outcome=outcome))

    assert machine.dispatch.perform(message, 1) == SendToDlq()

    ended = machine.found(message)
    assert (ended.status, ended.attempts, ended.outcome) == (Status.FAILED, 1, outcome)


@pytest.mark.parametrize("error", [ExecutorBusyError, ExecutorUnavailableError])
def test_without_an_executor_it_is_put_back_and_nothing_is_counted(
    machine: Machine, keep: Keep, error: type[IsolambdaError]
) -> None:
    keep(attempts=1)
    message = machine.submit()
    machine.executor.ends(*[error()] * 5, OK)

    for received in range(1, 6):
        assert isinstance(machine.dispatch.perform(message, received), Retry)
        waiting = machine.found(message)
        assert (waiting.status, waiting.attempts, waiting.error) == (Status.QUEUED, 0, None)

    assert machine.dispatch.perform(message, 6) == Acknowledge()
    assert machine.found(message).attempts == 1


def test_the_more_often_a_message_came_the_later_it_comes_again(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit()
    machine.executor.ends(ExecutorBusyError())

    dispositions = [
        machine.dispatch.perform(message, received) for received in (1, 2, 3, 12, 13, 10**6)
    ]

    assert dispositions == list(map(Retry, (0.02, 0.04, 0.08, 40.96, 60, 60)))


def test_what_found_no_executor_for_too_long_has_failed(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    machine.executor.ends(ExecutorBusyError())

    machine.clock.time_ms += QUEUED_S * 1000
    assert isinstance(machine.dispatch.perform(message, 1), Retry)

    machine.clock.time_ms += 1
    assert machine.dispatch.perform(message, 2) == SendToDlq()
    expired = machine.found(message)
    assert (expired.status, expired.outcome) == (Status.FAILED, Outcome.INTERNAL_ERROR)
    assert expired.error == ExecutionError("ExecutionExpired", "no executor in time")


def test_a_message_waits_for_its_record_for_a_minute(machine: Machine, keep: Keep) -> None:
    keep()
    message = QueuedExecution(ACCOUNT, FUNCTION, "1" * 32, machine.clock.now_ms())

    for at_ms in (-5, 0, A_MINUTE_MS):
        machine.clock.time_ms = message.sent_at_ms + at_ms
        assert isinstance(machine.dispatch.perform(message, 1), Retry)
    machine.clock.time_ms += 1
    assert machine.dispatch.perform(message, 2) == Acknowledge()
    assert machine.executor.requests == []


@pytest.mark.parametrize(("ending", "disposition"), [(OK, Acknowledge()), (FAILED, SendToDlq())])
def test_what_has_ended_is_not_executed_again(
    machine: Machine, keep: Keep, ending: ExecutionResult, disposition: Disposition
) -> None:
    keep(attempts=1)
    message = machine.submit()
    machine.executor.ends(ending)
    machine.dispatch.perform(message, 1)
    ended = machine.found(message)

    assert [machine.dispatch.perform(message, received) for received in (2, 3)] == [
        disposition,
        disposition,
    ]

    assert len(machine.executor.requests) == 1
    assert machine.found(message) == ended


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("FunctionNotFound", lambda services: services.functions.remove(ACCOUNT, FUNCTION)),
        (
            "FunctionDisabled",
            lambda services: services.functions.patch(ACCOUNT, FUNCTION, {"enabled": False}),
        ),
        ("QualifierNotFound", lambda services: services.versions.remove(ACCOUNT, FUNCTION, 1)),
        (
            "AccountDisabled",
            lambda services: services.accounts.patch(ACCOUNT, {"enabled": False}),
        ),
        (
            "AccountNotFound",
            lambda services: services.accounts.accounts.remove(services.accounts.fetch(ACCOUNT)),
        ),
    ],
    ids=["deleted", "disabled", "version removed", "account disabled", "account deleted"],
)
def test_what_can_no_longer_be_executed_has_failed_for_good(
    machine: Machine, keep: Keep, name: str, change: Callable[[Services], object]
) -> None:
    keep()
    machine.services.versions.publish(ACCOUNT, FUNCTION, "")
    message = machine.submit(replace(INVOCATION, qualifier="1"))
    change(machine.services)

    assert machine.dispatch.perform(message, 1) == SendToDlq()

    failed = machine.found(message)
    assert (failed.status, failed.outcome) == (Status.FAILED, Outcome.INTERNAL_ERROR)
    assert failed.error is not None
    assert failed.error.name == name
    assert machine.executor.requests == []


def test_of_a_function_that_is_gone_for_good_nothing_is_left_to_perform(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit()
    machine.services.functions.remove(ACCOUNT, FUNCTION, soft_delete=False)

    assert machine.perform_all(message)[-1] == Acknowledge()
    assert machine.executor.requests == []


def test_what_fails_too_often_is_disabled_and_the_rest_fails_unexecuted(
    machine: Machine, keep: Keep
) -> None:
    keep(attempts=1)
    messages = [machine.submit() for _ in range(DISABLE_AFTER_FAILURES + 1)]
    machine.executor.ends(FAILED)

    for message in messages:
        assert machine.dispatch.perform(message, 1) == SendToDlq()

    assert not machine.store.functions.get(ACCOUNT, FUNCTION).draft_enabled
    assert len(machine.executor.requests) == DISABLE_AFTER_FAILURES
    error = machine.found(messages[-1]).error
    assert error is not None
    assert error.name == "FunctionDisabled"


def test_a_failure_is_that_of_the_draft_that_was_executed(machine: Machine, keep: Keep) -> None:
    keep(attempts=1)
    machine.executor.ends(FAILED)
    for _ in range(DISABLE_AFTER_FAILURES - 1):
        complete(machine.services.invocations.execute(INVOCATION))
    message = machine.submit()
    mended, _ = machine.services.functions.patch(ACCOUNT, FUNCTION, {"function_js": "return 2"})

    machine.dispatch.perform(message, 1)

    assert machine.found(message).draft_revision == mended.revision
    assert machine.store.functions.get(ACCOUNT, FUNCTION) == mended
