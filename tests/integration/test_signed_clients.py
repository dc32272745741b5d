"""The signed clients send what boto3 sends, and raise what boto3 raises."""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from typing_extensions import override

from isolambda_core.adapters.aws.signed_clients import SignedDynamoDb, SignedLambda

pytestmark = pytest.mark.slow

KEY = {"pk": {"S": "a"}, "sk": {"B": b"\xff"}}
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:executor:live"
INVOCATION = {
    "FunctionName": ARN,
    "InvocationType": "RequestResponse",
    "Payload": b'{"a":1}',
    "TenantId": "t1",
}


@dataclass
class Sent:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Service:
    """An endpoint of AWS, which gives its ``answers`` in turn and then ``{}``; None hangs up."""

    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    answers: list[tuple[int, Mapping[str, str], bytes] | None] = field(default_factory=list)

    def will_fail(self, status: int, code: str, **more: object) -> None:
        """Let the next answer be an error of DynamoDB or Lambda."""
        body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "no", **more}).encode()
        self.answers.append((status, {"x-amzn-errortype": code}, body))


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.sent.append(Sent(self.path, headers, body))
            answer = service.answers.pop(0) if service.answers else (200, {}, b"{}")
            if answer is None:
                self.close_connection = True
                return
            status, more, content = answer
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield service
        server.shutdown()


def client_of(name: str, service: Service, tries: int) -> Any:
    session = boto3.Session("id", "secret", "token", region_name="eu-west-1")
    config = Config(read_timeout=20, retries={"mode": "standard", "total_max_attempts": tries})
    make: Any = session.client
    return make(name, endpoint_url=service.url, config=config)


@pytest.fixture
def dynamodb(service: Service) -> Iterator[Any]:
    with closing(client_of("dynamodb", service, 2)) as client:
        yield client


@pytest.fixture
def functions(service: Service) -> Iterator[Any]:
    with closing(client_of("lambda", service, 1)) as client:
        yield client


def assert_signed(sent: Sent, service: Service, name: str) -> None:
    """Check a signature as AWS does: by signing again what came in."""
    authorization = sent.headers["authorization"]
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token"} <= set(signed)
    names = [one for one in signed if one not in ("x-amz-date", "x-amz-security-token")]
    request = AWSRequest(
        "POST", service.url + sent.path, {one: sent.headers[one] for one in names}, sent.body
    )
    request.context["timestamp"] = sent.headers["x-amz-date"]
    auth = SigV4Auth(Credentials("id", "secret", "token"), name, "eu-west-1")
    request.headers["X-Amz-Date"] = sent.headers["x-amz-date"]
    request.headers["X-Amz-Security-Token"] = "token"
    wanted = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert authorization.rpartition("Signature=")[2] == wanted


def test_a_read_is_what_boto3_sends_and_signed(service: Service, dynamodb: Any) -> None:
    read = {"TableName": "t", "Key": KEY, "ConsistentRead": True}
    found = b'{"Item":{"B":{"S":"text"},"source":{"B":"/w=="},"map":{"M":{"x":{"B":"/w=="}}}}}'
    service.answers = [(200, {}, found)] * 2

    items = [each.get_item(**read)["Item"] for each in (dynamodb, SignedDynamoDb(dynamodb))]

    by_boto3, by_signer = service.sent
    assert items[0] == items[1]
    assert items[1]["source"] == {"B": b"\xff"}
    assert json.loads(by_boto3.body) == json.loads(by_signer.body)
    assert by_boto3.path == by_signer.path
    for name in ("x-amz-target", "content-type", "x-amz-security-token", "host"):
        assert by_boto3.headers[name] == by_signer.headers[name]
    assert_signed(by_signer, service, "dynamodb")


