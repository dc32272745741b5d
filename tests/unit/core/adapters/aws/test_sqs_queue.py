"""The queue, on moto's SQS."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import ANY, Stubber

from isolambda_core.adapters.aws.sqs_queue import (
    SqsConsumer,
    SqsExecutionQueue,
    client_config,
)
from isolambda_core.adapters.codecs.messages import read_message
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.queue.messages import (
    QueuedExecution,
    QueuedMessage,
    ReconcileTrigger,
)
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)
from tests.support.aws import SESSION, emulation

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

pytestmark = pytest.mark.slow

MESSAGE = QueuedExecution("a" * 32, "f" * 32, "0192" + "e" * 28, 1_800_000_000_000)
ARN = "arn:aws:sqs:eu-central-1:000000000000:orders"
UNSETTLED = ReconcileTrigger(
    TriggerRef("a" * 32, "f" * 32, "1" * 32, TriggerType.TOPIC, "arn:aws:sns:x:000000000000:y"),
    1_800_000_000_000,
)


@pytest.fixture
def client() -> Iterator["SQSClient"]:
    with emulation():
        yield SESSION.client("sqs", config=client_config())


@pytest.fixture
def queue_url(client: "SQSClient") -> str:
    return client.create_queue(QueueName="executions")["QueueUrl"]


@pytest.fixture
def dead_letter_queue_url(client: "SQSClient") -> str:
    return client.create_queue(QueueName="dead")["QueueUrl"]


@pytest.fixture
def queue(client: "SQSClient", queue_url: str) -> SqsExecutionQueue:
    return SqsExecutionQueue(client, queue_url, lambda account_id: f"tenant-of-{account_id}")


@pytest.fixture
def queue_arn(client: "SQSClient", queue_url: str) -> str:
    asked = client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return asked["Attributes"]["QueueArn"]


@pytest.fixture
def consumer(client: "SQSClient", dead_letter_queue_url: str) -> SqsConsumer:
    return SqsConsumer(client, dead_letter_queue_url)


def receive(client: "SQSClient", url: str) -> "list[MessageTypeDef]":
    return client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])


@pytest.mark.parametrize("message", [MESSAGE, UNSETTLED], ids=lambda sent: type(sent).__name__)
def test_what_is_sent_can_be_received_and_read(
    client: "SQSClient", queue: SqsExecutionQueue, message: QueuedMessage
) -> None:
    queue.send(message)

    [received] = receive(client, queue.queue_url)
    assert read_message(received["Body"]) == message


@pytest.mark.parametrize("message", [MESSAGE, UNSETTLED], ids=lambda sent: type(sent).__name__)
def test_a_message_is_in_the_group_of_its_tenant(
    client: "SQSClient", queue: SqsExecutionQueue, message: QueuedMessage
) -> None:
    queue.send(message)

    [received] = client.receive_message(
        QueueUrl=queue.queue_url, MessageSystemAttributeNames=["MessageGroupId"]
    )["Messages"]
    assert received["Attributes"] == {"MessageGroupId": f"tenant-of-{message.account_id}"}


def test_what_is_sent_for_later_does_not_come_yet(
    client: "SQSClient", queue: SqsExecutionQueue
) -> None:
    queue.send(UNSETTLED, 60)
    queue.send(MESSAGE)

    [received] = receive(client, queue.queue_url)
    assert read_message(received["Body"]) == MESSAGE


@pytest.mark.parametrize(("after_s", "asked"), [(0, 0), (60, 60), (900, 900), (901, 900)])
def test_a_message_waits_no_longer_than_sqs_lets_it(
    client: "SQSClient", queue: SqsExecutionQueue, after_s: int, asked: int
) -> None:
    with Stubber(client) as stub:
        stub.add_response(
            "send_message",
            {},
            {
                "QueueUrl": queue.queue_url,
                "MessageBody": ANY,
                "DelaySeconds": asked,
                "MessageGroupId": ANY,
            },
        )
        queue.send(UNSETTLED, after_s)

        stub.assert_no_pending_responses()


def test_a_message_that_is_postponed_by_nothing_comes_again_at_once(
    client: "SQSClient", queue: SqsExecutionQueue, consumer: SqsConsumer, queue_arn: str
) -> None:
    queue.send(MESSAGE)
    [first] = receive(client, queue.queue_url)
    hidden = receive(client, queue.queue_url)

    consumer.change_visibility(queue_arn, first["ReceiptHandle"], 0)

    [second] = receive(client, queue.queue_url)
    assert hidden == []
    assert second["MessageId"] == first["MessageId"]


def test_a_message_that_is_postponed_stays_hidden(
    client: "SQSClient", queue: SqsExecutionQueue, consumer: SqsConsumer, queue_arn: str
) -> None:
    client.set_queue_attributes(QueueUrl=queue.queue_url, Attributes={"VisibilityTimeout": "0"})
    queue.send(MESSAGE)
    [first] = receive(client, queue.queue_url)

    consumer.change_visibility(queue_arn, first["ReceiptHandle"], 900)

    assert receive(client, queue.queue_url) == []


@pytest.mark.parametrize(
    ("after_s", "asked"),
    [(0.1, 1), (1.0, 1), (1.5, 2), (900.0, 900), (43_200.0, 43_000), (1e9, 43_000), (-1.0, 0)],
)
def test_a_wait_is_whole_seconds_that_sqs_takes(
    client: "SQSClient",
    queue_url: str,
    queue_arn: str,
    consumer: SqsConsumer,
    after_s: float,
    asked: int,
) -> None:
    with Stubber(client) as stub:
        stub.add_response(
            "change_message_visibility",
            {},
            {"QueueUrl": queue_url, "ReceiptHandle": "handle", "VisibilityTimeout": asked},
        )
        consumer.change_visibility(queue_arn, "handle", after_s)

        stub.assert_no_pending_responses()


@pytest.mark.parametrize("body", ["not ours", '{"žluťoučký":1}', " \n"])
def test_what_is_buried_is_among_the_dead_letters_as_it_came(
    client: "SQSClient", queue_url: str, consumer: SqsConsumer, body: str
) -> None:
    consumer.send_to_dlq(body)

    [dead] = receive(client, consumer.dead_letter_queue_url)
    assert dead["Body"] == body
    assert receive(client, queue_url) == []


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
            consumer.send_to_dlq("body")
        stub.add_client_error("change_message_visibility", code)
        with pytest.raises(StoreUnavailableError):
            consumer.change_visibility(ARN, "handle", 1)


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
