"""The Lambda entry takes batches of messages, from a queue of moto's."""

import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from contextvars import Context
from dataclasses import dataclass, field, replace
from threading import Barrier
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools.metrics.provider import cold_start

from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.aws.sqs_queue import (
    SqsConsumer,
    SqsExecutionQueue,
)
from isolambda_core.adapters.codecs.messages import read_message
from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.config import DispatcherSettings
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.correlation import correlate
from isolambda_core.domain.executions.errors import CallbackFailedError
from isolambda_core.domain.executions.execution import (
    ExecutionError,
    ExecutionResult,
    Origin,
    Outcome,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedBudgetCallback,
    QueuedExecution,
    Retry,
    SendToDlq,
)
from isolambda_core.domain.triggers.documents import validated_trigger
from isolambda_core.domain.triggers.triggers import (
    Trigger,
    execution_id_of,
)
from isolambda_core.services.executions.budgets import open_budgets
from isolambda_core.services.queue.dispatch import (
    DispatchService,
    open_dispatch,
)
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_dispatcher import bootstrap
from isolambda_dispatcher.batches import THREADS
from isolambda_dispatcher.dispatcher import Dispatcher
from isolambda_dispatcher.parsing import UnknownEventError
from isolambda_dispatcher.sources.executions import ExecutionSource
from isolambda_dispatcher.sources.queue import read as read_record
from isolambda_local.sqlite import open_store
from tests.support.aws import emulation
from tests.support.clocks import SetClock
from tests.support.fakes import RecordingCallbacks, ScriptedExecutor
from tests.support.lambda_environment import DISPATCHER
from tests.support.recorded import recorded
from tests.support.samples import SECRET
from tests.support.services import services_on
from tests.support.sources import FakeEventSources
from tests.support.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = pytest.mark.slow

CONTEXT = SimpleNamespace(
    function_name="dispatcher",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:dispatcher",
    aws_request_id="00000000-0000-0000-0000-000000000000",
    tenant_id=None,
    get_remaining_time_in_millis=lambda: 60_000,
)
HANDLER = "isolambda_dispatcher.handler"
BUILD_DISPATCHER = bootstrap.build_dispatcher
AGAIN = Retry(29.2)

Event = dict[str, Any]
Handle = Callable[[Event], Event]


@dataclass
class Performed:
    """Stands for ``DispatchService``: gives these dispositions, else ``Acknowledge``.

    ``requests`` are those that the executions were asked for by. With a ``service`` it does nothing
    itself.
    """

    service: DispatchService | None = None
    requests: dict[str, str] = field(default_factory=dict)
    dispositions: dict[str, Disposition | Exception] = field(default_factory=dict)
    messages: list[tuple[QueuedExecution, int]] = field(default_factory=list)
    together: Barrier | None = None
    called_back: list[QueuedExecution] = field(default_factory=list)

    def call_back(
        self, message: QueuedExecution | QueuedBudgetCallback, received: int
    ) -> Disposition:
        assert isinstance(message, QueuedExecution)
        self.called_back.append(message)
        return Acknowledge() if self.service is None else self.service.call_back(message, received)

    def perform(
        self, message: QueuedExecution | QueuedBudgetCallback, received: int
    ) -> Disposition:
        assert isinstance(message, QueuedExecution)
        self.messages.append((message, received))
        if self.service is not None:
            return self.service.perform(message, received)
        if request_id := self.requests.get(message.execution_id):
            correlate(request_id)
        if self.together is not None:
            self.together.wait(30)
        disposition = self.dispositions.get(message.execution_id, Acknowledge())
        if isinstance(disposition, Exception):
            raise disposition
        return disposition


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in DISPATCHER.items():
        monkeypatch.setenv(name, value)
    # Powertools makes one logger for each name, and it keeps the stream that it found first.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"dispatcher-{new_id()}")
    with emulation():
        yield


@pytest.fixture
def settings() -> DispatcherSettings:
    return DispatcherSettings.from_environment()


@pytest.fixture
def client() -> "SQSClient":
    client = boto3.client("sqs")
    client.create_queue(QueueName="executions", Attributes={"VisibilityTimeout": "120"})
    for name in ("callbacks", "dead-letters"):
        client.create_queue(QueueName=name)
    return client


@pytest.fixture
def queue(client: "SQSClient", settings: DispatcherSettings) -> SqsExecutionQueue:
    return SqsExecutionQueue(client, settings.queue_url, tenant_of=str)


