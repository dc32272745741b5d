"""Collectors that hang, fail or are gone cost what is sent to them, and nothing else."""

import logging
import socket
from collections.abc import Sequence
from itertools import repeat
from threading import Event

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from isolambda_core.adapters.otlp.exporter import OtlpExporter
from isolambda_core.adapters.otlp.outbox import CollectorError, Item
from isolambda_core.domain.limits import MIB
from isolambda_core.domain.traces import LogEntry, Span, SpanKind
from tests.support.collector import collecting
from tests.support.raw_servers import Answering, say_nothing, serving, trickle
from tests.support.servers import free_port
from tests.support.waiting import WAIT_S

LINES = 10
SOON_S = 0.5
"""For a collector that would keep what it gets waiting without end."""


def line(text: str = "a line") -> LogEntry:
    return LogEntry(1, logging.INFO, text)


def span(**attributes: str) -> Span:
    return Span("execution", SpanKind.INTERNAL, "a" * 32, "b" * 16, None, 1, 2, attributes)


def lost_by(url: str, items: Sequence[Item], timeout_s: float = WAIT_S) -> tuple[int, str]:
    """Return how many of some items do not reach a collector, and why."""
    try:
        OtlpExporter(url, timeout_s).send(items)
    except CollectorError as error:
        return error.count, str(error)
    return 0, ""


def dropped_by(port: int, timeout_s: float = WAIT_S) -> int:
    """Return how many of some lines do not reach a collector on a port."""
    count, _ = lost_by(f"http://127.0.0.1:{port}", [line()] * LINES, timeout_s)
    return count


def test_one_that_hangs_gets_nothing() -> None:
    with serving(say_nothing, at_once=True) as port:
        assert dropped_by(port, SOON_S) == LINES


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
            assert dropped_by(port) == LINES

    assert elsewhere.requests == []


def test_one_that_is_a_page_gets_nothing() -> None:
    with collecting() as collector:
        collector.answers["/v1/logs"] = (200, "text/html; charset=utf-8", b"<h1>Welcome!</h1>")

        lost = lost_by(collector.url, [line(), line()])

    assert lost == (2, "2 lines: it answered 200 with a page of HTML")


def test_an_answer_that_does_not_end_is_read_for_as_long_as_a_batch_has() -> None:
    head = trickle(b"HTTP/1.1 200 OK\r\ncontent-length: 65536\r\n\r\n")
    comments = trickle(repeat(ord(":")))

    def answer(connection: socket.socket) -> None:
        connection.recv(MIB)
        head(connection)
        comments(connection)

    with serving(answer, at_once=True) as port:
        assert dropped_by(port, SOON_S) == LINES


@pytest.mark.parametrize(("said", "lost"), [(3, 3), (-1, 0), (2**62, LINES)])
def test_what_one_rejects_is_lost_and_no_more_than_it_got(said: int, lost: int) -> None:
    rejected = ExportTraceServiceResponse()
    rejected.partial_success.rejected_spans = said
    with collecting() as collector:
        body = rejected.SerializeToString()
        collector.answers["/v1/traces"] = (200, "application/x-protobuf", body)

        items: list[Item] = [line(), *[span()] * LINES]
        count, _ = lost_by(collector.url, items)

    assert count == lost
    assert len(collector.lines) == 1


def test_one_that_takes_no_lines_has_the_spans() -> None:
    with collecting() as collector:
        collector.answers["/v1/logs"] = (404, "text/html", b"<h1>Not here</h1>")

        lost = lost_by(collector.url, [span(), line(), line(), span()])

    assert lost == (2, "2 lines: it answered 404")
    assert len(collector.spans) == 2


def test_the_environment_names_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(name, raising=False)
    with collecting() as collector:
        assert lost_by(collector.url, [span()]) == (0, "")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
        assert lost_by(collector.url, [span()]) == (0, "")

    plain, named = collector.resources
    assert (plain["service.name"], named["service.name"]) == ("isolambda", "mine")
    assert plain["service.version"] == named["service.version"]
    assert named["deployment.environment"] == "test"


def test_a_text_that_utf_8_does_not_write_keeps_nothing_else_back() -> None:
    half = "a \ud800 b"
    with collecting() as collector:
        items: list[Item] = [span(**{"server.address": half}), span(), line(half), line()]

        assert lost_by(collector.url, items) == (0, "")

    assert [each.attributes for each in collector.spans] == [{"server.address": "a ? b"}, {}]
    assert collector.lines == ["a ? b", "a line"]


def test_one_that_is_gone_gets_nothing() -> None:
    assert dropped_by(free_port(), SOON_S) == LINES


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
