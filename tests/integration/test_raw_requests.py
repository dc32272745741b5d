"""What clients send that no library here sends: chunks with trailers, and wishes to go on."""

import json
import re
import socket
from urllib.parse import urlsplit

import pytest

from isolambda_core.domain.limits import BODY_BYTES
from tests.support.servers import Server
from tests.support.waiting import WAIT_S

CALL = b'{"data": {"n": 1}}'
Answer = tuple[int, dict[str, str], bytes]


def connected(server: Server) -> socket.socket:
    url = urlsplit(server.credentials["url"])
    return socket.create_connection((url.hostname, url.port), timeout=WAIT_S)


def head(server: Server, path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: isolambda.test", "Content-Type: application/json"]
    lines += [f"X-Auth-Token: {server.credentials['api_key']}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def received(connection: socket.socket) -> Answer:
    """Read one answer: its status, its headers by lower-case names, and its body."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        lines = iter(stream.readline, b"\r\n")
        pairs = (line.decode("latin-1").partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return status, headers, stream.read(int(headers.get("content-length", 0)))


def chunks(body: bytes, size: int, *trailers: bytes) -> bytes:
    parts = (body[at : at + size] for at in range(0, len(body), size))
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return framed + b"0\r\n" + b"".join(trailer + b"\r\n" for trailer in trailers) + b"\r\n"


@pytest.fixture
def path(shared: Server) -> str:
    return f"{shared.functions_url(shared.create('return call.n + 1'))}/execute"


@pytest.mark.parametrize(
    "trailers", [(), (b"X-Checksum: 1",), (b"X-Auth-Token: another", b"Content-Length: 5")]
)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_body_in_chunks_is_read_and_its_trailers_say_nothing(
    shared: Server, path: str, size: int, trailers: tuple[bytes, ...]
) -> None:
    with connected(shared) as connection:
        for _ in range(2):  # the second shows that nothing of the first was left over
            connection.sendall(head(shared, path, "Transfer-Encoding: chunked"))
            connection.sendall(chunks(CALL, size, *trailers))
            status, _, body = received(connection)

            assert (status, json.loads(body)["data"]["result"]) == (200, 2)


@pytest.mark.parametrize("expect", ["100-continue", "100-Continue"])
def test_who_waits_for_100_continue_gets_it(shared: Server, path: str, expect: str) -> None:
    with connected(shared) as connection:
        connection.sendall(head(shared, path, f"Content-Length: {len(CALL)}", f"Expect: {expect}"))
        assert received(connection)[0] == 100
        connection.sendall(CALL)

        status, _, body = received(connection)

    assert (status, json.loads(body)["data"]["result"]) == (200, 2)


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_that_is_too_large_is_answered_before_all_of_it_was_sent(
    shared: Server, path: str, framing: str
) -> None:
    size = BODY_BYTES + 2_000_000
    with connected(shared) as connection:
        if framing == "length":
            connection.sendall(head(shared, path, f"Content-Length: {size}"))
            connection.sendall(b" " * (BODY_BYTES + 1_000_000))
        else:
            connection.sendall(head(shared, path, "Transfer-Encoding: chunked"))
            connection.sendall(b"%x\r\n%s\r\n" % (BODY_BYTES + 1, b" " * (BODY_BYTES + 1)))
        status, headers, body = received(connection)

    assert status == 400
    assert headers["access-control-allow-origin"] == "*"
    assert json.loads(body)["data"]["file"]["maxSize"]["target"] == BODY_BYTES
    assert re.fullmatch("[0-9a-f]{32}", json.loads(body)["request_id"])
