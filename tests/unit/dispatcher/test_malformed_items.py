"""One item of a batch that is not as AWS sends it, and the items beside it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.queue.messages import QueuedExecution, Retry
from isolambda_dispatcher.parsing import UnknownEventError
from isolambda_dispatcher.sources.executions import ExecutionSource
from tests.support.recorded import recorded
from tests.support.samples import ACCOUNT, FUNCTION, Keep
from tests.unit.dispatcher.batches import (
    FIFO,
    FOR_FIFO,
    FOR_QUEUE,
    FOR_STREAM,
    messages,
    shard,
)
from tests.unit.dispatcher.dispatchers import EXECUTION_QUEUE, ObservedDispatcher, failed

MISSING = object()
OF_TABLE = recorded("dynamodb_stream")
FOR_TABLE = {**FOR_STREAM, "stream_arn": OF_TABLE["Records"][0]["eventSourceARN"]}

queues = pytest.mark.parametrize(
    ("document", "event"),
    [
        pytest.param(FOR_QUEUE, messages("a", "b", "c"), id="queue"),
        pytest.param(FOR_FIFO, messages("a", "b", "c", arn=FIFO, groups="121"), id="FIFO queue"),
    ],
)
streams = pytest.mark.parametrize(
    ("document", "event", "part"),
    [
        pytest.param(FOR_STREAM, shard("1", "2", "3"), "kinesis", id="Kinesis"),
        pytest.param(FOR_TABLE, OF_TABLE, "dynamodb", id="DynamoDB"),
    ],
)


def altered(event: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    """Return an event whose second item has another value under a key, or none."""
    first, second, third = event["Records"]
    changed = {name: kept for name, kept in second.items() if name != key}
    if value is not MISSING:
        changed[key] = value
    return {"Records": [first, changed, third]}


def bodies(dispatcher: ObservedDispatcher) -> list[str]:
    return sorted(call["body"] for call in dispatcher.calls)


def numbers(dispatcher: ObservedDispatcher) -> list[str]:
    return [call["sequence_number"] for call in dispatcher.calls]


def numbers_of(event: dict[str, Any], part: str, *places: int) -> list[str]:
    key = "sequenceNumber" if part == "kinesis" else "SequenceNumber"
    return [event["Records"][place][part][key] for place in places]


@queues
@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("attributes", MISSING, id="no attributes"),
        pytest.param("attributes", None, id="null for attributes"),
        pytest.param("attributes", "hunter2", id="a text for attributes"),
        pytest.param("attributes", {}, id="empty attributes"),
        pytest.param("attributes", {"ApproximateReceiveCount": "hunter2"}, id="no count"),
        pytest.param("eventSourceARN", MISSING, id="no source"),
        pytest.param("eventSourceARN", None, id="null for a source"),
    ],
)
def test_a_message_without_attributes_or_source_fails_alone(
    dispatcher: ObservedDispatcher,
    keep: Keep,
    caplog: pytest.LogCaptureFixture,
    document: Any,
    event: Any,
    key: str,
    value: object,
) -> None:
    keep()
    dispatcher.trigger(document)

    assert dispatcher.handle(altered(event, key, value)) == failed("b")

    assert bodies(dispatcher) == ["a", "c"]
    assert sorted(dispatcher.dispositions) == ["done", "done", "failed"]
    assert dispatcher.consumer.dead_lettered == []
    assert "hunter2" not in caplog.text


def test_a_message_whose_group_is_no_text_fails_alone(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    dispatcher.trigger(FOR_FIFO)
    event = messages("a", "b", "c", arn=FIFO, groups="121")
    event["Records"][1]["attributes"]["MessageGroupId"] = ["2"]

    assert dispatcher.handle(event) == failed("b")

    assert bodies(dispatcher) == ["a", "c"]


@queues
@pytest.mark.parametrize("key", ["messageId", "body", "messageAttributes"])
def test_a_message_that_cannot_be_read_is_a_dead_letter_alone(
    dispatcher: ObservedDispatcher, keep: Keep, document: Any, event: Any, key: str
) -> None:
    keep()
    dispatcher.trigger(document)
    unreadable = altered(event, key, MISSING)

    assert dispatcher.handle(unreadable) == failed()

    assert bodies(dispatcher) == ["a", "c"]
    assert [json.loads(body) for body in dispatcher.consumer.dead_lettered] == [
        unreadable["Records"][1]
    ]


@streams
@pytest.mark.parametrize(
    "value", [MISSING, None, "hunter2", {}], ids=["missing", "null", "a text", "empty"]
)
def test_a_record_without_its_data_is_a_dead_letter_alone(
    dispatcher: ObservedDispatcher, keep: Keep, document: Any, event: Any, part: str, value: object
) -> None:
    keep()
    dispatcher.trigger(document)
    unreadable = altered(event, part, value)

    assert dispatcher.handle(unreadable) == failed()

    assert numbers(dispatcher) == numbers_of(event, part, 0, 2)
    assert [json.loads(body) for body in dispatcher.consumer.dead_lettered] == [
        unreadable["Records"][1]
    ]


@streams
def test_a_record_without_an_id_is_a_dead_letter_alone(
    dispatcher: ObservedDispatcher, keep: Keep, document: Any, event: Any, part: str
) -> None:
    keep()
    dispatcher.trigger(document)

    assert dispatcher.handle(altered(event, "eventID", MISSING)) == failed()

    assert numbers(dispatcher) == numbers_of(event, part, 0, 2)
    assert len(dispatcher.consumer.dead_lettered) == 1


@streams
def test_a_record_that_does_not_name_its_stream_is_of_that_of_its_batch(
    dispatcher: ObservedDispatcher, keep: Keep, document: Any, event: Any, part: str
) -> None:
    keep()
    dispatcher.trigger(document)

    assert dispatcher.handle(altered(event, "eventSourceARN", MISSING)) == failed()

    assert numbers(dispatcher) == numbers_of(event, part, 0, 1, 2)


@streams
def test_a_whole_batch_comes_again_for_a_record_that_must_stay_and_has_no_name(
    dispatcher: ObservedDispatcher, keep: Keep, document: Any, event: Any, part: str
) -> None:
    keep()
    dispatcher.trigger(document)
    dispatcher.consumer.away = True

    assert dispatcher.handle(altered(event, part, MISSING)) == failed("")

    assert numbers(dispatcher) == numbers_of(event, part, 0)


def submitted(dispatcher: ObservedDispatcher) -> dict[str, Any]:
    """Return an event of the execution queue with the executions ``0``, ``1`` and ``2``."""
    submit = dispatcher.machine.submit
    sent = [submit(Invocation(ACCOUNT, FUNCTION, payload.encode())) for payload in "012"]
    event = messages(*map(dump_message, sent), arn=EXECUTION_QUEUE)
    for number, record in enumerate(event["Records"]):
        record["messageId"] = f"m{number}"
    return event


@pytest.mark.parametrize("key", ["attributes", "body"])
def test_a_queued_execution_without_attributes_or_body_fails_alone(
    dispatcher: ObservedDispatcher, keep: Keep, key: str
) -> None:
    keep()

    assert dispatcher.handle(altered(submitted(dispatcher), key, MISSING)) == failed("m1")

    assert sorted(dispatcher.calls) == [0, 2]


@pytest.mark.parametrize("key", ["messageId", "eventSourceARN"])
def test_a_queued_execution_without_an_id_or_source_is_performed(
    dispatcher: ObservedDispatcher, keep: Keep, key: str
) -> None:
    keep()

    assert dispatcher.handle(altered(submitted(dispatcher), key, MISSING)) == failed()

    assert sorted(dispatcher.calls) == [0, 1, 2]


def test_a_queued_execution_without_a_source_that_must_come_again_fails_alone(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    event = altered(submitted(dispatcher), "eventSourceARN", MISSING)
    executions = dispatcher.dispatcher.own_queues[EXECUTION_QUEUE]
    assert isinstance(executions, ExecutionSource)
    again = event["Records"][1]["body"]
    executions = replace(
        executions,
        perform=lambda message, received: (
            Retry(5.0)
            if isinstance(message, QueuedExecution) and message.execution_id in again
            else dispatcher.machine.dispatch.perform(message, received)
        ),
    )
    dispatcher.dispatcher = replace(dispatcher.dispatcher, own_queues={EXECUTION_QUEUE: executions})

    assert dispatcher.handle(event) == failed("m1")

    assert sorted(dispatcher.calls) == [0, 2]


def test_a_batch_in_which_no_message_names_its_queue_is_refused(
    dispatcher: ObservedDispatcher, keep: Keep
) -> None:
    keep()
    dispatcher.trigger(FOR_QUEUE)
    event = messages("a", "b")
    for record in event["Records"]:
        del record["eventSourceARN"]

    with pytest.raises(UnknownEventError):
        dispatcher.handle(event)

    assert dispatcher.calls == []
