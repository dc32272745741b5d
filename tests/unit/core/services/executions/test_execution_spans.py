"""Spans of executions and fetches are made of results and records alone."""

from isolambda_core.domain.executions.execution import ExecutionResult, Origin, Outcome, Usage
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.ids import new_id
from isolambda_core.domain.traces import Span, SpanKind, Trace, under_way
from isolambda_core.services.executions.execution_spans import ExecutionSpans
from tests.support.samples import ACCOUNT, FUNCTION

MS = 1_000_000


def spans_of(
    *fetches: FetchRecord,
    outcome: Outcome = Outcome.OK,
    wall_ms: float = 100.0,
    request_id: str = "",
    trace: Trace | None = None,
) -> list[Span]:
    spans: list[Span] = []
    origin = Origin("kazoo", request_id)
    result = ExecutionResult(
        new_id(), outcome, b'"RESULT"', usage=Usage(wall_ms=wall_ms), fetches=fetches
    )
    token = under_way.set(trace)
    observe = ExecutionSpans(spans.append).observe  # type: ignore[arg-type]
    observe(Invocation(ACCOUNT, FUNCTION, b'"INPUT"', origin=origin), result)
    under_way.reset(token)
    return spans


def fetch(ms: float, host: str = "example.com", **more: object) -> FetchRecord:
    return FetchRecord("GET", host, ms=ms, **{"status": 200, **more})  # type: ignore[arg-type]


def test_an_execution_began_as_long_ago_as_it_ran() -> None:
    [execution] = spans_of(wall_ms=12.5)

    assert execution.ended_ns - execution.began_ns == 12.5 * MS
    assert execution.error is None


def test_fetches_have_the_earliest_times_that_the_order_of_their_ends_allows() -> None:
    execution, *fetches = spans_of(fetch(30.0), fetch(10.0), fetch(40.0))

    times = [
        ((each.began_ns - execution.began_ns) / MS, (each.ended_ns - execution.began_ns) / MS)
        for each in fetches
    ]
    assert times == [(0, 30), (20, 30), (0, 40)]
    assert all(each.attributes["isolambda.start"] == "earliest" for each in fetches)


def test_a_fetch_that_says_it_took_longer_than_its_execution_ends_with_it() -> None:
    execution, only = spans_of(fetch(1e12))

    assert (only.began_ns, only.ended_ns) == (execution.began_ns, execution.ended_ns)


def test_a_span_below_a_request_is_of_its_trace() -> None:
    trace = Trace("b" * 32, "c" * 16)

    execution, only = spans_of(fetch(1.0), trace=trace, request_id="a" * 32)

    assert (execution.trace_id, execution.parent_id) == ("b" * 32, trace.span_id)
    assert (only.trace_id, only.parent_id) == ("b" * 32, execution.span_id)
    assert (execution.kind, only.kind) == (SpanKind.INTERNAL, SpanKind.CLIENT)
    assert spans_of(trace=Trace("b" * 32, "c" * 16, is_sampled=False)) == []


def test_an_execution_without_a_request_is_in_the_trace_of_the_one_that_queued_it() -> None:
    [of_request] = spans_of(request_id="a" * 32)
    assert (of_request.trace_id, of_request.parent_id) == ("a" * 32, None)

    for request_id in ("", "a name of the client", "0" * 32, "A" * 32):
        [alone] = spans_of(request_id=request_id)
        assert alone.trace_id == alone.attributes["isolambda.execution_id"]


def test_the_name_of_a_host_and_a_method_of_a_function_are_bounded() -> None:
    record = FetchRecord("X" * 100_000, "h" * 100_000, None, "connect", ms=1.0)

    _, only = spans_of(record)

    assert only.name == "fetch _OTHER"
    assert len(str(only.attributes["server.address"])) == 255
    assert only.error == "connect"


def test_an_address_has_its_port_apart() -> None:
    for host, address, port in (
        ("example.com:8443", "example.com", 8443),
        ("[::1]:80", "[::1]", 80),
        ("example.com", "example.com", None),
        ("::1", "::1", None),
    ):
        _, only = spans_of(fetch(1.0, host))
        found = only.attributes["server.address"], only.attributes.get("server.port")
        assert found == (address, port)


def test_what_failed_has_an_error_and_nothing_of_input_or_result() -> None:
    execution, refused, absent = spans_of(
        fetch(1.0, status=503), fetch(1.0, status=404), outcome=Outcome.EXCEEDED_MEMORY
    )

    assert execution.error == "exceeded_memory"
    assert (refused.error, absent.error) == ("503", None)
    assert "INPUT" not in str(execution)
    assert "RESULT" not in str(execution)
