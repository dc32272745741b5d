"""One client of DynamoDB for the two that the product has: its own, and boto3's."""

import json
from threading import local
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from moto.core.models import botocore_stubber
from typing_extensions import override

from isolambda_core.adapters.aws.signed_clients import SignedDynamoDb
from tests.support.aws import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient


class _Sent(NamedTuple):
    """What the product's client has sent, and what it was answered."""

    path: str
    headers: "Mapping[str, str]"
    body: bytes
    answer: AWSResponse


class BothClients(SignedDynamoDb):
    """Makes each call by the product's client, and has boto3 make it again, with the same answer.

    Both must send the same, and return or raise the same. So what a test sees through the one it
    would see through the other. What only boto3 makes, it makes once. boto3 does not make a call
    again of the same form as an earlier one: the same operation, fields, and types, from what is
    sent to what comes back.
    """

    def __init__(self, client: "DynamoDBClient", forms: "set[Hashable]") -> None:
        """Add to ``forms`` those of the calls that both have made."""
        super().__init__(client)
        self.compared: list[str] = []
        """The operations that both have made, in their order."""
        self._boto3 = SESSION.client("dynamodb")
        self._forms = forms
        self._call_of_thread = local()
        hooks: Any = self._boto3.meta.events
        hooks.unregister("before-send", botocore_stubber)
        hooks.register("before-send.dynamodb", self._answer_again)

    @override
    def _send(
        self, operation: str, path: str, headers: "Mapping[str, str]", body: bytes
    ) -> AWSResponse:
        answer = super()._send(operation, path, headers, body)
        self._call_of_thread.sent = _Sent(path, headers, body, answer)
        return answer

    @override
    def _call(
        self, operation: str, by_boto3: "Callable[..., Any]", request: "Mapping[str, Any]"
    ) -> Any:
        left_to_boto3: list[object] = []

        def leave(**same: Any) -> Any:
            left_to_boto3.append(same)
            return by_boto3(**same)

        call = super()._call
        try:
            returned = call(operation, leave, request)
        except ClientError as error:
            if not left_to_boto3:
                self._compare(operation, by_boto3.__name__, request, error)
            raise
        if not left_to_boto3:
            self._compare(operation, by_boto3.__name__, request, returned)
        return returned

    def _compare(
        self, operation: str, name: str, request: "Mapping[str, Any]", outcome: Any
    ) -> None:
        seen = _seen(outcome)
        form = (operation, _form(request), _form(seen))
        if form in self._forms:
            return
        make_again = getattr(self._boto3, name)
        try:
            again = make_again(**request)
        except ClientError as error:
            again = error
        assert _seen(again) == seen
        self._forms.add(form)
        self.compared.append(operation)

    def _answer_again(self, request: Any, **_: object) -> AWSResponse:
        """Give boto3 the answer to what was sent, if it sends the same."""
        sent: _Sent = self._call_of_thread.sent
        assert request.method == "POST"
        assert urlsplit(request.url).path == sent.path
        assert json.loads(request.body) == json.loads(sent.body)
        for header, value in sent.headers.items():
            found = request.headers[header]
            assert (found.decode() if isinstance(found, bytes) else found) == value
        return sent.answer


def _seen(outcome: Any) -> Any:
    """Return what the product sees of what was returned or raised."""
    if isinstance(outcome, ClientError):
        return outcome.operation_name, _without_metadata(outcome.response)
    return _without_metadata(outcome)


def _without_metadata(answer: "Mapping[str, Any]") -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _form(value: Any) -> "Hashable":
    """Return a value's fields and types, and of a text whether it needs more than ASCII."""
    match value:
        case dict():
            return tuple((name, _form(field)) for name, field in sorted(value.items()))
        case list() | tuple():
            return (type(value), *dict.fromkeys(map(_form, value)))
        case str():
            return str, bool(value), value.isascii()
        case bytes():
            return bytes, bool(value)
    kind: type = type(value)
    return kind
