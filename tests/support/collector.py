"""A collector of OpenTelemetry, which keeps what it gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from typing_extensions import override

_TAKEN = (200, "application/x-protobuf", b"")

Value = str | int | float | bool


@dataclass(frozen=True)
class KeptSpan:
    """A span as it came; ``kind`` is its number in the protocol."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    began_ns: int
    ended_ns: int
    attributes: dict[str, Value]
    failed: bool


@dataclass
class Collector:
    """Where it is, and what it got; ``raw`` are the bodies as they came.

    ``answers`` are a status, a media type and a body by path; what has none there is taken.
    """

    url: str = ""
    spans: list[KeptSpan] = field(default_factory=list)
    resources: list[dict[str, Value]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)

    def take(self, path: str, body: bytes) -> None:
        self.raw.append(body)
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            self.spans.extend(_spans_of(traces))
            for each in traces.resource_spans:
                attributes = each.resource.attributes
                self.resources.append({one.key: _value_of(one) for one in attributes})
        elif path == "/v1/logs":
            request = ExportLogsServiceRequest.FromString(body)
            for resource in request.resource_logs:
                for scope in resource.scope_logs:
                    self.lines.extend(line.body.string_value for line in scope.log_records)
        else:
            raise ValueError(path)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Serve a collector on a port of its own."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            status, media_type, body = collector.answers.get(self.path, _TAKEN)
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _spans_of(request: ExportTraceServiceRequest) -> Iterator[KeptSpan]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield KeptSpan(
                    span.name,
                    span.kind,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    {each.key: _value_of(each) for each in span.attributes},
                    span.status.code == 2,
                )


def _value_of(attribute: KeyValue) -> Value:
    kind = attribute.value.WhichOneof("value")
    value: Value = getattr(attribute.value, str(kind))
    return value
