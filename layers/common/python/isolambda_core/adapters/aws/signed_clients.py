"""Make the calls of each execution without boto3's own work, which takes longer than all else.

Each class stands for boto3's client of its service: the calls that it has take and return the same,
and raise the same errors; all others are boto3's. Credentials, region, endpoint, timeouts and the
kept connections are those of boto3's client, whose signer and HTTP session send the requests. In a
traced invocation boto3 makes every call, because X-Ray sees no other.
"""

import io
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from isolambda_core.adapters.aws.tracing import is_traced, trace_header

_OK = range(200, 300)
_REFUSED = "ConditionalCheckFailedException"


class _SignedClient:
    """Signs and sends one request; has no second try."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._model = client.meta.service_model
        self._service = self._model.service_name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _send(
        self, operation: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> AWSResponse:
        meta = self._client.meta
        url = f"{meta.endpoint_url.rstrip('/')}{path}"
        request = AWSRequest("POST", url, dict(headers), body)
        trace = trace_header()
        if trace is not None:
            request.headers["X-Amzn-Trace-Id"] = trace
        signer = self._client._request_signer
        signer.get_auth_instance(signer.signing_name, signer.region_name, "v4").add_auth(request)
        prepared = request.prepare()
        # As botocore does: an emulation answers here.
        event = f"before-send.{self._service}.{operation}"
        _, answer = meta.events.emit_until_response(event, request=prepared)
        found: AWSResponse = answer or self._client._endpoint.http_session.send(prepared)
        return found

    def _error(self, operation: str, answer: AWSResponse) -> ClientError:
        """Return what boto3 raises for an answer."""
        described = {
            "headers": answer.headers,
            "status_code": answer.status_code,
            "body": answer.content,
            "context": {"operation_name": operation},
        }
        parse = self._client._response_parser.parse
        parsed = parse(described, self._model.operation_model(operation).output_shape)
        shape = self._model.shape_for_error_code(parsed["Error"]["Code"])
        if shape is not None:  # what this error says besides code and message
            parsed |= parse(described, shape)
        return ClientError(parsed, operation)


class SignedDynamoDb(_SignedClient):
    """Stands for a client of DynamoDB; the items have no sets of binaries.

    Only what succeeds, and a condition that does not hold, is answered by it. After anything else
    boto3 makes the call again, tries as often as it is configured to, and raises what it raises.
    """

    def get_item(self, **request: Any) -> Any:
        """Read an item."""
        return self._call("GetItem", self._client.get_item, request)

    def update_item(self, **request: Any) -> Any:
        """Change an item."""
        return self._call("UpdateItem", self._client.update_item, request)

    def _call(
        self, operation: str, by_boto3: Callable[..., Any], request: Mapping[str, Any]
    ) -> Any:
        if is_traced():
            return by_boto3(**request)
        headers = {
            "Content-Type": f"application/x-amz-json-{self._model.metadata['jsonVersion']}",
            "X-Amz-Target": f"{self._model.metadata['targetPrefix']}.{operation}",
        }
        body = json.dumps(request, separators=(",", ":"), default=_base64).encode()
        try:
            answer = self._send(operation, "/", headers, body)
        except (NoConnectionError, HTTPClientError):
            return by_boto3(**request)
        if answer.status_code in _OK and _is_whole(answer):
            return json.loads(answer.content, object_hook=_with_bytes)
        if _REFUSED.encode() in answer.content:
            error = self._error(operation, answer)
            if error.response["Error"]["Code"] == _REFUSED:
                raise error
        return by_boto3(**request)


class SignedLambda(_SignedClient):
    """Stands for a client of Lambda that tries a call once, see ``lambda_executor``."""

    def invoke(self, **request: Any) -> Any:
        """Invoke a function and wait for its answer."""
        if is_traced():
            return self._client.invoke(**request)
        name = quote(request["FunctionName"], safe="")
        headers = {"X-Amz-Invocation-Type": request["InvocationType"]}
        if "TenantId" in request:
            headers["X-Amz-Tenant-Id"] = request["TenantId"]
        path = f"/2015-03-31/functions/{name}/invocations"
        answer = self._send("Invoke", path, headers, request["Payload"])
        if answer.status_code not in _OK:
            raise self._error("Invoke", answer)
        failed = answer.headers.get("X-Amz-Function-Error")
        invoked = {"StatusCode": answer.status_code, "Payload": io.BytesIO(answer.content)}
        return invoked if failed is None else {**invoked, "FunctionError": failed}


def _is_whole(answer: AWSResponse) -> bool:
    expected = answer.headers.get("x-amz-crc32")
    return expected is None or int(expected) == zlib.crc32(answer.content)


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value))


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    # An attribute may be called B as well, but then it is an object.
    text = value.get("B")
    return {"B": b64decode(text)} if isinstance(text, str) and len(value) == 1 else value
