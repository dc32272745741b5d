"""The sockets of a server: where they listen, and the URL that leads there."""

import asyncio
import socket
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

from isolambda_local.listening import listening
from isolambda_local.start_error import StartError


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - what a client asks instead is the matter
        ("localhost", "localhost"),
        pytest.param("::1", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6")),
        pytest.param("::", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6")),
    ],
)
def test_the_url_leads_to_the_port_that_was_free(host: str, name: str) -> None:
    with listening(host, 0) as (sockets, url):
        port = sockets[0].getsockname()[1]

        assert url == f"http://{name}:{port}"
        assert {each.getsockname()[1] for each in sockets} == {port}
        # A client that comes before the server is ready is not refused.
        socket.create_connection((urlsplit(url).hostname, port), timeout=60).close()


def test_of_two_that_start_together_one_gets_the_port() -> None:
    with listening("127.0.0.1", 0) as (sockets, _):
        port = sockets[0].getsockname()[1]
        with pytest.raises(StartError, match="is in use by another"), listening("127.0.0.1", port):
            pass


def test_what_a_server_sends_is_not_kept_back_until_the_client_acknowledges_what_came_before() -> (
    None
):
    async def nodelay_of_an_accepted_connection() -> int:
        accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        class Protocol(asyncio.Protocol):
            @override
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                connection = transport.get_extra_info("socket")
                accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        server = await asyncio.get_running_loop().create_server(Protocol, sock=sockets[0])
        with socket.create_connection(sockets[0].getsockname(), timeout=60):
            found = await accepted
        server.close()
        return found

    with listening("127.0.0.1", 0) as (sockets, _):
        assert asyncio.run(nodelay_of_an_accepted_connection())
