"""Collectors that hang, fail or are gone cost what is sent to them, and nothing else."""

import logging
import socket
from threading import Event

from isolambda_core.adapters.otlp.exporter import OtlpExporter
from isolambda_core.adapters.otlp.outbox import Outbox
from isolambda_core.domain.limits import MIB
from isolambda_core.domain.traces import LogEntry
from tests.support.raw_servers import Answering, say_nothing, serving
from tests.support.servers import free_port
from tests.support.waiting import WAIT_S

LINES = 10
TIMEOUT_S = 0.5


def dropped_by(port: int) -> int:
    """Return how many of some lines do not reach a collector on a port."""
    dropped: list[int] = []
    exporter = OtlpExporter(f"http://127.0.0.1:{port}", TIMEOUT_S)
    outbox = Outbox(exporter.send, dropped.append)
    for number in range(LINES):
        outbox.add(LogEntry(number, logging.INFO, "a line"))
    outbox.close()
    return sum(dropped)


def test_one_that_hangs_gets_nothing() -> None:
    with serving(say_nothing, at_once=True) as port:
        assert dropped_by(port) == LINES


def test_one_that_fails_gets_nothing() -> None:
    failure = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"
    with serving(Answering(failure)) as port:
        assert dropped_by(port) == LINES


def test_one_that_redirects_leads_nowhere() -> None:
    elsewhere = Answering()
    with serving(elsewhere) as other:
        location = f"location: http://127.0.0.1:{other}/\r\n".encode()
        redirect = b"HTTP/1.1 307 Go\r\n" + location + b"content-length: 0\r\n\r\n"
        with serving(Answering(redirect)) as port:
            dropped_by(port)

    assert elsewhere.requests == []


def test_one_that_is_gone_gets_nothing() -> None:
    assert dropped_by(free_port()) == LINES


def test_of_an_answer_of_64_mib_the_beginning_is_read() -> None:
    sent, ended = [0], Event()

    def flood(connection: socket.socket) -> None:
        try:
            connection.recv(MIB)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (64 * MIB))
            for _ in range(64):
                sent[0] += connection.send(bytes(MIB))
        finally:
            ended.set()

    with serving(flood) as port:
        assert dropped_by(port) == 0
        assert ended.wait(WAIT_S)

    assert sent[0] < 32 * MIB
