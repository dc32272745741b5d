"""Each request is a span of the trace of its client, or of one of its own."""

import asyncio
import logging
from collections.abc import Iterator
from time import perf_counter

import pytest
from fastapi.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.http.request_log import LOG, no_observer
from isolambda_api.http.services import Services
from isolambda_api.http.tracing import TracedRequestLog
from isolambda_core.adapters.otlp.log_handler import CollectorHandler
from isolambda_core.domain.traces import LogEntry, Span, Trace, under_way

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
MALFORMED = [
    "",
    "00",
    f"00-{TRACE}-{PARENT}",
    f"ff-{TRACE}-{PARENT}-01",
    f"00-{'0' * 32}-{PARENT}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE.upper()}-{PARENT}-01",
    f"00-{TRACE}-{PARENT}-01-more",
    f"00-{TRACE}-{PARENT}-0g",
    f"00-{TRACE}-{PARENT}-01\u00e9",
    "x" * 8_000,
]


@pytest.fixture
def spans() -> list[Span | LogEntry]:
    return []


@pytest.fixture
def client(services: Services, spans: list[Span | LogEntry]) -> TestClient:
    return TestClient(create_app(services, tell=spans.append))


def test_a_request_is_below_the_span_of_its_client(
    client: TestClient, spans: list[Span | LogEntry]
) -> None:
    answer = client.get("/healthz", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})

    [span] = spans
    assert isinstance(span, Span)
    assert (span.name, span.trace_id, span.parent_id) == ("GET /healthz", TRACE, PARENT)
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["isolambda.request_id"] == answer.headers["x-request-id"] == TRACE
    assert span.ended_ns > span.began_ns
    assert span.error is None


@pytest.mark.parametrize("given", MALFORMED)
def test_a_malformed_parent_is_none(
    client: TestClient, spans: list[Span | LogEntry], given: str
) -> None:
    answer = client.get("/healthz", headers=[(b"traceparent", given.encode("latin-1"))])

    [span] = spans
    assert isinstance(span, Span)
    assert span.parent_id is None
    assert span.trace_id == answer.headers["x-request-id"] != TRACE


def test_two_parents_are_none(client: TestClient, spans: list[Span | LogEntry]) -> None:
    parents = [("traceparent", f"00-{TRACE}-{PARENT}-01")] * 2

    client.get("/healthz", headers=parents)

    [span] = spans
    assert isinstance(span, Span)
    assert span.parent_id is None


def test_a_name_of_the_clients_own_does_not_become_a_trace(
    client: TestClient, spans: list[Span | LogEntry]
) -> None:
    client.get("/healthz", headers={"x-request-id": "mine"})

    [span] = spans
    assert isinstance(span, Span)
    assert len(span.trace_id) == 32
    assert span.attributes["isolambda.request_id"] == "mine"


def test_a_span_has_neither_path_nor_query_nor_a_method_that_a_client_invents(
    client: TestClient, spans: list[Span | LogEntry]
) -> None:
    client.request("INVENTED-TEXT", "/PATH-TEXT?q=QUERY-TEXT")

    [span] = spans
    assert isinstance(span, Span)
    assert span.name == "_OTHER -"
    assert "TEXT" not in str(span)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[list[Span | LogEntry]]:
    found: list[Span | LogEntry] = []
    handler = CollectorHandler(found.append)
    with caplog.at_level(logging.INFO, LOG.name):
        LOG.addHandler(handler)
        yield found
        LOG.removeHandler(handler)


def add_soon(traces: list[Trace], success_level: int, told: list[Span | LogEntry]) -> None:
    async def add() -> None:
        log = TracedRequestLog(no_observer, success_level, told.append)
        for number, trace in enumerate(traces):
            under_way.set(trace)
            log.add_soon("POST", "/route", 200, perf_counter(), f"request-{number}")
        log.flush()

    asyncio.run(add())


def test_lines_that_are_logged_together_are_told_each_in_its_own_trace(
    told: list[Span | LogEntry],
) -> None:
    traces = [Trace() for _ in range(200)]

    add_soon(traces, logging.INFO, told)

    lines = [each for each in told if isinstance(each, LogEntry)]
    assert [line.span_id for line in lines] == [trace.span_id for trace in traces]
    assert [line.trace_id for line in lines] == [trace.trace_id for trace in traces]
    assert [line.attributes["request_id"] for line in lines[:2]] == ["request-0", "request-1"]
    assert lines[0].text.startswith("POST /route 200 ")


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_lines_that_are_not_logged_are_not_told(told: list[Span | LogEntry], level: int) -> None:
    LOG.setLevel(logging.WARNING if level == logging.INFO else logging.DEBUG)

    add_soon([Trace()], level, told)

    assert [type(each) for each in told] == [Span]


def test_of_a_request_without_a_span_there_is_a_line(told: list[Span | LogEntry]) -> None:
    add_soon([Trace(is_sampled=False)], logging.INFO, told)

    assert [type(each) for each in told] == [LogEntry]


def test_without_a_collector_no_request_is_looked_at(services: Services) -> None:
    app = create_app(services)

    assert type(app.build_middleware_stack()).__name__ == "ApiMiddleware"
