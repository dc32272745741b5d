"""The queue of shadows, on moto's SQS: sent beside what the caller waits for."""

from collections.abc import Iterator
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters.aws.sqs_queue import client_config
from isolambda_core.adapters.aws.sqs_shadows import SqsShadowQueue
from isolambda_core.adapters.codecs.shadow_messages import read_shadow_message
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord, Status
from isolambda_core.domain.functions.aliases import Alias, Shadow, Target
from isolambda_core.domain.shadows.messages import QueuedShadow
from isolambda_core.domain.shadows.shadowed import Shadowed
from tests.support.aws import SESSION, emulation
from tests.support.clocks import SetClock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytestmark = pytest.mark.slow

ACCOUNT, FUNCTION, EXECUTION = "a" * 32, "f" * 32, "1" * 32
ALIAS = Alias(ACCOUNT, FUNCTION, "live", Target(1), "", 1, 1, revision=3, shadow=Shadow(1.0))
SHADOWED = Shadowed(
    ALIAS,
    ExecutionRecord(EXECUTION, ACCOUNT, FUNCTION, "1", "live", 1, "", "", Status.SUCCEEDED),
    ExecutionPayload(b"{}"),
    is_recorded=True,
)


@pytest.fixture
def client() -> Iterator["SQSClient"]:
    with emulation():
        yield SESSION.client("sqs", config=client_config())


def test_the_message_names_the_execution_and_the_alias_as_it_was(client: "SQSClient") -> None:
    url = client.create_queue(QueueName="shadows")["QueueUrl"]
    queue = SqsShadowQueue(client, url, lambda account: f"tenant-of-{account}", SetClock(5))

    queue.begin(SHADOWED)()

    [message] = client.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    sent = QueuedShadow(ACCOUNT, FUNCTION, EXECUTION, "live", 3, 5)
    assert read_shadow_message(message["Body"]) == sent
    assert message["Attributes"]["MessageGroupId"] == f"tenant-of-{ACCOUNT}"


def test_a_queue_that_is_not_there_changes_no_answer(client: "SQSClient") -> None:
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/gone"

    SqsShadowQueue(client, url, str, SetClock(5)).begin(SHADOWED)()


def test_it_is_sent_while_something_else_is_written() -> None:
    written = Event()

    class Waiting:
        def send_message(self, **_: object) -> None:
            assert written.wait(30)

    waiting: Any = Waiting()
    wait = SqsShadowQueue(waiting, "url", str, SetClock(5)).begin(SHADOWED)
    written.set()
    wait()


def test_where_there_is_no_room_for_a_thread_it_is_sent_after_the_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[object] = []

    class Noting:
        def send_message(self, **message: object) -> None:
            sent.append(message["MessageGroupId"])

    def full(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", full)
    noting: Any = Noting()
    wait = SqsShadowQueue(noting, "url", str, SetClock(5)).begin(SHADOWED)
    assert sent == []
    wait()

    assert sent == [ACCOUNT]
