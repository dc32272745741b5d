"""An AWS account on loopback, which counts what its Lambdas ask of it: moto behind one endpoint."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import requests
from typing_extensions import override

from tests.bench.cost.counts import EXECUTOR, Counts

_SERVICES: Final = {
    "AmazonSQS": "sqs",
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
}
_INVOKE: Final = "/2015-03-31/functions/"
_PASSED_ON: Final = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")


class Account:
    """Answers whatever Lambda is at work, ``caller``; ``counts`` counts every request.

    ``invoke`` is what the executor does with an event. What is no request to AWS is a callback,
    and is answered with 204.
    """

    def __init__(self, region: str, invoke: Callable[[bytes], bytes]) -> None:
        self.counts = Counts(executions=0)
        self.caller = ""
        self._region = region
        self._invoke = invoke

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer on a free port, and yield the endpoint; moto must be at work around it."""
        account = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = account.answer(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            @override
            def log_message(self, *_: object) -> None:
                """Say nothing: the table is all that is printed."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer a request, and count it."""
        if path.startswith(_INVOKE):
            self._count("lambda")
            self.counts.invocations[EXECUTOR] += 1
            return 200, self._invoke(body)
        name, _, operation = headers.get("X-Amz-Target", "").partition(".")
        if not name:
            self._count("callback")
            return 204, b""
        service = _SERVICES[name]
        self._count(service)
        answer = requests.post(
            f"https://{service}.{self._region}.amazonaws.com/",
            data=body,
            headers={name: headers[name] for name in _PASSED_ON},
            timeout=10,
        )
        if service == "sqs":
            self.counts.add_sqs(len(body))
        if service == "dynamodb":
            self.counts.charges.count(operation, _parse(body), _parse(answer.content))
        return answer.status_code, answer.content

    def _count(self, service: str) -> None:
        self.counts.calls[self.caller, service] += 1


def _parse(body: bytes) -> Any:
    """Return the JSON of DynamoDB, its binaries as bytes."""

    def binaries(value: dict[str, Any]) -> dict[str, Any]:
        match value:
            case {"B": str(text), **others} if not others:
                return {"B": b64decode(text)}
        return value

    return json.loads(body, object_hook=binaries)
