"""Published clients do through nginx, with TLS, what they do without."""

import shutil
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.clients.programs import ENVIRONMENTS, HERE, Report, reported_by
from tests.clients.test_codemash import create_all
from tests.support.doors import Door, door_behind_nginx  # noqa: F401 - a fixture
from tests.support.hosts import Host
from tests.support.servers import ONE_WORKER, Server, starting
from tests.support.waiting import WAIT_S


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Server]:
    """A server as new as the one behind nginx: some clients count what is there."""
    with starting(tmp_path / "plain") as start:
        yield start(*ONE_WORKER)


def shape_of(report: Report) -> Mapping[str, Any]:
    """Return what each step came to, without what differs each time: ids, times and tokens."""
    return {step: _shape_of(told) for step, told in report.items()}


def _shape_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shape_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape_of(each) for each in value]
    if isinstance(value, str):
        return value if value.isalpha() else "text"
    return value if isinstance(value, bool | None) else type(value).__name__


@pytest.mark.parametrize(
    ("client", "program"), [("kazoo-sdk", "with_kazoo_sdk"), ("pykazoo", "with_pykazoo")]
)
def test_a_client_of_kazoo_does_all_it_does(
    door: Door, plain: Server, client: str, program: str
) -> None:
    command: list[Path | str] = [ENVIRONMENTS / client / "bin/python", HERE / "steps.py", program]
    without = reported_by(command, plain.credentials)

    through = reported_by(command, door.credentials, **door.environment)

    assert len(through) > 10
    assert shape_of(through) == shape_of(without)


@pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None,
    reason="no node or no npm, which CodeMash's client needs",
)
def test_the_client_of_codemash_does_all_it_does(door: Door, plain: Server) -> None:
    def report(host: Host, environment: Mapping[str, str]) -> Report:
        path = str(ENVIRONMENTS / "codemash/node_modules")
        return reported_by(
            [str(shutil.which("node")), HERE / "with_codemash.js"],
            {**host.credentials, "functions": create_all(host)},
            **{**environment, "NODE_PATH": path},
        )

    without, through = report(plain, {}), report(door, door.environment)

    assert len(through) > 10
    assert shape_of(through) == shape_of(without)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_official_client_of_tools_lists_and_calls_them(door: Door, mode: str) -> None:
    tool = {"description": "Greets.", "name": f"greet_{mode}"}
    door.create("return 'hi ' + call.name", name=mode, tool=tool)
    url = f"{door.url}/v2/accounts/{door.credentials['account_id']}/mcp"
    headers = {"authorization": f"Bearer {door.credentials['api_key']}"}
    trust = ssl.create_default_context(cafile=str(door.authority))

    async def main() -> tuple[list[str], str]:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=WAIT_S, verify=trust) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            listed = await client.list_tools()
            called = await client.call_tool(f"greet_{mode}", {"name": "Ada"})
            return [each.name for each in listed.tools], str(called.content)

    names, content = anyio.run(main)

    assert f"greet_{mode}" in names
    assert "hi Ada" in content