@pytest.fixture
def performed() -> Performed:
    return Performed()


@pytest.fixture
def handle(
    client: "SQSClient",
    settings: DispatcherSettings,
    performed: Performed,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Handle]:
    """Take an event; the first imports the handler, as Lambda does.

    Not before, because Powertools keeps the standard output that it finds, and pytest has another
    one for the fixtures than for the test.
    """

    def with_performed(*arguments: Any) -> Dispatcher:
        built = BUILD_DISPATCHER(*arguments)
        consumer = SqsConsumer(client, settings.dead_letter_queue_url)
        callbacks = SqsExecutionQueue(client, settings.callback_queue_url, tenant_of=str)
        executions = [
            (arn, source)
            for arn, source in built.own_queues.items()
            if isinstance(source, ExecutionSource)
        ]
        return replace(
            built,
            perform=performed.perform,
            consumer=consumer,
            own_queues={
                arn: replace(own_queue, perform=perform, consumer=consumer, callbacks=callbacks)
                for (arn, own_queue), perform in zip(
                    executions, (performed.perform, performed.call_back), strict=True
                )
            },
        )

    monkeypatch.setattr(bootstrap, "build_dispatcher", with_performed)
    # Whichever test of a process is the first to handle an event would count a cold start.
    monkeypatch.setattr(f"{cold_start.__name__}.is_cold_start", False)
    loggers = [logging.getLogger(name) for name in ("isolambda_dispatcher", "isolambda_core")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield lambda event: importlib.import_module(HANDLER).handler(event, CONTEXT)
    sys.modules.pop(HANDLER, None)
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def message(number: int) -> QueuedExecution:
    return QueuedExecution("a" * 32, "f" * 32, f"{number:032x}", 1_800_000_000_000)


def received(client: "SQSClient", url: str) -> Event:
    """Receive all there is, as Lambda does and tells the handler."""
    answer = client.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return {
        "Records": [
            {
                "messageId": found["MessageId"],
                "receiptHandle": found["ReceiptHandle"],
                "body": found["Body"],
                "attributes": found["Attributes"],
                "messageAttributes": {},
                "md5OfBody": found["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{url.rpartition('/')[2]}",
                "awsRegion": "us-east-1",
            }
            for found in answer.get("Messages", [])
        ]
    }


def failed(*message_ids: str) -> Event:
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in message_ids]}


def ids(event: Event) -> dict[str, str]:
    """Return the message id of each execution."""
    return {execution_id(record["body"]): record["messageId"] for record in event["Records"]}


def execution_id(body: str) -> str:
    read = read_message(body)
    assert isinstance(read, QueuedExecution)
    return read.execution_id


def bodies(event: Event) -> list[str]:
    return [record["body"] for record in event["Records"]]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_message_is_performed_and_may_then_be_deleted(
    client: "SQSClient", queue: SqsExecutionQueue, performed: Performed, handle: Handle
) -> None:
    queue.send(message(1))

    assert handle(received(client, queue.queue_url)) == failed()
    assert performed.messages == [(message(1), 1)]


def test_the_count_of_receives_comes_with_a_message(
    client: "SQSClient", queue: SqsExecutionQueue, performed: Performed, handle: Handle
) -> None:
    queue.send(message(1))
    [first] = received(client, queue.queue_url)["Records"]
    client.change_message_visibility(
        QueueUrl=queue.queue_url, ReceiptHandle=first["receiptHandle"], VisibilityTimeout=0
    )

    handle(received(client, queue.queue_url))

    assert performed.messages == [(message(1), 2)]


def test_a_message_that_is_to_come_again_at_once_does(
    client: "SQSClient", queue: SqsExecutionQueue, performed: Performed, handle: Handle
) -> None:
    performed.dispositions[message(1).execution_id] = Retry()
    queue.send(message(1))
    event = received(client, queue.queue_url)

    answer = handle(event)

    assert answer == failed(event["Records"][0]["messageId"])
    assert bodies(received(client, queue.queue_url)) == bodies(event)


