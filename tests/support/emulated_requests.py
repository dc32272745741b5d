"""How a request reaches moto's DynamoDB: without a request of an HTTP server made of it."""

import math
import re
import secrets
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto import settings
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.utils import utcnow
from moto.dynamodb.responses import DynamoHandler
from moto.iam.models import mark_account_as_visited
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

_ADDRESS: Final = re.compile(r"https://dynamodb\.([a-z0-9-]+)\.amazonaws\.com/")
_TARGET: Final = "DynamoDB_20120810."
_by_http = BotocoreStubber.process_request


class _Request(NamedTuple):
    """What moto parses the parameters of."""

    method: str
    headers: Any
    data: bytes
    values: dict[str, str]
    path: str
    content_type: str


def hand_over_requests(patch: pytest.MonkeyPatch) -> None:
    """Hand the requests for DynamoDB to moto's handler, whose work is what it was."""
    patch.setattr(BotocoreStubber, "process_request", _process_request)
    patch.setattr(DynamoHandler, "_enrich_response", staticmethod(_with_request_id))


@cache
def _region_of(url: str) -> str | None:
    found = _ADDRESS.fullmatch(url)
    return found and found[1]


def _process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
    if math.inf > settings.INITIAL_NO_AUTH_ACTION_COUNT:  # rights are looked at, by the signature
        return _by_http(stubber, request)
    region = _region_of(request.url)
    headers = HeadersDict({name: _text(value) for name, value in request.headers.items()})
    if region is None or not headers.get("X-Amz-Target", "").startswith(_TARGET):
        return _by_http(stubber, request)
    try:
        return _handler_of(request, headers, region).call_action()
    except HTTPException as error:
        return error.code, dict(error.get_headers()), error.get_body()


def _handler_of(request: AWSPreparedRequest, headers: Any, region: str) -> DynamoHandler:
    handler: Any = DynamoHandler()
    body: Any = request.body
    handler.uri, handler.method, handler.path, handler.raw_path = request.url, "POST", "/", "/"
    handler.region, handler.partition = region, get_partition(region)
    handler.headers, handler.raw_body = headers, body
    handler.querystring = handler.data = handler.uri_match = {}
    handler.response_headers = {"server": "amazon.com", "date": http_date(utcnow())}
    handler.parse_parameters(
        _Request("POST", headers, body, {}, "/", headers.get("Content-Type", ""))
    )
    handler.access_key = handler.get_access_key()
    handler.current_account = handler.get_current_account()
    mark_account_as_visited(
        account_id=handler.current_account,
        access_key=handler.access_key,
        service=handler.service_name,
        region=region,
    )
    found: DynamoHandler = handler
    return found


def _with_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """Return the headers with a request's id, and the JSON, in which moto looks for XML's tags."""
    if "status" in headers:
        headers["status"] = str(headers["status"])
    headers["x-amzn-requestid"] = secrets.token_hex(26).upper()
    return headers, body


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
