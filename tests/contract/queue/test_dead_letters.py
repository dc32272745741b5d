"""The port ``DeadLetters``, on SQLite and on SQS under moto."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from isolambda_core.adapters.aws.sqs_dead_letters import SqsDeadLetters
from isolambda_core.adapters.aws.sqs_queue import (
    SqsConsumer,
    SqsExecutionQueue,
    client_config,
)
from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)
from isolambda_core.ports.queues import (
    Consumer,
    DeadLetters,
    ExecutionQueue,
)
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.dead_letters import SqliteConsumer, SqliteDeadLetters
from tests.support.aws import SESSION, emulation
from tests.support.clocks import SetClock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

UNSETTLED = ReconcileTrigger(TriggerRef("a" * 32, "f" * 32, "7" * 32, TriggerType.EVENT), 5)


@dataclass(frozen=True)
class Place:
    """Where dead letters are, how they come there, and where they go from there."""

    letters: DeadLetters
    consumer: Consumer
    queue: ExecutionQueue


@pytest.fixture
def machine() -> Iterator[Place]:
    with closing(open_store(None)) as store:
        letters = SqliteDeadLetters(store.queue)
        yield Place(letters, SqliteConsumer(store.queue, SetClock()), store.queue)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator["SQSClient"]:
    monkeypatch.setattr("isolambda_core.adapters.aws.sqs_dead_letters._WAIT_S", 0)
    with emulation():
        yield SESSION.client("sqs", config=client_config())


@pytest.fixture
def stack(sqs: "SQSClient") -> Place:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    queue = sqs.create_queue(QueueName="executions")["QueueUrl"]
    return Place(
        SqsDeadLetters(sqs, dead, queue),
        SqsConsumer(sqs, dead),
        SqsExecutionQueue(sqs, queue, tenant_of=str),
    )


@pytest.fixture(params=["machine", pytest.param("stack", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> Place:
    return cast("Place", request.getfixturevalue(request.param))


def a_message(number: int) -> QueuedExecution:
    return QueuedExecution("a" * 32, "f" * 32, f"{number:032x}", number)


def dead_lettered(place: Place, *messages: QueuedExecution | ReconcileTrigger) -> None:
    for message in messages:
        place.consumer.send_to_dlq(dump_message(message))


def test_what_was_buried_is_listed_again_and_again(place: Place) -> None:
    dead_lettered(place, a_message(1), UNSETTLED, a_message(2))

    first = [letter.message for letter in place.letters.list(9)]
    second = [letter.message for letter in place.letters.list(9)]

    assert {str(message) for message in first} == {
        str(message) for message in (a_message(1), UNSETTLED, a_message(2))
    }
    assert {str(message) for message in second} == {str(message) for message in first}


def test_a_list_has_as_many_letters_as_are_asked_for(place: Place) -> None:
    dead_lettered(place, *map(a_message, range(25)))

    assert len(place.letters.list(12)) == 12
    assert len({letter.handle for letter in place.letters.list(99)}) == 25


def test_a_letter_that_is_removed_is_gone_and_the_others_stay(place: Place) -> None:
    dead_lettered(place, *map(a_message, range(3)))
    letter, *others = place.letters.list(9)

    place.letters.remove(letter)
    place.letters.remove(letter)

    left = [letter.message for letter in place.letters.list(9)]
    assert sorted(map(str, left)) == sorted(str(other.message) for other in others)


def test_to_remove_the_letter_of_what_was_sent_once_more_leaves_that_in_the_queue() -> None:
    with closing(open_store(None)) as store:
        letters = SqliteDeadLetters(store.queue)
        store.queue.add_dead_letter(dump_message(a_message(1)), 5)
        [letter] = letters.list(9)

        store.queue.send(a_message(1))
        letters.remove(letter)

        waiting = store.queue.next()
        assert waiting is not None
        assert waiting.message == a_message(1)
        assert letters.list(9) == []


def test_what_is_none_of_ours_is_listed_as_something_else(place: Place) -> None:
    for body in ("no JSON", '{"messageId":"1","body":"b"}', "[]"):
        place.consumer.send_to_dlq(body)

    found = place.letters.list(9)

    assert [(letter.message, letter.event) for letter in found] == [(None, None)] * 3


WRAPPED = {"isolambda": "event", "account_id": "a" * 32, "event": {"id": "1"}}
LAMBDAS_OWN = {
    "version": "1.0",
    "timestamp": "2026-11-22T09:00:00.000Z",
    "requestContext": {
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:i-dispatcher:live",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
}
STREAMS_OWN = {**LAMBDAS_OWN, "KinesisBatchInfo": {"shardId": "shardId-000000000001"}}


@pytest.mark.parametrize(
    ("body", "event", "reason"),
    [
        (WRAPPED, WRAPPED, "SDK_CLIENT_ERROR"),
        ({**LAMBDAS_OWN, "requestPayload": WRAPPED}, WRAPPED, "SDK_CLIENT_ERROR"),
        (STREAMS_OWN, None, "SDK_CLIENT_ERROR"),
        ({"detail-type": "order", "source": "shop", "detail": {}}, None, "SDK_CLIENT_ERROR"),
    ],
    ids=["scheduler", "lambda", "stream", "rule"],
)
def test_an_event_that_aws_could_not_deliver_is_listed_with_its_reason(
    stack: Place, sqs: "SQSClient", body: dict[str, Any], event: object, reason: str
) -> None:
    assert isinstance(stack.letters, SqsDeadLetters)
    sqs.send_message(
        QueueUrl=stack.letters.queue_url,
        MessageBody=json.dumps(body),
        MessageAttributes={"ERROR_CODE": {"DataType": "String", "StringValue": reason}},
    )

    [letter] = stack.letters.list(9)

    assert (letter.message, letter.event, letter.reason) == (None, event, reason)


@pytest.mark.parametrize("kept", [{"requestPayload": WRAPPED}, {}], ids=["event", "batch"])
def test_lambda_says_why_in_the_letter_itself(stack: Place, kept: dict[str, Any]) -> None:
    stack.consumer.send_to_dlq(json.dumps({**LAMBDAS_OWN, **kept}))

    [letter] = stack.letters.list(9)

    assert (letter.event, letter.reason) == (kept.get("requestPayload"), "RetriesExhausted")


@pytest.mark.parametrize(
    ("queue", "is_ours"), [("executions", True), ("stack-trigger-7", False)], ids=str
)
def test_what_sqs_moved_here_from_a_queue_of_a_trigger_is_none_of_ours(
    stack: Place, monkeypatch: pytest.MonkeyPatch, *, queue: str, is_ours: bool
) -> None:
    dead_lettered(stack, a_message(1))
    assert isinstance(stack.letters, SqsDeadLetters)
    receive: Callable[..., Any] = stack.letters.client.receive_message

    def receive_moved(**asked: Any) -> Any:
        answer = receive(**asked)
        for message in answer.get("Messages", []):
            arn = f"arn:aws:sqs:eu-central-1:123456789012:{queue}"
            message["Attributes"]["DeadLetterQueueSourceArn"] = arn
        return answer

    monkeypatch.setattr(stack.letters.client, "receive_message", receive_moved)
    [letter] = stack.letters.list(9)

    assert (letter.message == a_message(1)) is is_ours
    assert letter.reason == (None if is_ours else f"from the queue {queue}")
