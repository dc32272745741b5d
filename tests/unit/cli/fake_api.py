"""A server that answers as a test says, without a socket."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

URL = "https://api.example.com"
ACCOUNT = "a" * 32
KEY = "0123456789abcdef" * 4

Reply = httpx2.Response | Exception
Handler = Callable[[httpx2.Request], Reply]


def data(value: Any, **more: Any) -> httpx2.Response:
    """Return a success in the envelope."""
    return httpx2.Response(200, json={"data": value, "status": "success", **more})


def refusal(status: int, value: Any, message: str = "", **headers: str) -> httpx2.Response:
    """Return a failure in the envelope."""
    body = {"data": value, "status": "error", "error": str(status), "message": message}
    return httpx2.Response(status, json=body, headers=headers)


@dataclass
class FakeApi:
    """What each path answers, below the account or from the root; and what was asked."""

    handlers: dict[str, Handler | Reply] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        path = request.url.path.removeprefix(f"/v2/accounts/{ACCOUNT}/")
        found = self.handlers.get(f"{request.method} {path}")
        reply = found(request) if callable(found) else found
        if isinstance(reply, Exception):
            raise reply
        return reply or refusal(404, {"message": "not found"})

    @property
    def asked(self) -> list[str]:
        """What was asked: method and path below the account."""
        prefix = f"/v2/accounts/{ACCOUNT}/"
        return [f"{each.method} {each.url.path.removeprefix(prefix)}" for each in self.requests]

    def sent(self, number: int = -1) -> Any:
        """Return the ``data`` of a request."""
        return json.loads(self.requests[number].content)["data"]


@contextmanager
def answering(patch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    """Have all that is sent by HTTP reach a fake, and no network."""
    fake = FakeApi()
    patch.setattr(httpx2.HTTPTransport, "handle_request", lambda _, request: fake.handle(request))
    yield fake
