"""Messages to the endpoint of an account, in both versions of the protocol."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from isolambda_api.app import Services
from tests.support.mcp_messages import META, MODERN, OLD, Ask, headers_of


@pytest.fixture
def path(account_id: str) -> str:
    return f"/v2/accounts/{account_id}/mcp"


@pytest.fixture
def ask(bare: TestClient, path: str, key: str) -> Ask:
    """Send a request as a client of a version does, and return the answer."""

    def ask(
        method: str, params: Mapping[str, Any] | None = None, version: str = OLD, **more: str
    ) -> httpx2.Response:
        params = dict(params or {})
        headers = headers_of(version, method, params)
        if version == MODERN:
            params["_meta"] = META
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers |= {"authorization": f"Bearer {key}"}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        return bare.post(path, json=message, headers=headers)

    return ask


@pytest.fixture
def add(services: Services, account_id: str) -> Callable[..., str]:
    """Create a function that is a tool, and return its id."""

    def add(name: str = "say hi", **document: Any) -> str:
        tool = {"description": "Says hi.", **document.pop("tool", {})}
        whole = {"name": name, "function_js": "return call;", "tool": tool, **document}
        return services.functions.create(account_id, whole).id

    return add