def test_a_message_that_is_to_wait_is_hidden_for_so_long_in_whole_seconds(
    client: "SQSClient", queue: SqsExecutionQueue, performed: Performed, handle: Handle
) -> None:
    performed.dispositions[message(1).execution_id] = AGAIN
    queue.send(message(1))
    event = received(client, queue.queue_url)
    asked = []
    client.meta.events.register(
        "provide-client-params.sqs.ChangeMessageVisibility",
        lambda params, **_: asked.append(params["VisibilityTimeout"]),
    )

    answer = handle(event)

    assert answer == failed(event["Records"][0]["messageId"])
    assert asked == [30]
    assert bodies(received(client, queue.queue_url)) == []


def test_a_dead_message_is_among_the_dead_letters_and_may_then_be_deleted(
    client: "SQSClient",
    queue: SqsExecutionQueue,
    settings: DispatcherSettings,
    performed: Performed,
    handle: Handle,
) -> None:
    performed.dispositions[message(1).execution_id] = SendToDlq()
    queue.send(message(1))
    event = received(client, queue.queue_url)

    assert handle(event) == failed()
    assert bodies(received(client, settings.dead_letter_queue_url)) == bodies(event)


def test_a_body_that_is_not_ours_is_among_the_dead_letters_and_nothing_is_performed(
    client: "SQSClient",
    settings: DispatcherSettings,
    performed: Performed,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client.send_message(QueueUrl=settings.queue_url, MessageBody='{"password":"hunter2"}')
    event = received(client, settings.queue_url)

    assert handle(event) == failed()
    assert performed.messages == []
    assert bodies(received(client, settings.dead_letter_queue_url)) == ['{"password":"hunter2"}']
    printed = lines(capsys)
    assert [line["message_id"] for line in printed if line.get("level") == "ERROR"] == [
        event["Records"][0]["messageId"]
    ]
    assert "hunter2" not in json.dumps(printed)


def test_a_message_that_cannot_be_buried_stays(
    client: "SQSClient",
    queue: SqsExecutionQueue,
    settings: DispatcherSettings,
    performed: Performed,
    handle: Handle,
) -> None:
    performed.dispositions[message(1).execution_id] = SendToDlq()
    queue.send(message(1))
    event = received(client, queue.queue_url)
    client.delete_queue(QueueUrl=settings.dead_letter_queue_url)

    assert handle(event) == failed(event["Records"][0]["messageId"])


def test_a_message_that_cannot_be_postponed_stays(
    client: "SQSClient", queue: SqsExecutionQueue, performed: Performed, handle: Handle
) -> None:
    performed.dispositions[message(1).execution_id] = AGAIN
    queue.send(message(1))
    event = received(client, queue.queue_url)
    event["Records"][0]["receiptHandle"] = "unknown"

    assert handle(event) == failed(event["Records"][0]["messageId"])


def test_each_message_of_a_batch_has_its_own_fate(
    client: "SQSClient",
    queue: SqsExecutionQueue,
    settings: DispatcherSettings,
    performed: Performed,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done, again, dead, broken, last = [message(number) for number in range(5)]
    performed.dispositions = {
        again.execution_id: AGAIN,
        dead.execution_id: SendToDlq(),
        broken.execution_id: KeyError("a bug"),
    }
    for one in (done, again, dead, broken, last):
        queue.send(one)
    client.send_message(QueueUrl=settings.queue_url, MessageBody="not ours")
    event = received(client, queue.queue_url)
    found = ids({"Records": event["Records"][:-1]})

    answer = handle(event)

    assert sorted(answer["batchItemFailures"], key=str) == sorted(
        failed(found[again.execution_id], found[broken.execution_id])["batchItemFailures"], key=str
    )
    dead_lettered = bodies(received(client, settings.dead_letter_queue_url))
    assert sorted(dead_lettered) == sorted([event["Records"][2]["body"], "not ours"])
    [metrics] = [line for line in lines(capsys) if "_aws" in line]
    names = ("Processed", "Retried", "DeadLettered", "Failed")
    assert [len(metrics[name]) for name in names] == [2, 1, 2, 1]


def test_a_bug_is_logged_with_its_message_and_another_disposition_is_not_an_error(
    client: "SQSClient",
    queue: SqsExecutionQueue,
    performed: Performed,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    performed.dispositions = {
        message(1).execution_id: KeyError("a bug"),
        message(2).execution_id: AGAIN,
    }
    queue.send(message(1))
    queue.send(message(2))
    event = received(client, queue.queue_url)

    handle(event)

    [error] = [line for line in lines(capsys) if line.get("level") in {"WARNING", "ERROR"}]
    assert ids(event)[message(1).execution_id] in error["message"]
    assert error["exception_name"] == "KeyError"


def test_a_message_is_one_line_of_the_log(
    client: "SQSClient",
    queue: SqsExecutionQueue,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    queue.send(message(1))

    handle(received(client, queue.queue_url))

    [line] = [line for line in lines(capsys) if "_aws" not in line]
    assert (line["execution_id"], line["account_id"]) == (message(1).execution_id, "a" * 32)
    assert (line["disposition"], line["receive_count"]) == ("done", 1)


def test_a_line_names_the_request_of_its_own_message_and_of_no_other(
    client: "SQSClient",
    queue: SqsExecutionQueue,
    performed: Performed,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    performed.requests = {message(number).execution_id: f"r{number}" for number in (1, 2)}
    lambdas = Context()  # this one may be left from another test
    for number in (1, 2, 3):
        queue.send(message(number))
        lambdas.run(handle, received(client, queue.queue_url))  # the threads are used again
    for number in (1, 2, 3):
        queue.send(message(number))
    lambdas.run(handle, received(client, queue.queue_url))

    named = [
        (line["execution_id"], line.get("correlation_id"))
        for line in lines(capsys)
        if "disposition" in line
    ]
    expected = [(message(number).execution_id, f"r{number}") for number in (1, 2)]
    assert sorted(named, key=str) == sorted(
        2 * [*expected, (message(3).execution_id, None)], key=str
    )


def test_no_source_no_input_and_no_result_is_in_any_line(
    client: "SQSClient",
    settings: DispatcherSettings,
    queue: SqsExecutionQueue,
    performed: Performed,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    clock, executor = SetClock(), ScriptedExecutor()
    error = ExecutionError("Error", "hunter2", "at hunter2")
    executor.ends(ExecutionResult("", Outcome.EXCEPTION, error=error))
    callbacks = RecordingCallbacks([CallbackFailedError("it answers 500")])
    with closing(open_store(None)) as store:
        store.accounts.add(Account("a" * 32, {"name": "hunter2", "enabled": True}, 1, 1))
        document = validated_function(
            {"name": "hunter2", "function_js": "throw hunter2", "attempts": 1}
        )
        store.functions.add(Function("a" * 32, "f" * 32, document, 1, 1, 1))
        services = services_on(store, clock, executor, executor, FakeEventSources())
        order = Invocation("a" * 32, "f" * 32, b'"hunter2"', origin=Origin("kazoo", "r1"))
        record = complete(
            services.invocations.submit(order, callback_url="https://example.com/hunter2")
        ).record
        failures = TriggerFailureService(store.triggers, services.triggers, lambda: None)
        performed.service = open_dispatch(
            store,
            SECRET,
            AesGcmSealer(SECRET),
            JsonSchemaChecker(),
            clock,
            executor,
            callbacks,
            failures,
            lease_s=0,
            budgets=open_budgets(store, store.queue, clock),
        )
        queue.send(replace(message(1), execution_id=record.id))

        handle(received(client, queue.queue_url))
        handle(received(client, settings.callback_queue_url))

    printed = lines(capsys)
    logged = [line for line in printed if "level" in line]
    assert len(executor.requests) == len(callbacks.posted) == 1
    assert {line["correlation_id"] for line in logged} == {"r1"}
    assert {line["level"] for line in logged} >= {"INFO", "WARNING"}
    assert "hunter2" not in json.dumps(printed)


def test_the_messages_of_the_largest_batch_are_performed_at_the_same_time(
    client: "SQSClient", queue: SqsExecutionQueue, performed: Performed, handle: Handle
) -> None:
    performed.together = Barrier(THREADS)  # which breaks, and fails all of them, if one stays away
    for number in range(THREADS):
        queue.send(message(number))

    assert handle(received(client, queue.queue_url)) == failed()


def test_a_missing_setting_stops_the_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEAD_LETTER_QUEUE_URL")

    with pytest.raises(ValueError, match="DEAD_LETTER_QUEUE_URL"):
        importlib.import_module(HANDLER)


@pytest.fixture
def store() -> DynamoDbStore:
    client = boto3.client("dynamodb")
    make_table(client, "functions")
    store = dynamodb.open_store("functions", client)
    store.accounts.add(Account("a" * 32, {"name": "n", "enabled": True}, 1, 1))
    document = validated_function({"name": "n", "function_js": "return 1", "attempts": 1})
    store.functions.add(Function("a" * 32, "f" * 32, document, 1, 1, 1))
    return store


def trigger_for(store: DynamoDbStore, **document: Any) -> Trigger:
    accepted = validated_trigger({"name": "n", **document})
    trigger = Trigger("a" * 32, "f" * 32, "7" * 32, accepted, 1, 1)
    store.triggers.add(trigger)
    return trigger


def metrics_of(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """Return how often each metric was counted."""
    [metrics] = [line for line in lines(capsys) if "_aws" in line]
    [metric_set] = metrics["_aws"]["CloudWatchMetrics"]
    return {metric["Name"]: len(metrics[metric["Name"]]) for metric in metric_set["Metrics"]}


def test_a_message_of_a_topic_goes_through_the_execution_queue(
    client: "SQSClient",
    store: DynamoDbStore,
    queue: SqsExecutionQueue,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = recorded("sns")
    trigger_for(store, type="topic", topic_arn=event["Records"][0]["Sns"]["TopicArn"])

    assert handle(event) == failed()

    [body] = bodies(received(client, queue.queue_url))
    message = read_message(body)
    assert isinstance(message, QueuedExecution)
    record = store.records.get("a" * 32, "f" * 32, message.execution_id)
    assert (record.trigger, record.event_id) == ("topic", "95df01b4-ee98-5cb9-9903-4c221d41eb5e")
    assert metrics_of(capsys) == {"TopicProcessed": 1}


@pytest.mark.usefixtures("store")
def test_a_message_of_a_topic_that_no_trigger_listens_to_is_counted_as_dropped(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert handle(recorded("sns")) == failed()

    assert metrics_of(capsys) == {"TopicDropped": 1}


def test_messages_of_a_queue_have_metrics_and_dead_letters_of_their_own(
    client: "SQSClient",
    store: DynamoDbStore,
    settings: DispatcherSettings,
    performed: Performed,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = client.create_queue(QueueName="orders")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:orders"
    trigger = trigger_for(store, type="queue", queue_arn=arn)
    dispositions: dict[str, Disposition] = {
        "done": Acknowledge(),
        "again": AGAIN,
        "dead": SendToDlq(),
    }
    for body in dispositions:
        client.send_message(QueueUrl=url, MessageBody=body)
    event = received(client, url)
    for record in event["Records"]:
        record["eventSourceARN"] = arn
        trigger_event = read_record(record)
        by_body = dispositions[record["body"]]
        performed.dispositions[execution_id_of(trigger.ref, trigger_event)] = by_body

    answer = handle(event)

    assert answer == failed(event["Records"][1]["messageId"])
    [dead_lettered] = bodies(received(client, settings.dead_letter_queue_url))
    assert isinstance(read_message(dead_lettered), QueuedExecution)
    assert metrics_of(capsys) == {"QueueProcessed": 1, "QueueRetried": 1, "QueueDeadLettered": 1}


def test_a_trigger_that_keeps_failing_is_disabled_and_raises_the_alarm(
    store: DynamoDbStore,
    handle: Handle,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "build_dispatcher", BUILD_DISPATCHER)
    function = store.functions.get("a" * 32, "f" * 32)
    disabled = replace(function, document={**function.document, "enabled": False}, revision=2)
    store.functions.replace(disabled, replace(disabled, revision=1))
    [like, _] = recorded("kinesis_stream")["Records"]
    arn = like["eventSourceARN"]
    trigger = trigger_for(store, type="stream", stream_arn=arn, starting_position="LATEST")

    answer = handle({"Records": [{**like, "eventID": f"shard:{n}"} for n in range(10)]})

    assert answer == failed()
    reason = store.triggers.get("a" * 32, "f" * 32, trigger.id).disable_reason
    assert reason == "10 failures in a row; the last: FunctionDisabled"
    assert metrics_of(capsys) == {"StreamDeadLettered": 10, "DisabledTriggers": 1}


def test_an_unknown_event_is_an_error_so_that_lambda_keeps_it(
    handle: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownEventError):
        handle({"Records": [{"eventSource": "aws:s3", "eventSourceARN": "hunter2"}]})

    printed = capsys.readouterr().out
    assert '"Failed":[1.0]' in printed
    assert "hunter2" not in printed
