"""The queue of asynchronous executions, on moto's SQS."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from isolambda_core.adapters.sqs_queue import (
    SqsConsumer,
    SqsExecutionQueue,
    client_config,
    read_message,
)
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.ids import MS_MAX
from isolambda_core.domain.queued import QueuedExecution
from isolambda_core.domain.wire import MalformedMessageError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MESSAGE = QueuedExecution("a" * 32, "f" * 32, "0192" + "e" * 28, 1_800_000_000_000)
FIELDS = {
    "account_id": "a" * 32,
    "function_id": "f" * 32,
    "execution_id": "0192" + "e" * 28,
    "sent_at_ms": 1_800_000_000_000,
}


@pytest.fixture
def client() -> Iterator["SQSClient"]:
    with mock_aws():
        yield boto3.client(
            "sqs",
            region_name="eu-central-1",
            aws_access_key_id="unit",
            aws_secret_access_key="unit",  # noqa: S106 - no secret: nothing checks it
            config=client_config(),
        )


@pytest.fixture
def queue_url(client: "SQSClient") -> str:
    return client.create_queue(QueueName="executions")["QueueUrl"]


@pytest.fixture
def dead_letter_queue_url(client: "SQSClient") -> str:
    return client.create_queue(QueueName="dead")["QueueUrl"]


@pytest.fixture
def queue(client: "SQSClient", queue_url: str) -> SqsExecutionQueue:
    return SqsExecutionQueue(client, queue_url)


@pytest.fixture
def consumer(client: "SQSClient", queue_url: str, dead_letter_queue_url: str) -> SqsConsumer:
    return SqsConsumer(client, queue_url, dead_letter_queue_url)


def receive(client: "SQSClient", url: str) -> "list[MessageTypeDef]":
    return client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])


def test_what_is_sent_can_be_received_and_read(
    client: "SQSClient", queue: SqsExecutionQueue
) -> None:
    queue.send(MESSAGE)

    [received] = receive(client, queue.queue_url)
    assert read_message(received["Body"]) == MESSAGE


def test_a_message_holds_ids_and_a_time_and_nothing_else(
    client: "SQSClient", queue: SqsExecutionQueue
) -> None:
    queue.send(MESSAGE)

    [received] = receive(client, queue.queue_url)
    assert json.loads(received["Body"]) == FIELDS


def test_a_message_that_is_postponed_by_nothing_comes_again_at_once(
    client: "SQSClient", queue: SqsExecutionQueue, consumer: SqsConsumer
) -> None:
    queue.send(MESSAGE)
    [first] = receive(client, queue.queue_url)
    hidden = receive(client, queue.queue_url)

    consumer.postpone(first["ReceiptHandle"], 0)

    [second] = receive(client, queue.queue_url)
    assert hidden == []
    assert second["MessageId"] == first["MessageId"]


def test_a_message_that_is_postponed_stays_hidden(
    client: "SQSClient", queue: SqsExecutionQueue, consumer: SqsConsumer
) -> None:
    client.set_queue_attributes(QueueUrl=queue.queue_url, Attributes={"VisibilityTimeout": "0"})
    queue.send(MESSAGE)
    [first] = receive(client, queue.queue_url)

    consumer.postpone(first["ReceiptHandle"], 900)

    assert receive(client, queue.queue_url) == []


@pytest.mark.parametrize(
    ("after_s", "asked"),
    [(0.1, 1), (1.0, 1), (1.5, 2), (900.0, 900), (43_200.0, 43_000), (1e9, 43_000), (-1.0, 0)],
)
def test_a_wait_is_whole_seconds_that_sqs_takes(
    client: "SQSClient", consumer: SqsConsumer, after_s: float, asked: int
) -> None:
    with Stubber(client) as stub:
        stub.add_response(
            "change_message_visibility",
            {},
            {
                "QueueUrl": consumer.queue_url,
                "ReceiptHandle": "handle",
                "VisibilityTimeout": asked,
            },
        )
        consumer.postpone("handle", after_s)

        stub.assert_no_pending_responses()


@pytest.mark.parametrize("body", ["not ours", '{"žluťoučký":1}', " \n"])
def test_what_is_buried_is_among_the_dead_letters_as_it_came(
    client: "SQSClient", consumer: SqsConsumer, body: str
) -> None:
    consumer.bury(body)

    [dead] = receive(client, consumer.dead_letter_queue_url)
    assert dead["Body"] == body
    assert receive(client, consumer.queue_url) == []


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AWS.SimpleQueueService.NonExistentQueue", "RequestThrottled"]
)
def test_what_sqs_refuses_makes_the_queue_unavailable(
    client: "SQSClient", queue: SqsExecutionQueue, consumer: SqsConsumer, code: str
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_message", code)
        with pytest.raises(StoreUnavailableError):
            queue.send(MESSAGE)
        stub.add_client_error("send_message", code)
        with pytest.raises(StoreUnavailableError):
            consumer.bury("body")
        stub.add_client_error("change_message_visibility", code)
        with pytest.raises(StoreUnavailableError):
            consumer.postpone("handle", 1)


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://sqs"),
        ConnectTimeoutError(endpoint_url="https://sqs"),
        ReadTimeoutError(endpoint_url="https://sqs"),
        ConnectionClosedError(endpoint_url="https://sqs"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_way_to_sqs_makes_the_queue_unavailable(
    client: "SQSClient", queue: SqsExecutionQueue, failure: Exception
) -> None:
    def fail(**_: object) -> None:
        raise failure

    client.meta.events.register_first("before-send.sqs.SendMessage", fail)
    # No second try, since botocore sleeps before it.
    client.meta.events.unregister("needs-retry.sqs", unique_id="retry-config-sqs")

    with pytest.raises(StoreUnavailableError) as caught:
        queue.send(MESSAGE)

    assert caught.value.__cause__ is failure


def test_the_client_gives_up_within_the_time_of_a_request() -> None:
    config: Any = client_config()

    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts < 29


def test_a_message_of_a_newer_version_may_hold_more() -> None:
    assert read_message(json.dumps({**FIELDS, "priority": 1})) == MESSAGE


@pytest.mark.parametrize("body", ["", "null", "[]", "1", '"text"', "{", "{}", "\ud800"])
def test_a_body_that_is_no_object_of_ours_is_refused(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_id": "A" * 32},
        {"account_id": "a" * 31},
        {"account_id": "a" * 32 + "\n"},
        {"function_id": None},
        {"function_id": "../../../../../../../../../../../"},
        {"execution_id": 5},
        {"execution_id": ["e" * 32]},
        {"sent_at_ms": "1800000000000"},
        {"sent_at_ms": 1.5},
        {"sent_at_ms": True},
        {"sent_at_ms": -1},
        {"sent_at_ms": MS_MAX + 1},
        {"sent_at_ms": None},
    ],
    ids=str,
)
def test_a_field_that_is_not_as_ours_are_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(json.dumps({**FIELDS, **wrong}))


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_is_missing_is_noticed(name: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(json.dumps({key: value for key, value in FIELDS.items() if key != name}))


def test_a_body_that_is_too_long_is_not_even_parsed() -> None:
    with pytest.raises(MalformedMessageError, match="longer"):
        read_message(json.dumps(FIELDS) + " " * 1_024)


@given(st.text())
def test_whatever_a_body_says_it_is_read_or_refused(body: str) -> None:
    with pytest.raises(MalformedMessageError):
        read_message(body)
