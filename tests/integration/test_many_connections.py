"""A server with more connections than descriptors serves the next client, and logs little."""

import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.support.servers import ONE_WORKER, Server
from tests.support.waiting import WAIT_S

FEW_DESCRIPTORS = ("prlimit", "--nofile=1024:1024")
CONNECTIONS = 1_200
INCOMPLETE = [
    b"",
    b"GET /healthz HTTP/1.1\r\nhost: a\r\n",
    b"PUT /v2/api_auth HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n\r\n{",
]
LOG_BYTES = 64 * 1_024


def connect(server: Server, address: str, sent: bytes) -> socket.socket:
    url = urlsplit(server.credentials["url"])
    client = socket.create_connection((url.hostname, url.port), WAIT_S, (address, 0))
    client.sendall(sent)
    return client


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is not installed")
@pytest.mark.parametrize(
    ("sent", "addresses"), [*((each, 8) for each in INCOMPLETE), (b"", 1)], ids=range(4)
)
def test_incomplete_requests_keep_out_neither_a_client_nor_a_worker(
    start: Callable[..., Server], sent: bytes, addresses: int
) -> None:
    server = start(*ONE_WORKER, under=FEW_DESCRIPTORS)
    echo = server.create("return call")
    endless = server.create("for (;;);", limits={"wall_time_ms": 100})
    with ExitStack() as clients:
        for number in range(CONNECTIONS):
            address = f"127.0.0.{2 + number % addresses}"
            clients.enter_context(connect(server, address, sent))

        assert server.execute(echo, {"n": 1})["result"] == {"n": 1}
        assert server.execute(endless)["outcome"] == "exceeded_wall_time"
        assert server.execute(echo, {"n": 2})["result"] == {"n": 2}  # by another worker
        assert sum(map(len, server.output)) < LOG_BYTES
