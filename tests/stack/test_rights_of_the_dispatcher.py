"""DispatcherFunction works with each of its rights, and without it leaves its message in the queue.

Nothing takes from the queue here but the tests, which hand a message to the Lambda as Lambda's own
poller does. The rights that the poller uses in the Lambda's name are shown by a Lambda with the
same role. Of the rest, ministack does not evaluate the rights to write a log and to trace.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.adapters.dynamodb import keys
from isolambda_core.domain.queue.messages import ReconcileTrigger
from isolambda_core.domain.triggers.triggers import (
    TriggerRef,
    TriggerType,
)
from tests.stack.local_aws import REGION
from tests.stack.rights import ALLOWED, AS_MINISTACK_SAYS, NOT_EVALUATED, REFUSED, Call, Role
from tests.stack.stack import AWS_ACCOUNT, Stack
from tests.stack.trigger_rights import BIND, NOT_ASKED_TO_BIND, NOT_ASKED_TO_TAKE, TAKE
from tests.support.tenants import Tenant

KEPT_BY_THE_PROCESS = "ReadSecret secretsmanager:GetSecretValue"
NOWHERE = "https://nowhere.invalid/ended"
RANDOM = "return Array.from({length: 20000}, () => Math.random())"
EXECUTIONS, CALLBACKS, SHADOWS = "ExecutionQueue", "CallbackQueue", "ShadowQueue"
_QUEUES = (EXECUTIONS, CALLBACKS, SHADOWS)
_FAILURES = 6  # limits.DISABLE_AFTER_FAILURES


@dataclass(frozen=True)
class Letter:
    """A message of the queue, in hand, and where its execution is looked up."""

    execution_id: str
    location: str
    message: dict[str, Any]


@dataclass(frozen=True)
class Poller:
    """What Lambda's poller does, one message at a time."""

    stack: Stack
    tenant: Tenant

    def receive(
        self, execution_id: str, within_s: int = 5, queue_name: str = EXECUTIONS
    ) -> dict[str, Any] | None:
        """Return the message of an execution, if it comes within a time; others are let go of."""
        queue, url = self.stack.aws.client("sqs"), self.stack.resources[queue_name]
        while found := queue.receive_message(
            QueueUrl=url, AttributeNames=["All"], WaitTimeSeconds=within_s
        ).get("Messages"):
            message: dict[str, Any] = found[0]
            if execution_id in message["Body"]:
                return message
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return None

    def submit(
        self, function: str, call: object = None, headers: dict[str, str] | None = None
    ) -> Letter:
        """Ask for an execution, and take its message in hand."""
        url = f"{self.tenant.functions_url(function)}/execute"
        later = {"Prefer": "respond-async", **(headers or {})}
        with self.tenant.client() as client:
            answer = client.post(url, json={"data": call or {}}, headers=later)
        assert answer.status_code == 202, answer.text
        execution: str = answer.json()["data"]["execution_id"]
        message = self.receive(execution)
        assert message is not None
        return Letter(execution, answer.headers["location"], message)

    def is_done(self, letter: Letter, queue_name: str = EXECUTIONS) -> bool:
        """Hand a message to the Lambda, and tell whether it is not to come again."""
        name = self.stack.resources[queue_name].rpartition("/")[2]
        record = {
            "messageId": letter.message["MessageId"],
            "receiptHandle": letter.message["ReceiptHandle"],
            "body": letter.message["Body"],
            "attributes": letter.message["Attributes"],
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:{name}",
            "awsRegion": "us-east-1",
        }
        answer = self.stack.aws.client("lambda").invoke(
            FunctionName=self.stack.resources["DispatcherFunction"],
            Payload=json.dumps({"Records": [record]}),
        )
        response = json.load(answer["Payload"])
        assert "FunctionError" not in answer, response
        failures = response["batchItemFailures"]
        assert failures in ([], [{"itemIdentifier": record["messageId"]}])
        return not failures

    def look_up(self, letter: Letter) -> dict[str, Any]:
        with self.tenant.client() as client:
            found: dict[str, Any] = client.get(letter.location).raise_for_status().json()["data"]
        return found


