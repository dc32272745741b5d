"""The conformance suite of the Model Context Protocol, for what a server of tools alone has.

It sends no key. So a proxy stands before the server, which adds one and changes nothing else.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.clients.programs import ENVIRONMENTS
from tests.support.documentation import ROOT
from tests.support.http_server import HttpServer
from tests.support.servers import Server
from tests.support.waiting import WAIT_S

NODE: Final = ROOT / ".venv-node/bin/node"
SUITE: Final = ENVIRONMENTS / (
    "mcp-conformance/node_modules/@modelcontextprotocol/conformance/dist/index.js"
)
SCENARIOS: Final = (
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-simple-text",
    "tools-call-error",
    "json-schema-2020-12",
    "dns-rebinding-protection",
)
"""The others are of prompts, resources, media, streams, and questions to the client."""
ADDRESS: Final = {
    "type": "object",
    "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
}
TOOLS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "test_simple_text": ("return 'This is a simple text response for testing.'", {}),
    "test_error_handling": ("throw new Error('This tool returns an error for testing')", {}),
    "json_schema_2020_12_tool": (
        "return call",
        {
            "input_schema": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "$defs": {"address": ADDRESS},
                "properties": {
                    "name": {"type": "string"},
                    "address": {"$ref": "#/$defs/address"},
                },
                "additionalProperties": False,
            }
        },
    ),
}

pytestmark = pytest.mark.skipif(
    not SUITE.exists() or not NODE.exists(), reason="no conformance suite: make setup-clients"
)


class Proxy:
    """Passes requests on to one URL, with the key of an account."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        headers = [*scope["headers"], (b"authorization", f"Bearer {self._key}".encode())]
        async with httpx2.AsyncClient(timeout=WAIT_S) as client:
            answer = await client.request(scope["method"], self._url, headers=headers, content=body)
        start = {"type": "http.response.start", "status": answer.status_code}
        await send({**start, "headers": answer.headers.raw})
        await send({"type": "http.response.body", "body": answer.content})


@pytest.fixture(scope="module")
def url(server: Server) -> Iterator[str]:
    """Where the suite finds the tools that it asks for."""
    for name, (source, more) in TOOLS.items():
        server.create(source, name=name, tool={"description": f"What {name} needs."}, **more)
    path = f"/v2/accounts/{server.credentials['account_id']}/mcp"
    with HttpServer(Proxy(server.credentials["url"] + path, server.credentials["api_key"])) as own:
        yield f"{own.url}/mcp"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_server_passes_a_scenario(url: str, scenario: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [NODE, SUITE, "server", "--url", url, "--scenario", scenario],
        capture_output=True,
        text=True,
        cwd=tmp_path,  # where it writes its results
        timeout=WAIT_S,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 failed" in ended.stdout
