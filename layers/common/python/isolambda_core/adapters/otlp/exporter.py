"""Write spans and log lines as the protocol of OpenTelemetry has them, and post them.

Importing this imports the exporter of OpenTelemetry, and what it stands on: only who has a
collector does. Its own settings (``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_EXPORTER_OTLP_CERTIFICATE``
and others) are read by it from the environment.
"""

import io
import logging
from collections.abc import Sequence
from typing import Any, Final

import requests
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import SpanKind as OtelKind
from typing_extensions import override

from isolambda_core import __version__
from isolambda_core.domain.traces import LogEntry, Span

_TIMEOUT_S: Final = 10.0
_ANSWER_BYTES: Final = 64 * 1_024
"""So much of an answer is read."""
_NAME: Final = "isolambda"
_SEVERITIES: Final = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}


class CollectorError(Exception):
    """The collector did not take a batch; ``str(error)`` says of what."""


class OtlpExporter:
    """Posts to a collector at ``endpoint``, a URL without the paths of traces and logs.

    ``timeout_s`` is how long it has for a batch, with what is tried again.
    """

    def __init__(self, endpoint: str, timeout_s: float = _TIMEOUT_S) -> None:
        # What the library logs may hold text of the collector, and the outbox logs failures.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL + 1)
        session = _BoundedSession()
        base = endpoint.rstrip("/")
        self._spans = OTLPSpanExporter(f"{base}/v1/traces", timeout=timeout_s, session=session)
        self._logs = OTLPLogExporter(f"{base}/v1/logs", timeout=timeout_s, session=session)
        self._resource = Resource.create({"service.name": _NAME, "service.version": __version__})
        self._scope = InstrumentationScope(_NAME, __version__)

    def send(self, items: Sequence[Span | LogEntry]) -> None:
        """Send spans and log lines; see ``outbox.Send``.

        Raises:
            CollectorError: the collector did not take all of them.
        """
        spans = [self._span_of(item) for item in items if isinstance(item, Span)]
        lines = [self._line_of(item) for item in items if isinstance(item, LogEntry)]
        lost = []
        if spans and self._spans.export(spans) is not SpanExportResult.SUCCESS:
            lost.append(f"{len(spans)} spans")
        if lines and self._logs.export(lines) is not LogRecordExportResult.SUCCESS:
            lost.append(f"{len(lines)} lines")
        if lost:
            raise CollectorError(" and ".join(lost))

    def _span_of(self, span: Span) -> ReadableSpan:
        parent = None if span.parent_id is None else _context_of(span.trace_id, span.parent_id)
        failed = {} if span.error is None else {"error.type": span.error}
        return ReadableSpan(
            span.name,
            _context_of(span.trace_id, span.span_id),
            parent,
            self._resource,
            {**span.attributes, **failed},
            kind=OtelKind[span.kind.name],
            status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
            start_time=span.began_ns,
            end_time=span.ended_ns,
            instrumentation_scope=self._scope,
        )

    def _line_of(self, entry: LogEntry) -> ReadableLogRecord:
        context = None
        if entry.trace_id is not None and entry.span_id is not None:
            of_request = NonRecordingSpan(_context_of(entry.trace_id, entry.span_id))
            context = set_span_in_context(of_request)
        line = LogRecord(
            timestamp=entry.at_ns,
            observed_timestamp=entry.at_ns,
            context=context,
            severity_text=logging.getLevelName(entry.level),
            severity_number=_SEVERITIES.get(entry.level, SeverityNumber.INFO),
            body=entry.text,
            attributes=entry.attributes,
        )
        return ReadableLogRecord(line, self._resource, self._scope)


class _BoundedSession(requests.Session):
    """Reads the beginning of an answer alone, however long that is."""

    @override
    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = super().send(request, **{**options, "stream": True})
        with response:
            start = response.raw.read(_ANSWER_BYTES)
        response.raw = io.BytesIO(start)
        return response


def _context_of(trace_id: str, span_id: str) -> SpanContext:
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1)
    )
