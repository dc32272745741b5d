"""Each right that triggers are bound by lets its call pass, and nothing else does.

Both ApiFunction and DispatcherFunction bind triggers; a Lambda with the same role makes the calls.
Of those to poll a source, which Lambda makes in DispatcherFunction's name, ministack's own poller
asks for none. tests/stack/test_triggers.py shows that all of them together suffice.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from isolambda_core.adapters.event_sources.source_authorizer import TAG
from tests.stack.local_aws import REGION
from tests.stack.rights import REFUSED, Role
from tests.stack.sources import Sources
from tests.stack.stack import AWS_ACCOUNT, Stack
from tests.stack.trigger_rights import BIND, TAKE, MakeCall
from tests.support.aws import bound
from tests.support.tenants import Tenant, tenant_of


@pytest.fixture
def sources(stack: Stack, tenant: Tenant) -> Sources:
    """One of each, which are gone in the end."""
    made = Sources(stack, tenant.account_id)
    for make in (made.queue, made.topic, made.bucket, made.stream, made.table):
        make()
    return made


@pytest.fixture
def tenant(stack: Stack) -> Iterator[Tenant]:
    """An account that goes with all that it has."""
    made = tenant_of(stack)
    yield made
    with stack.client() as parent:
        parent.delete(f"/v2/accounts/{made.account_id}")


@pytest.mark.parametrize(
    ("function", "rights"),
    [("ApiFunction", BIND), ("DispatcherFunction", {**BIND, **TAKE})],
    ids=["api", "dispatcher"],
)
def test_each_right_lets_its_call_pass_and_nothing_else_does(
    stack: Stack, sources: Sources, function: str, rights: dict[str, MakeCall]
) -> None:
    role = Role(stack, function)
    calls = {right: make(sources) for right, make in rights.items()}

    with role.errand() as errand:
        codes = errand.run(**calls)
        without = {}
        for right, call in calls.items():
            with role.without(right):
                without[right] = errand.run(call=call)["call"]

    assert [right for right, code in codes.items() if code in REFUSED] == []
    assert [right for right, code in without.items() if code not in REFUSED] == []


NEEDED: dict[str, dict[str, Any]] = {
    "ManageSchedules scheduler:GetSchedule": {"type": "schedule", "schedule": "rate(1 hour)"},
    "ManageSchedules scheduler:CreateSchedule": {"type": "schedule", "schedule": "rate(1 hour)"},
    "ManageRules events:PutRule": {"type": "event", "pattern": {"source": ["shop"]}},
    "ManageRules events:PutTargets": {"type": "event", "pattern": {"source": ["shop"]}},
    "ManageTriggerQueues sqs:CreateQueue": {"type": "queue"},
    "ManageTriggerQueues sqs:SetQueueAttributes": {"type": "queue"},
    "ManageEventSourceMappings lambda:CreateEventSourceMapping": {"type": "queue"},
}


@pytest.mark.parametrize("right", NEEDED)
def test_without_a_right_a_trigger_is_refused_and_nothing_of_it_is_left(
    stack: Stack, tenant: Tenant, right: str
) -> None:
    account = Sources(stack, tenant.account_id)
    url = f"{tenant.functions_url(tenant.create('return 1'))}/triggers"
    asked = {"data": {"name": "n", **NEEDED[right]}}
    before = bound(account.clients, account.settings)

    with tenant.client() as client:
        with Role(stack, "ApiFunction").without(right):
            refused = client.put(url, json=asked)
        kept = client.get(url).json()["data"]
        after = bound(account.clients, account.settings)
        made = client.put(url, json=asked)

    # What another test made and removed may be gone only now.
    more = {kind: set(names) - set(before.get(kind, ())) for kind, names in after.items()}
    assert (refused.status_code, kept, set().union(*more.values())) == (503, [], set())
    assert "AccessDenied" not in refused.text
    assert made.status_code == 201, made.text


def test_what_the_operator_does_not_name_cannot_be_listened_to(
    stack: Stack, tenant: Tenant
) -> None:
    stack.aws.client("sqs").create_queue(QueueName="theirs", tags={TAG: tenant.account_id})
    arn = f"arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:theirs"
    url = f"{tenant.functions_url(tenant.create('return 1'))}/triggers"

    with tenant.client() as client:
        asked = {"data": {"name": "n", "type": "queue", "queue_arn": arn}}
        answer = client.put(url, json=asked)

    assert answer.status_code == 400
    assert "EventSourceArns" in answer.json()["data"]["queue_arn"]["error"]["message"]


def test_a_queue_of_another_account_cannot_be_listened_to(stack: Stack, sources: Sources) -> None:
    stranger = tenant_of(stack)
    url = f"{stranger.functions_url(stranger.create('return 1'))}/triggers"
    arn = f"arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:{sources.name}"

    with stranger.client() as client:
        asked = {"data": {"name": "n", "type": "queue", "queue_arn": arn}}
        answer = client.put(url, json=asked)

    assert answer.status_code == 400
    assert TAG in answer.json()["data"]["queue_arn"]["error"]["message"]