@pytest.fixture(scope="module", autouse=True)
def _nothing_else_takes_from_the_queue(stack: Stack) -> Iterator[None]:
    functions = stack.aws.client("lambda")
    mappings = [
        one["UUID"]
        for one in functions.list_event_source_mappings()["EventSourceMappings"]
        if any(f"-{name}-" in one["EventSourceArn"] for name in _QUEUES)
    ]
    assert len(mappings) == len(_QUEUES)
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    for name in _QUEUES:
        stack.aws.client("sqs").purge_queue(QueueUrl=stack.resources[name])
    yield
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


@pytest.fixture
def role(stack: Stack) -> Role:
    return Role(stack, "DispatcherFunction")


@pytest.fixture
def poller(stack: Stack, tenant: Tenant) -> Poller:
    return Poller(stack, tenant)


def succeeds(poller: Poller, source: str = "return 1", call: object = None) -> bool:
    letter = poller.submit(poller.tenant.create(source), call)
    done = poller.is_done(letter)
    assert done == (poller.look_up(letter)["status"] == "succeeded")
    return done


def succeeds_with_a_long_input(poller: Poller) -> bool:
    return succeeds(poller, "return 1", {"text": "y" * 500_000})


def succeeds_with_a_long_result(poller: Poller) -> bool:
    return succeeds(poller, RANDOM)


def disables_what_keeps_failing(poller: Poller) -> bool:
    function = poller.tenant.create("throw new Error('no')", attempts=1)
    done = [poller.is_done(poller.submit(function)) for _ in range(_FAILURES)]
    with poller.tenant.client() as client:
        document = client.get(poller.tenant.functions_url(function)).json()["data"]
    assert done == [True] * (_FAILURES - 1) + [not document["enabled"]]
    return not document["enabled"]


def calls_back(poller: Poller) -> bool:
    function = poller.tenant.create("return 1")
    letter = poller.submit(function, headers={"X-Callback-URL": NOWHERE})
    assert poller.is_done(letter)
    message = poller.receive(letter.execution_id, queue_name=CALLBACKS)
    assert message is not None
    assert not poller.is_done(replace(letter, message=message), CALLBACKS)
    record = poller.look_up(letter)
    assert record["status"] == "succeeded"
    return bool(record["callback"]["attempts"])


def reports_what_a_shadow_finds(poller: Poller) -> bool:
    url = poller.tenant.functions_url(poller.tenant.create("return 1"))
    with poller.tenant.client() as client:
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        alias = {"version": 1, "shadow": 1}
        client.put(f"{url}/aliases/live", json={"data": alias}).raise_for_status()
        executed = client.post(f"{url}/execute", params={"qualifier": "live"}, json={"data": {}})
        execution: str = executed.json()["data"]["execution_id"]
        message = poller.receive(execution, queue_name=SHADOWS)
        assert message is not None
        assert poller.is_done(Letter(execution, "", message), SHADOWS)
        report = client.get(f"{url}/aliases/live/shadow").json()["data"]
    return bool(report["compared"])


def comes_again_soon(poller: Poller) -> bool:
    """What throws is attempted again after a second; else it is hidden for two minutes."""
    letter = poller.submit(poller.tenant.create("throw new Error('no')"))
    assert not poller.is_done(letter)
    assert poller.look_up(letter)["attempts"] == 1
    return poller.receive(letter.execution_id, within_s=2) is not None


def buries(poller: Poller) -> bool:
    letter = poller.submit(poller.tenant.create("throw new Error('no')", attempts=1))
    done = poller.is_done(letter)
    assert poller.look_up(letter)["status"] == "failed"
    return done


def a_trigger(poller: Poller) -> TriggerRef:
    """Make a trigger of a function of its own."""
    tenant = poller.tenant
    function = tenant.create("return 1")
    document = {"name": "n", "type": "event", "pattern": {"source": ["shop"]}}
    with tenant.client() as client:
        made = client.put(f"{tenant.functions_url(function)}/triggers", json={"data": document})
    trigger: str = made.raise_for_status().json()["data"]["id"]
    return TriggerRef(tenant.account_id, function, trigger, TriggerType.EVENT)


def removes_a_trigger_that_lost_its_function(poller: Poller) -> bool:
    stack, trigger = poller.stack, a_trigger(poller)
    function = keys.of_function(trigger.account_id, trigger.function_id)
    table = stack.resources["FunctionsTable"]
    stack.aws.client("dynamodb").delete_item(TableName=table, Key=function.attributes())
    body = dump_message(ReconcileTrigger(trigger, 1))
    url = stack.outputs["ExecutionQueueUrl"]
    stack.aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    message = poller.receive(trigger.trigger_id)
    assert message is not None
    return poller.is_done(Letter("", "", message))


