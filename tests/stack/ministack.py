"""The stack's rights, in the words of ministack where it evaluates a request otherwise than AWS.

It puts every schedule into the group ``default``, names rules of the default bus by that bus, and
targets of rules by the bus alone; it sees no topic and no table where tags are asked for, has an
action of its own for sending several messages, and knows none of the conditions that are ours.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.stack.local_aws import LocalAws

Statement = Mapping[str, Any]
_SEEN_NOWHERE = ("sns:ListTagsForResource", "dynamodb:ListTagsOfResource")


def translate_rights(aws: LocalAws, role: str) -> None:
    """Rewrite the policies of a role, so that ministack lets pass what AWS would."""
    iam = aws.client("iam")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        statements = [
            translated
            for statement in document["Statement"]
            for translated in _WORDS.get(statement["Sid"], _as_it_is)(statement)
        ]
        iam.put_role_policy(
            RoleName=role,
            PolicyName=name,
            PolicyDocument=json.dumps({**document, "Statement": statements}),
        )


def _as_it_is(statement: Statement) -> Iterator[Statement]:
    yield statement


def _unconditional(statement: Statement) -> Iterator[Statement]:
    yield {key: value for key, value in statement.items() if key != "Condition"}


def _in_default_group(statement: Statement) -> Iterator[Statement]:
    head, _, _ = statement["Resource"].partition(":schedule/")
    yield {**statement, "Resource": f"{head}:schedule/default/*"}


def _by_bus(statement: Statement) -> Iterator[Statement]:
    own, default = statement["Resource"]
    buses = [own.replace(":rule/", ":event-bus/").removesuffix("/*")]
    buses += [default.partition(":rule/")[0] + ":event-bus/default"]
    named = default.replace(":rule/", ":rule/default/")
    yield {**statement, "Resource": [own, named, *buses]}


def _tags_anywhere(statement: Statement) -> Iterator[Statement]:
    rest = [action for action in statement["Action"] if action not in _SEEN_NOWHERE]
    yield {**statement, "Action": rest}
    yield {**statement, "Action": list(_SEEN_NOWHERE), "Resource": "*"}


def _also_in_batches(statement: Statement) -> Iterator[Statement]:
    to_queues_of_triggers = isinstance(statement["Resource"], list)
    actions = ["sqs:SendMessage", "sqs:SendMessageBatch"]
    yield {**statement, "Action": actions} if to_queues_of_triggers else statement


_WORDS: dict[str, Callable[[Statement], Iterator[Statement]]] = {
    "ManageEventSourceMappings": _unconditional,
    "ManageRules": _by_bus,
    "ManageSchedules": _in_default_group,
    "DescribeEventSources": _tags_anywhere,
    "SendToQueues": _also_in_batches,
    "Subscribe": _unconditional,
}
"""What becomes of a statement, by its Sid."""
