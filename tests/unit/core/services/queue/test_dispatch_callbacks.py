"""The end of an execution is posted to its callback URL, whatever happens on the way."""

import json
import logging
from dataclasses import replace

import pytest

from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.records import (
    Callback,
    CallbackStatus,
    Status,
)
from isolambda_core.domain.limits import CALLBACK_ATTEMPTS, CALLBACK_RETRY_AFTER_S
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    Retry,
    SendToCallbacks,
    SendToDlq,
)
from tests.support.fakes import UnavailableSecret
from tests.support.samples import FAILED, OK, Keep
from tests.support.services import Machine

URL = "https://callback.test/ended"
REFUSED = CallbackFailedError("it answered 503")


def test_no_callback_goes_out_unasked(machine: Machine, keep: Keep) -> None:
    keep()

    assert machine.perform(machine.submit(), 1) == Acknowledge()
    assert machine.callbacks.posted == []


@pytest.mark.parametrize("ending", [OK, FAILED], ids=["good", "bad"])
def test_an_execution_that_has_ended_leaves_its_callback_to_others(
    machine: Machine, keep: Keep, ending: ExecutionResult
) -> None:
    keep(attempts=1)
    machine.executor.ends(ending)
    message = machine.submit(callback_url=URL)

    assert [machine.dispatch.perform(message, received) for received in (1, 2)] == [
        SendToCallbacks()
    ] * 2

    assert machine.callbacks.posted == []
    assert len(machine.executor.requests) == 1


def test_a_callback_of_an_execution_that_is_redriven_waits_for_its_end(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit(callback_url=URL)

    assert machine.dispatch.call_back(message, 1) == Acknowledge()

    assert machine.callbacks.posted == []


@pytest.mark.parametrize(("ending", "disposition"), [(OK, Acknowledge()), (FAILED, SendToDlq())])
def test_the_end_is_called_back_once_be_it_good_or_bad(
    machine: Machine, keep: Keep, ending: ExecutionResult, disposition: Disposition
) -> None:
    keep(attempts=1)
    machine.executor.ends(ending)
    message = machine.submit(callback_url=URL)

    assert [machine.perform(message, received) for received in (1, 2)] == [disposition] * 2

    [posted] = machine.callbacks.posted
    data = json.loads(posted.body)["data"]
    record = machine.found(message)
    assert posted.url == URL
    assert (data["execution_id"], data["status"]) == (record.id, record.status)
    assert data["result"] == (1 if ending is OK else None)
    assert record.callback == Callback(URL, CallbackStatus.DELIVERED, attempts=1)


def test_no_callback_follows_an_attempt_that_is_made_again(machine: Machine, keep: Keep) -> None:
    keep()
    machine.executor.ends(FAILED, OK)
    message = machine.submit(callback_url=URL)

    assert isinstance(machine.perform(message, 1), Retry)
    assert machine.callbacks.posted == []

    assert machine.perform(message, 2) == Acknowledge()
    [posted] = machine.callbacks.posted
    assert json.loads(posted.body)["data"]["attempts"] == 2


def test_what_could_never_be_executed_is_reported_as_well(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit(callback_url=URL)
    machine.services.functions.remove(message.account_id, message.function_id)

    assert machine.perform(message, 1) == SendToDlq()

    [posted] = machine.callbacks.posted
    assert json.loads(posted.body)["data"]["error"]["name"] == "FunctionNotFound"


def test_what_was_not_taken_is_posted_again_with_the_same_id_and_result(
    machine: Machine, keep: Keep
) -> None:
    keep()
    machine.executor.returns(b"[" * 100_000 + b"]" * 100_000)
    machine.callbacks.script = [REFUSED, REFUSED, None]
    message = machine.submit(callback_url=URL)

    assert machine.perform(message, 1) == Retry(CALLBACK_RETRY_AFTER_S)
    waiting = machine.found(message)
    assert waiting.status is Status.SUCCEEDED
    assert waiting.callback == Callback(URL, CallbackStatus.PENDING, 1, "it answered 503")

    assert machine.perform_all(message) == [
        Retry(5 * CALLBACK_RETRY_AFTER_S),
        Acknowledge(),
    ]
    assert machine.found(message).callback == Callback(URL, CallbackStatus.DELIVERED, attempts=3)
    assert len(machine.executor.requests) == 1
    first, *others = machine.callbacks.posted
    for other in others:
        assert other.headers["webhook-id"] == first.headers["webhook-id"] == message.execution_id
        assert other.body.partition(b'"data"')[2] == first.body.partition(b'"data"')[2]


@pytest.mark.parametrize(("ending", "disposition"), [(OK, Acknowledge()), (FAILED, SendToDlq())])
def test_what_no_receiver_takes_is_posted_no_longer_and_the_execution_ended_as_it_did(
    machine: Machine, keep: Keep, ending: ExecutionResult, disposition: Disposition
) -> None:
    keep(attempts=1)
    machine.executor.ends(ending)
    machine.callbacks.script = [REFUSED]
    message = machine.submit(callback_url=URL)

    dispositions = machine.perform_all(message)

    pauses = [CALLBACK_RETRY_AFTER_S * 5**number for number in range(CALLBACK_ATTEMPTS - 1)]
    assert dispositions == [*(Retry(pause) for pause in pauses), disposition]
    assert len(machine.callbacks.posted) == CALLBACK_ATTEMPTS
    record = machine.found(message)
    assert record.callback == Callback(
        URL, CallbackStatus.FAILED, CALLBACK_ATTEMPTS, "it answered 503"
    )
    assert record.outcome is (Outcome.OK if ending is OK else Outcome.EXCEPTION)

    assert machine.perform(message, 9) == disposition
    assert len(machine.callbacks.posted) == CALLBACK_ATTEMPTS


def test_a_callback_that_failed_is_in_the_log_without_its_url(
    machine: Machine, keep: Keep, caplog: pytest.LogCaptureFixture
) -> None:
    keep()
    machine.callbacks.script = [REFUSED]
    message = machine.submit(callback_url=f"{URL}?token=hunter2")

    machine.perform(message, 1)

    [line] = caplog.records
    assert line.levelno == logging.WARNING
    assert line.getMessage() == f"{message.execution_id}: its callback failed: it answered 503"
    assert "hunter2" not in caplog.text


def test_a_secret_that_cannot_be_read_now_is_no_attempt(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit(callback_url=URL)
    callbacks = replace(machine.dispatch.callbacks, secret=UnavailableSecret())

    dispatch = replace(machine.dispatch, callbacks=callbacks)
    disposition = replace(machine, dispatch=dispatch).perform(message, 1)
    assert isinstance(disposition, Retry)
    assert machine.found(message).callback == Callback(URL, CallbackStatus.PENDING, attempts=0)

    assert machine.perform(message, 2) == Acknowledge()
    assert len(machine.executor.requests) == len(machine.callbacks.posted) == 1
