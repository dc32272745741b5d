"""A real server: the command that a user types, on a port of its own, over real HTTP."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import httpx2
import pytest

COMMAND = Path(sys.executable).with_name("isolambda")


@dataclass
class Server:
    """A server under test; its output is read up to where it listens, and kept."""

    process: subprocess.Popen[str]
    data_dir: Path
    output: list[str]

    @property
    def credentials(self) -> dict[str, str]:
        text = (self.data_dir / "credentials.json").read_text(encoding="utf-8")
        return cast("dict[str, str]", json.loads(text))

    def client(self, **headers: str) -> httpx2.Client:
        given = headers or {"X-Auth-Token": self.credentials["api_key"]}
        return httpx2.Client(base_url=self.credentials["url"], headers=given, timeout=60)

    def functions_url(self, function: str = "") -> str:
        return f"/v2/accounts/{self.credentials['account_id']}/functions/{function}".rstrip("/")

    def create(self, source: str, **document: Any) -> str:
        data = {"name": "under test", "function_js": source, **document}
        with self.client() as client:
            answer = client.put(self.functions_url(), json={"data": data})
        assert answer.status_code == 201, answer.text
        return cast("str", answer.json()["data"]["id"])

    def execute(self, function: str, call: object = None) -> dict[str, Any]:
        with self.client() as client:
            answer = client.post(
                self.functions_url(function) + "/execute", json={"data": call or {}}
            )
        assert answer.status_code == 200, answer.text
        return cast("dict[str, Any]", answer.json()["data"])

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> str:
        """End the server and return all that it wrote."""
        self.process.send_signal(with_signal)
        rest, _ = self.process.communicate(timeout=60)
        return "".join(self.output) + rest


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on one data directory; all are ended after the test."""
    servers: list[Server] = []

    def start_one(*options: str) -> Server:
        command = [str(COMMAND), "serve", "--port", str(_free_port()), "--data-dir", str(tmp_path)]
        process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        server = Server(process, tmp_path, [])
        servers.append(server)
        for line in cast("IO[str]", process.stdout):
            server.output.append(line)
            if "Uvicorn running" in line:
                return server
        raise AssertionError("".join(server.output))

    yield start_one
    for server in servers:
        if server.process.poll() is None:
            server.end()
        cast("IO[str]", server.process.stdout).close()


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start()