def test_an_invocation_is_what_boto3_sends_and_signed(
    service: Service, functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a9;Sampled=0")
    service.answers = [(200, {"X-Amz-Function-Error": "Unhandled"}, b'{"b":2}')] * 2

    answers = [each.invoke(**INVOCATION) for each in (functions, SignedLambda(functions))]

    by_boto3, by_signer = service.sent
    assert [answer["Payload"].read() for answer in answers] == [b'{"b":2}'] * 2
    assert [answer["FunctionError"] for answer in answers] == ["Unhandled"] * 2
    assert [answer["StatusCode"] for answer in answers] == [200] * 2
    assert (by_boto3.path, by_boto3.body) == (by_signer.path, by_signer.body)
    for name in ("x-amz-invocation-type", "x-amz-tenant-id"):
        assert by_boto3.headers[name] == by_signer.headers[name]
    assert by_signer.headers["x-amzn-trace-id"].endswith("Sampled=0")
    assert_signed(by_signer, service, "lambda")


def test_an_answer_without_an_error_has_none(functions: Any) -> None:
    assert "FunctionError" not in SignedLambda(functions).invoke(**INVOCATION)


def test_a_condition_that_does_not_hold_is_told_with_the_item(
    service: Service, dynamodb: Any
) -> None:
    update = {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = :a"}
    told: list[Any] = []
    for each in (dynamodb, SignedDynamoDb(dynamodb)):
        service.will_fail(400, "ConditionalCheckFailedException", Item={"a": {"B": "/w=="}})
        with pytest.raises(ClientError) as caught:
            each.update_item(**update)
        told.append(caught.value.response)

    assert len(service.sent) == 2
    assert told[0]["Error"] == told[1]["Error"]
    assert told[1]["Item"] == told[0]["Item"] == {"a": {"B": b"\xff"}}


@pytest.mark.parametrize(
    ("status", "code"), [(400, "ThrottlingException"), (500, "InternalServerError")]
)
def test_what_may_pass_is_tried_again_by_boto3(
    service: Service, dynamodb: Any, status: int, code: str
) -> None:
    service.will_fail(status, code)
    service.answers.append((200, {}, b'{"Item":{}}'))

    assert SignedDynamoDb(dynamodb).get_item(TableName="t", Key=KEY)["Item"] == {}
    assert len(service.sent) == 2


def test_what_stays_wrong_raises_what_boto3_raises(service: Service, dynamodb: Any) -> None:
    for _ in range(2):
        service.will_fail(400, "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDenied"):
        SignedDynamoDb(dynamodb).get_item(TableName="t", Key=KEY)
    assert len(service.sent) == 2


def test_a_connection_that_breaks_is_another_try_of_a_read(service: Service, dynamodb: Any) -> None:
    service.answers = [None]

    assert SignedDynamoDb(dynamodb).get_item(TableName="t", Key=KEY)["ResponseMetadata"]
    assert len(service.sent) == 2


def test_an_answer_that_was_damaged_is_asked_for_again(service: Service, dynamodb: Any) -> None:
    body = b'{"Item":{"a":{"S":"b"}}}'
    service.answers = [
        (200, {"x-amz-crc32": "1"}, body),
        (200, {"x-amz-crc32": str(zlib.crc32(body))}, body),
    ]

    assert SignedDynamoDb(dynamodb).get_item(TableName="t", Key=KEY)["Item"] == {"a": {"S": "b"}}
    assert len(service.sent) == 2


@pytest.mark.parametrize(
    ("status", "code"), [(429, "TooManyRequestsException"), (502, "EC2UnexpectedException")]
)
def test_an_invocation_that_is_refused_raises_what_boto3_raises_and_is_made_once(
    service: Service, functions: Any, status: int, code: str
) -> None:
    codes = []
    for each in (functions, SignedLambda(functions)):
        service.will_fail(status, code)
        with pytest.raises(ClientError) as caught:
            each.invoke(**INVOCATION)
        codes.append(caught.value.response["Error"]["Code"])

    assert codes == [code, code]
    assert len(service.sent) == 2


def test_an_invocation_whose_answer_is_lost_is_not_made_again(
    service: Service, functions: Any
) -> None:
    service.answers = [None]

    with pytest.raises(ConnectionClosedError):
        SignedLambda(functions).invoke(**INVOCATION)
    assert len(service.sent) == 1


def test_an_executor_that_is_not_reached_raises_what_boto3_raises(service: Service) -> None:
    service.url = "http://127.0.0.1:1"

    with closing(client_of("lambda", service, 1)) as client, pytest.raises(EndpointConnectionError):
        SignedLambda(client).invoke(**INVOCATION)


def test_a_traced_invocation_is_boto3s(
    service: Service, dynamodb: Any, functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a9;Sampled=1")

    SignedDynamoDb(dynamodb).get_item(TableName="t", Key=KEY)
    SignedLambda(functions).invoke(**INVOCATION)

    assert ["boto3" in sent.headers.get("user-agent", "").lower() for sent in service.sent] == [
        True,
        True,
    ]


def test_all_other_calls_are_boto3s(dynamodb: Any) -> None:
    assert SignedDynamoDb(dynamodb).put_item == dynamodb.put_item
