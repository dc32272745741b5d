"""What clients of the Model Context Protocol send, in both versions of it."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2

Ask = Callable[..., httpx2.Response]
OLD, MODERN = "2025-11-25", "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


def headers_of(version: str, method: str, params: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers with which a client sends a request."""
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": version}
    if version == MODERN:
        headers["mcp-method"] = method
        if "name" in params:
            headers["mcp-name"] = params["name"]
    return headers
