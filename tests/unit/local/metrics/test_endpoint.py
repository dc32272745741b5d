"""Metrics stand beside an app, where an operator asked for them and nowhere else."""

import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from isolambda_core.domain.coroutines import complete
from isolambda_local.metrics.endpoint import MetricsEndpoint, listening_for_metrics
from isolambda_local.settings import ServerSettings
from isolambda_local.start_error import StartError

PORT = 9464


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})


async def text() -> bytes:
    return b"isolambda_workers 1\n"


def status_at(server: tuple[str, int] | None, path: str = "/metrics") -> int:
    endpoint = MetricsEndpoint(app, text, PORT, None)
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "server": server, "path": path, "method": "GET"}
    complete(endpoint({**scope, "headers": []}, receive, send))
    return int(sent[0]["status"])


def test_the_port_of_metrics_has_metrics_alone() -> None:
    assert status_at(("127.0.0.1", PORT)) == 200
    assert status_at(("127.0.0.1", PORT), "/healthz") == 404


@pytest.mark.parametrize("server", [("10.0.0.5", PORT), ("::1", PORT), ("127.0.0.1", 8787), None])
def test_the_app_may_have_the_same_port_of_another_address(server: tuple[str, int] | None) -> None:
    assert status_at(server) == 204


def test_a_port_that_is_taken_is_told_with_the_option_that_chooses_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = ServerSettings(tmp_path, metrics_port=taken.getsockname()[1])
        told = "choose another --metrics-port"
        with pytest.raises(StartError, match=told), listening_for_metrics(settings):
            pass
