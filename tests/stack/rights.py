"""The rights of a Lambda's role, each of which can be taken away for a while."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.stack.stack import Stack

_ERRAND = '''
from functools import cache

import boto3
from botocore.exceptions import ClientError


def handler(event, context):
    """Say of each call whether AWS took it, or with which code it refused."""
    return {name: _attempt(*call) for name, call in event.items()}


def _attempt(service, operation, parameters):
    try:
        getattr(_client(service), operation)(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


@cache
def _client(service):
    return boto3.client(service)
'''

Call = tuple[str, str, Mapping[str, Any]]
"""A service, an operation as boto3 has it, and its parameters."""
REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
ALLOWED = "allowed"
AS_MINISTACK_SAYS = "SendToQueues sqs:SendMessageBatch"
"""AWS asks for sqs:SendMessage alone."""
NOT_EVALUATED = {
    "WriteOwnLog logs:CreateLogStream",
    "WriteOwnLog logs:PutLogEvents",
    "Trace xray:PutTraceSegments",
    "Trace xray:PutTelemetryRecords",
}
"""What ministack does itself, or has not: it writes a Lambda's log, and knows no X-Ray."""


@dataclass(frozen=True)
class Role:
    """The role that a Lambda of the stack takes on, ``{function}Role`` in the template."""

    stack: Stack
    function: str

    @property
    def name(self) -> str:
        return self.stack.resources[f"{self.function}Role"]

    @property
    def permissions(self) -> set[str]:
        """``"{Sid} {action}"`` of all that it may do."""
        return {
            f"{statement['Sid']} {action}"
            for document in self._policies().values()
            for statement in document["Statement"]
            for action in _actions(statement)
        }

    @contextmanager
    def without(self, permission: str) -> Iterator[None]:
        """Take one permission away, and give it back in the end."""
        having = {
            name: document
            for name, document in self._policies().items()
            if document != _less(document, permission)
        }
        assert having
        self._put({name: _less(document, permission) for name, document in having.items()})
        try:
            yield
        finally:
            self._put(having)

    @contextmanager
    def errand(self) -> Iterator["Errand"]:
        """Make a Lambda that has this role, and calls what its event names."""
        functions = self.stack.aws.client("lambda")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("errand.py", _ERRAND)
        name = f"errand-{self.function}"
        role = self.stack.aws.client("iam").get_role(RoleName=self.name)["Role"]
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="errand.handler",
            Role=role["Arn"],
            Code={"ZipFile": packed.getvalue()},
            Timeout=30,
        )
        try:
            yield Errand(functions, name)
        finally:
            functions.delete_function(FunctionName=name)

    def _policies(self) -> dict[str, Any]:
        iam = self.stack.aws.client("iam")
        names = iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        return {
            name: iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
            for name in names
        }

    def _put(self, policies: Mapping[str, Any]) -> None:
        iam = self.stack.aws.client("iam")
        for name, document in policies.items():
            iam.put_role_policy(
                RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(document)
            )


@dataclass(frozen=True)
class Errand:
    """Calls AWS with the role."""

    functions: Any
    name: str

    def run(self, **calls: Call) -> dict[str, str]:
        """Return of each call ``"allowed"``, or the code of the refusal."""
        answer = self.functions.invoke(FunctionName=self.name, Payload=json.dumps(calls))
        codes: dict[str, str] = json.load(answer["Payload"])
        assert "FunctionError" not in answer, codes
        return codes


def _actions(statement: Mapping[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def _less(document: Any, permission: str) -> Any:
    sid, action = permission.split()
    left = deepcopy(document)
    for statement in left["Statement"]:
        if statement["Sid"] == sid:
            statement["Action"] = [one for one in _actions(statement) if one != action]
    left["Statement"] = [statement for statement in left["Statement"] if statement["Action"]]
    return left
