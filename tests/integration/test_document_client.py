"""Documents over real sockets: read up to a limit, from public addresses alone."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest

from isolambda_core.adapters.http_documents import HttpsDocuments
from isolambda_core.domain.triggers.errors import DocumentUnavailableError
from isolambda_core.net.resolving import Found
from tests.support.waiting import WAIT_S

BYTES_MAX = 100


class Server:
    """Answers each request in the same way; a client may end a connection."""

    def __init__(self) -> None:
        self.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
        self.heads: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, suppress(OSError):
                    self.heads.append(connection.recv(4096))
                    connection.sendall(self.answer)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve)
    thread.start()
    yield server
    server.listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    server.listener.close()


@pytest.fixture
def documents() -> HttpsDocuments:
    return HttpsDocuments(BYTES_MAX, WAIT_S, private=True)


def test_a_document_is_fetched(server: Server, documents: HttpsDocuments) -> None:
    assert documents.get(f"http://127.0.0.1:{server.port}/keys?a=b") == b"{}"

    [head] = server.heads
    assert head.startswith(b"GET /keys?a=b HTTP/1.1\r\n")
    assert b"authorization" not in head.lower()


BAD = {
    "a redirect": b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
    "an error": b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n{}",
    "no HTTP": b"hello\r\n\r\n",
    "too long": b"HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n" + b"a" * 101,
    "too long, without a length": b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 101,
    "cut short": b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
    "a giant head": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000 + b"\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_any_other_answer_is_no_document(
    server: Server, documents: HttpsDocuments, answer: bytes
) -> None:
    server.answer = answer

    with pytest.raises(DocumentUnavailableError):
        documents.get(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
def test_no_address_of_this_network_is_asked(server: Server, host: str) -> None:
    documents = HttpsDocuments(BYTES_MAX, WAIT_S)

    with pytest.raises(DocumentUnavailableError):
        documents.get(f"https://{host}:{server.port}/")

    assert server.heads == []


def test_a_name_of_an_address_of_this_network_is_not_asked(server: Server) -> None:
    def resolve(*_: object, **__: object) -> list[Found]:
        public = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("93.184.216.34", 443))
        return [public, (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", server.port))]

    with pytest.raises(DocumentUnavailableError):
        HttpsDocuments(BYTES_MAX, WAIT_S, resolve=resolve).get("https://id.example.com/")

    assert server.heads == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "ftp://a.example/", "https://a@b.example/", "https://a.example/#b"]
)
def test_a_url_that_is_not_allowed_is_not_asked(url: str) -> None:
    with pytest.raises(DocumentUnavailableError):
        HttpsDocuments(BYTES_MAX, WAIT_S).get(url)
