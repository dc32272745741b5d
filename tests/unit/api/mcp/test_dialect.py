"""What answers messages is imported with the first, and not on the event loop."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services, create_app
from isolambda_api.mcp import dialect
from isolambda_core.ports.blocking import directly
from tests.support.mcp_messages import OLD, headers_of


def test_the_first_message_keeps_no_other_request_waiting(
    services: Services, path: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "_modules", {})
    aside: list[tuple[object, ...]] = []

    async def blocking(call: Callable[..., Any], *arguments: object) -> Any:
        aside.append((call, *arguments))
        return await directly(call, *arguments)

    invocations = replace(services.invocations, blocking=blocking)
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = headers_of(OLD, "ping", {}) | {"authorization": f"Bearer {key}"}
    with TestClient(create_app(replace(services, invocations=invocations))) as client:
        answers = [client.post(path, json=message, headers=headers).json() for _ in range(2)]

    assert [answer["result"] for answer in answers] == [{}, {}]
    assert aside.count((dialect._module, "routes")) == 1
