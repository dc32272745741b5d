"""Every kind of event source runs a function on the local AWS, and nothing else does.

Of schedules, and of messages that fail, tests/end_to_end/test_triggers.py says it, there too.
What is not to run is sent before what is; once the latter has run, the former would have, too.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.stack.sources import Sources
from tests.stack.stack import Stack
from tests.support.aws import bound
from tests.support.tenants import Tenant, tenant_of
from tests.support.waiting import eventually

_ENDED = ("succeeded", "failed")


@dataclass(frozen=True)
class Bound:
    """A function, and a trigger of it."""

    tenant: Tenant
    function: str
    trigger: dict[str, Any]

    @property
    def url(self) -> str:
        return f"{self.tenant.functions_url(self.function)}/triggers/{self.trigger['id']}"

    def attempts(self, count: int) -> list[dict[str, Any]]:
        """Ask until so many executions have ended, and return them whole, the oldest first."""
        executions = f"{self.tenant.functions_url(self.function)}/executions"
        with self.tenant.client() as client:

            def look() -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = (
                    client.get(f"{self.url}/attempts").raise_for_status().json()["data"]
                )
                return found if sum(one["status"] in _ENDED for one in found) >= count else []

            found = eventually(look)
            ids = [record["execution_id"] for record in reversed(found)]
            return [client.get(f"{executions}/{id_}").json()["data"] for id_ in ids]

    def calls(self, count: int) -> list[dict[str, Any]]:
        """Return the input of each execution."""
        return [record["input"] for record in self.attempts(count)]


@pytest.fixture
def tenant(stack: Stack) -> Iterator[Tenant]:
    """An account that goes with all that it has."""
    made = tenant_of(stack)
    yield made
    with stack.client() as parent:
        parent.delete(f"/v2/accounts/{made.account_id}")


@pytest.fixture
def sources(stack: Stack, tenant: Tenant) -> Sources:
    return Sources(stack, tenant.account_id)


def bind(tenant: Tenant, source: str = "return call", attempts: int = 1, **document: Any) -> Bound:
    function = tenant.create(source, record="all", attempts=attempts)
    with tenant.client() as client:
        answer = client.put(
            f"{tenant.functions_url(function)}/triggers",
            json={"data": {"name": "under test", **document}},
        )
    assert answer.status_code == 201, answer.text
    return Bound(tenant, function, answer.json()["data"])


def publish(tenant: Tenant, *events: tuple[str, Any]) -> None:
    entries = [
        {"source": source, "detail_type": "sold", "detail": detail} for source, detail in events
    ]
    with tenant.client() as client:
        answer = client.put(
            f"/v2/accounts/{tenant.account_id}/events", json={"data": {"events": entries}}
        )
    assert answer.status_code == 202, answer.text
    assert None not in answer.json()["data"]["ids"]


def test_a_rule_matches_what_its_own_account_publishes_and_nothing_else(
    stack: Stack, tenant: Tenant
) -> None:
    trigger = bind(
        tenant, type="event", pattern={"source": ["shop"], "detail": {"n": [{"numeric": [">", 5]}]}}
    )

    publish(tenant_of(stack), ("shop", {"n": 9}))
    publish(tenant, ("till", {"n": 9}), ("shop", {"n": 5}), ("shop", {"n": 6}))

    [call] = trigger.calls(1)
    assert (call["source"], call["detail-type"], call["detail"]) == ("shop", "sold", {"n": 6})


def test_what_throws_is_brought_back_by_its_queue(tenant: Tenant) -> None:
    trigger = bind(tenant, "throw new Error('no')", attempts=2, type="queue")

    with tenant.client() as client:
        client.put(f"{trigger.url}/messages", json={"data": {"messages": ["once"]}})

    [record] = trigger.attempts(1)
    assert (record["status"], record["attempts"]) == ("failed", 2)


def test_a_queue_of_ones_own_runs_a_function(tenant: Tenant, sources: Sources) -> None:
    trigger = bind(tenant, type="queue", queue_arn=sources.queue())
    sqs = sources.clients.sqs
    url = sqs.get_queue_url(QueueName=sources.name)["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="an order")

    [call] = trigger.calls(1)
    assert call["body"] == "an order"


def test_messages_of_a_group_run_a_function_in_their_order(
    tenant: Tenant, sources: Sources
) -> None:
    trigger = bind(tenant, type="queue", queue_arn=sources.queue(fifo=True))
    sqs = sources.clients.sqs
    url = sqs.get_queue_url(QueueName=f"{sources.name}.fifo")["QueueUrl"]

    for n in range(5):
        sqs.send_message(
            QueueUrl=url, MessageBody=str(n), MessageGroupId="g", MessageDeduplicationId=str(n)
        )

    ended = sorted(trigger.attempts(5), key=lambda record: int(record["ended_ms"]))
    assert [record["input"]["body"] for record in ended] == ["0", "1", "2", "3", "4"]


def test_an_object_runs_a_function_if_prefix_and_suffix_are_right(
    tenant: Tenant, sources: Sources
) -> None:
    trigger = bind(tenant, type="bucket", bucket=sources.bucket(), prefix="in/", suffix=".csv")

    for key in ("in/a.txt", "out/a.csv", "in.csv", "in/a.csv"):
        sources.clients.s3.put_object(Bucket=sources.name, Key=key, Body=b"1,2")

    [call] = trigger.calls(1)
    assert (call["event"], call["bucket"], call["key"]) == ("created", sources.name, "in/a.csv")
    assert call["size"] == 3


def test_an_object_that_is_removed_runs_a_function_if_asked(
    tenant: Tenant, sources: Sources
) -> None:
    trigger = bind(tenant, type="bucket", bucket=sources.bucket(), events=["removed"])

    sources.clients.s3.put_object(Bucket=sources.name, Key="a", Body=b"1")
    sources.clients.s3.delete_object(Bucket=sources.name, Key="a")

    [call] = trigger.calls(1)
    assert (call["event"], call["key"]) == ("removed", "a")


def test_a_topic_runs_a_function(tenant: Tenant, sources: Sources) -> None:
    topic = sources.topic()
    trigger = bind(tenant, type="topic", topic_arn=topic)

    # Without attributes ministack leaves out what SNS then sends empty.
    sources.clients.sns.publish(
        TopicArn=topic,
        Message="news",
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}},
    )

    [call] = trigger.calls(1)
    assert (call["message"], call["attributes"]) == ("news", {"colour": "red"})


def test_changes_of_a_table_run_a_function_in_their_order(tenant: Tenant, sources: Sources) -> None:
    trigger = bind(
        tenant, type="stream", stream_arn=sources.table(), starting_position="TRIM_HORIZON"
    )

    for n in range(5):
        item: Any = {"pk": {"S": "a"}, "n": {"N": str(n)}}
        sources.clients.dynamodb.put_item(TableName=sources.name, Item=item)

    ended = sorted(trigger.attempts(5), key=lambda record: int(record["ended_ms"]))
    calls = [record["input"] for record in ended]
    assert [call["new"]["n"] for call in calls] == [0, 1, 2, 3, 4]
    assert [call["event"] for call in calls] == ["insert"] + ["modify"] * 4


def test_records_of_a_stream_run_a_function_in_their_order(
    tenant: Tenant, sources: Sources
) -> None:
    stream = sources.stream()
    trigger = bind(tenant, type="stream", stream_arn=stream, starting_position="TRIM_HORIZON")

    for n in range(5):
        sources.clients.kinesis.put_record(
            StreamName=sources.name, Data=str(n).encode(), PartitionKey="p"
        )

    ended = sorted(trigger.attempts(5), key=lambda record: int(record["ended_ms"]))
    assert [record["input"]["data"] for record in ended] == ["MA==", "MQ==", "Mg==", "Mw==", "NA=="]


def test_a_webhook_with_a_wrong_signature_runs_nothing(stack: Stack, tenant: Tenant) -> None:
    secret = "it is a secret"  # noqa: S105 - of this test alone
    trigger = bind(tenant, type="webhook", signature="github", secret=secret)
    path = httpx2.URL(trigger.trigger["_read_only"]["url"]).path
    body = b'{"n": 1}'
    signature = hmac.digest(secret.encode(), body, "sha256").hex()

    with stack.client(Accept="*/*") as anybody:
        answers = [
            anybody.post(path, content=sent, headers={"X-Hub-Signature-256": f"sha256={signature}"})
            for sent in (b'{"n": 2}', body, body)
        ]

    assert [answer.status_code for answer in answers] == [401, 202, 200]
    [call] = trigger.calls(1)
    assert call["body"] == '{"n": 1}'


def test_a_disabled_trigger_runs_nothing_until_it_is_enabled(tenant: Tenant) -> None:
    trigger = bind(tenant, type="event", pattern={"source": ["shop"]}, enabled=False)

    publish(tenant, ("shop", {"n": 1}))
    with tenant.client() as client:
        client.patch(trigger.url, json={"data": {"enabled": True}}).raise_for_status()
    publish(tenant, ("shop", {"n": 2}))

    [call] = trigger.calls(1)
    assert call["detail"] == {"n": 2}


@pytest.mark.parametrize("what", ["the function", "the account"])
def test_whatever_goes_takes_its_triggers_with_it_everywhere(
    tenant: Tenant, sources: Sources, what: str
) -> None:
    function = tenant.create("return 1")
    url = tenant.functions_url(function)
    before = bound(sources.clients, sources.settings)

    with tenant.host.client() as client:
        for document in everything(sources):
            made = client.put(f"{url}/triggers", json={"data": {"name": "one of all", **document}})
            assert made.status_code == 201, made.text
        between = bound(sources.clients, sources.settings)
        gone = url if what == "the function" else f"/v2/accounts/{tenant.account_id}"
        client.delete(gone).raise_for_status()

    assert {kind: len(names) - len(before.get(kind, [])) for kind, names in between.items()} == {
        "schedules": 1,
        "rules": 2,
        "mappings": 4,
        "subscriptions": 1,
        "queues": 1,
    }
    assert bound(sources.clients, sources.settings) == before


def everything(sources: Sources) -> list[dict[str, Any]]:
    """Return a document for each thing that a function can listen to."""
    return [
        {"type": "schedule", "schedule": "rate(1 hour)"},
        {"type": "event", "pattern": {"source": ["shop"]}},
        {"type": "queue"},
        {"type": "queue", "queue_arn": sources.queue()},
        {"type": "bucket", "bucket": sources.bucket()},
        {"type": "stream", "stream_arn": sources.table()},
        {"type": "stream", "stream_arn": sources.stream()},
        {"type": "topic", "topic_arn": sources.topic()},
        {"type": "webhook"},
    ]
