"""stripe and @slack/web-api (npm), bundled into functions, with keys that these do not have."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import parse_qs

import pytest

from isolambda_core.adapters.clock import SystemClock
from tests.clients.test_packages import bundle, pytestmark
from tests.support.raw_servers import certificate_of, over_tls, serving
from tests.support.servers import ONE_WORKER, Server, starting

__all__ = ["pytestmark"]

STRIPE_KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
SLACK_TOKEN = "xoxb-17653672481-19874698323"  # noqa: S105 - of no workspace
WEBHOOK_KEY = "whsec_Egs6BvO8WKmPH3o5kwy1Vn9ZjC7RcN4T"
BUILT_IN = ("fs", "os", "path", "querystring", "stream", "util", "zlib")
WITHOUT_NODE = (
    *(f"--alias:node:{name}=./src/node.ts" for name in BUILT_IN),
    "--inject:./src/node.ts",
)
"""What the documented command needs for a package that asks for parts of Node.js."""

ANSWERS: dict[str, tuple[int, object]] = {
    "POST /v1/customers": (200, {"id": "cus_1", "object": "customer"}),
    "GET /v1/customers/cus_0": (
        404,
        {"error": {"type": "invalid_request_error", "message": "no such customer"}},
    ),
    "POST /api/chat.postMessage": (200, {"ok": True, "ts": "1503435956.000247"}),
    "POST /api/auth.test": (200, {"ok": False, "error": "invalid_auth"}),
}
"""By method and path, the status and the body."""


@dataclass
class StandIn:
    """Answers as the services do, and keeps what it is asked."""

    port: int = 0
    asked: dict[str, tuple[dict[str, str], bytes]] = field(default_factory=dict)
    """By method and path, the headers and the body."""

    def __call__(self, connection: socket) -> None:
        with connection.makefile("rb") as stream:
            first, *lines = takewhile(b"\r\n".__ne__, stream)
            pairs = (line.decode("latin-1").strip().split(": ", 1) for line in lines)
            headers = {name.lower(): value for name, value in pairs}
            body = stream.read(int(headers.get("content-length", 0)))
        request = first.decode().rpartition(" ")[0]
        self.asked[request] = headers, body
        status, answer = ANSWERS[request]
        text = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status} \r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n"
        connection.sendall(head.encode() + text)


@pytest.fixture
def stand_in(certificate: Path) -> Iterator[StandIn]:
    stand_in = StandIn()
    with serving(over_tls(certificate, stand_in)) as stand_in.port:
        yield stand_in


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of("localhost", tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Server]:
    """A server whose functions reach this machine, and that trusts the certificate."""
    with starting(tmp_path_factory.mktemp("data")) as start:
        trusting = ("env", f"SSL_CERT_FILE={certificate}")
        server = start(*ONE_WORKER, "--private-fetch", under=trusting)
        put_secret(server, "STRIPE_KEY", value=STRIPE_KEY, hosts=["localhost"])
        put_secret(server, "SLACK_TOKEN", value=SLACK_TOKEN, hosts=["localhost"])
        put_secret(server, "WEBHOOK_KEY", value=WEBHOOK_KEY, sign=True)
        yield server


def put_secret(server: Server, name: str, **data: object) -> None:
    path = f"/v2/accounts/{server.credentials['account_id']}/secrets/{name}"
    with server.client() as client:
        answer = client.put(path, json={"data": data})
    assert answer.status_code == 201, answer.text


def executed(server: Server, source: str, secrets: list[str], call: object) -> dict[str, Any]:
    function = server.create(source, net={"allow": ["localhost"]}, secrets=secrets)
    return server.execute(function, call)


@pytest.mark.parametrize("options", [(), ("--minify",)], ids=["plain", "minified"])
def test_stripe_charges_and_verifies_without_a_key(
    server: Server, stand_in: StandIn, tmp_path: Path, options: tuple[str, ...]
) -> None:
    payload, now = '{"object": "event", "type": "charge.succeeded"}', SystemClock().now()
    signature = hmac.digest(WEBHOOK_KEY.encode(), f"{now}.{payload}".encode(), "sha256").hex()
    call = {"port": stand_in.port, "payload": payload, "signature": f"t={now},v1={signature}"}

    source = bundle(tmp_path, "stripe", options)
    answer = executed(server, source, ["STRIPE_KEY", "WEBHOOK_KEY"], call)

    assert answer.get("result") == {
        "customer": "cus_1",
        "refused": ["StripeInvalidRequestError", 404],
        "type": "charge.succeeded",
        "forged": "StripeSignatureVerificationError",
        "key": "iso_secret_",
    }, answer
    headers, body = stand_in.asked["POST /v1/customers"]
    assert headers["authorization"] == f"Bearer {STRIPE_KEY}"
    assert parse_qs(body.decode()) == {"email": ["billie@example.com"]}
    assert [fetched["status"] for fetched in answer["fetches"]] == [200, 404]


@pytest.mark.parametrize("options", [(), ("--minify",)], ids=["plain", "minified"])
def test_slack_posts_a_message_without_a_token(
    server: Server, stand_in: StandIn, tmp_path: Path, options: tuple[str, ...]
) -> None:
    source = bundle(tmp_path, "slack", (*WITHOUT_NODE, *options))
    answer = executed(server, source, ["SLACK_TOKEN"], {"port": stand_in.port})

    assert answer.get("result") == {
        "ok": True,
        "ts": "1503435956.000247",
        "refused": "invalid_auth",
    }, answer
    headers, body = stand_in.asked["POST /api/chat.postMessage"]
    assert headers["authorization"] == f"Bearer {SLACK_TOKEN}"
    assert parse_qs(body.decode()) == {"channel": ["C1"], "text": ["hé"], "blocks": ["[]"]}