def queues_what_a_rule_brings(poller: Poller) -> bool:
    trigger = a_trigger(poller)
    event = {"id": "e", "source": "shop", "detail-type": "sold", "detail": {}}
    response = {
        "isolambda": "event",
        "account_id": trigger.account_id,
        "function_id": trigger.function_id,
        "trigger_id": trigger.trigger_id,
        "event": {**event, "time": "2026-11-22T09:00:00Z"},
    }
    answer = poller.stack.aws.client("lambda").invoke(
        FunctionName=poller.stack.resources["DispatcherFunction"], Payload=json.dumps(response)
    )
    return "FunctionError" not in answer


PROBES: dict[str, Callable[[Poller], bool]] = {
    "ReadAndWriteTable dynamodb:GetItem": succeeds,
    "ReadAndWriteTable dynamodb:PutItem": disables_what_keeps_failing,
    "ReadAndWriteTable dynamodb:UpdateItem": succeeds,
    "ReadAndWriteTable dynamodb:BatchWriteItem": succeeds_with_a_long_result,
    "ReadAndWriteTable dynamodb:Query": succeeds_with_a_long_input,
    "ReadAndWriteTable dynamodb:ConditionCheckItem": reports_what_a_shadow_finds,
    KEPT_BY_THE_PROCESS: calls_back,
    "InvokeExecutor lambda:InvokeFunction": succeeds,
    "PollQueues sqs:ChangeMessageVisibility": comes_again_soon,
    "SendToDeadLetterQueue sqs:SendMessage": buries,
    "ReadAndWriteTable dynamodb:DeleteItem": removes_a_trigger_that_lost_its_function,
    "SendToQueues sqs:SendMessage": queues_what_a_rule_brings,
}
OF_THE_POLLER = {
    "PollQueues sqs:ReceiveMessage": ("receive_message", {}),
    "PollQueues sqs:DeleteMessage": ("delete_message", {"ReceiptHandle": "none"}),
    "PollQueues sqs:GetQueueAttributes": ("get_queue_attributes", {}),
}


@pytest.mark.parametrize("permission", PROBES)
def test_what_needs_a_right_is_left_undone_without_it_and_done_with_it(
    stack: Stack, role: Role, poller: Poller, permission: str
) -> None:
    with role.without(permission):
        if permission == KEPT_BY_THE_PROCESS:
            stack.aws.restart_lambda(stack.resources["DispatcherFunction"])
        without = PROBES[permission](poller)

    assert not without
    assert PROBES[permission](poller)


def test_what_was_left_undone_is_done_once_the_right_is_back(role: Role, poller: Poller) -> None:
    letter = poller.submit(poller.tenant.create("return 1"))
    with role.without("InvokeExecutor lambda:InvokeFunction"):
        assert not poller.is_done(letter)
    assert poller.look_up(letter)["status"] == "queued"

    assert poller.is_done(letter)
    assert poller.look_up(letter)["result"] == 1


@pytest.mark.parametrize("permission", OF_THE_POLLER)
def test_the_poller_takes_from_this_queue_in_the_name_of_the_role(
    stack: Stack, role: Role, permission: str
) -> None:
    operation, parameters = OF_THE_POLLER[permission]
    queue = {"QueueUrl": stack.outputs["ExecutionQueueUrl"]}
    call: Call = ("sqs", operation, {**queue, **parameters})

    with role.errand() as errand:
        with_it = errand.run(call=call)["call"]
        with role.without(permission):
            without = errand.run(call=call)["call"]

    assert with_it in {ALLOWED, "ReceiptHandleIsInvalid"}
    assert without in REFUSED


def test_a_right_of_the_template_has_a_probe_or_a_reason(role: Role) -> None:
    probed = PROBES.keys() | OF_THE_POLLER.keys() | BIND.keys() | TAKE.keys()
    not_asked = {AS_MINISTACK_SAYS, *NOT_EVALUATED, *NOT_ASKED_TO_BIND, *NOT_ASKED_TO_TAKE}
    assert role.permissions == probed | not_asked
