"""The load generator asks as often as it is to, and takes no wrong answer for a right one."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from typing_extensions import override

from tests.bench.client import Client
from tests.bench.load import Load
from tests.support.frequent_requests import HttpRequest

REQUEST = HttpRequest("POST", "/greet?polite=1", "Ada", '{"name":"Ada"}', (("X-Key", "k"),))


@dataclass
class Greeter:
    """A server that records what it is asked."""

    port: int = 0
    status: int = 200
    asked: list[tuple[str, str | None, bytes]] = field(default_factory=list)
    clients: set[object] = field(default_factory=set)


@pytest.fixture
def greeter() -> Iterator[Greeter]:
    greeter = Greeter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            greeter.asked.append((self.path, self.headers["X-Key"], body))
            greeter.clients.add(self.client_address)
            self.send_response(greeter.status)
            self.send_header("Content-Length", "6")
            self.end_headers()  # sends the head alone
            self.wfile.write(b"hi Ada")

        @override
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serves = Thread(target=server.serve_forever, args=(0.01,))
        serves.start()
        greeter.port = server.server_address[1]
        yield greeter
        server.shutdown()
        serves.join()


def test_a_block_asks_as_often_as_it_is_to_on_all_its_connections(greeter: Greeter) -> None:
    with Load(greeter.port, REQUEST, connections=3) as load:
        block = load.run(7)

    assert len(block.samples) == 7
    assert greeter.asked == [("/greet?polite=1", "k", b'{"name":"Ada"}')] * 7
    assert len(greeter.clients) == 3
    assert block.rate == 7 / block.seconds


def test_a_block_of_some_seconds_awaits_what_it_asked(greeter: Greeter) -> None:
    with Load(greeter.port, REQUEST, connections=2) as load:
        block = load.run_for(0.05)

    assert len(block.samples) == len(greeter.asked) > 0


def test_the_process_of_the_client_asks_after_it_asked_once_on_each_connection(
    greeter: Greeter,
) -> None:
    with closing(Client()) as client:
        client.connect(greeter.port, REQUEST, 2)
        connected = len(greeter.asked)
        block = client.ask(0.05)

    assert connected == len(greeter.clients) == 2
    assert len(block.samples) == len(greeter.asked) - connected > 0


def test_an_answer_that_is_no_success_is_an_error(greeter: Greeter) -> None:
    greeter.status = 503

    with (
        Load(greeter.port, REQUEST, connections=1) as load,
        pytest.raises(AssertionError, match="503"),
    ):
        load.run(1)


def test_an_answer_to_another_question_is_an_error(greeter: Greeter) -> None:
    other = replace(REQUEST, expected="Bob")

    with (
        Load(greeter.port, other, connections=1) as load,
        pytest.raises(AssertionError, match="hi Ada"),
    ):
        load.run(1)
