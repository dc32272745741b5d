"""Write spans and log lines as the protocol of OpenTelemetry has them, and post them.

Importing this imports the exporter of OpenTelemetry, and what it stands on: only who has a
collector does. Its own settings (``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_EXPORTER_OTLP_CERTIFICATE``
and others) are read by it from the environment.
"""

import io
import logging
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any, Final

import requests
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
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
from isolambda_core.adapters.otlp.outbox import CollectorError
from isolambda_core.domain.traces import Attributes, LogEntry, Span

_TIMEOUT_S: Final = 10.0
_ANSWER_BYTES: Final = 64 * 1_024
"""So much of an answer is read."""
_PART_BYTES: Final = 4_096
_REDIRECT, _CLIENT_ERROR = 300, 400
_HTML: Final = "text/html"
_UNWRITTEN: Final = "they cannot be written"
_NAME: Final = "isolambda"
_SEVERITIES: Final = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}


class OtlpExporter:
    """Posts to a collector at ``endpoint``, a URL without the paths of traces and logs.

    ``timeout_s`` is how long it has for a batch, with what is tried again.
    """

    def __init__(self, endpoint: str, timeout_s: float = _TIMEOUT_S) -> None:
        # What the library logs may hold text of the collector, and the outbox logs failures.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL + 1)
        session = self._session = _CollectorSession()
        base = endpoint.rstrip("/")
        self._spans = OTLPSpanExporter(f"{base}/v1/traces", timeout=timeout_s, session=session)
        self._logs = OTLPLogExporter(f"{base}/v1/logs", timeout=timeout_s, session=session)
        own = Resource.create({"service.name": _NAME, "service.version": __version__})
        # What the environment says is of this installation; the library would let ours win.
        self._resource = own.merge(OTELResourceDetector().detect())
        self._scope = InstrumentationScope(_NAME, __version__)

    def send(self, items: Sequence[Span | LogEntry]) -> None:
        """Send spans and log lines; see ``outbox.Send``.

        Raises:
            CollectorError: the collector did not take all of them.
        """
        spans = [self._span_of(item) for item in items if isinstance(item, Span)]
        lines = [self._line_of(item) for item in items if isinstance(item, LogEntry)]
        lost: list[tuple[int, str]] = []
        if spans:
            is_taken = self._spans.export(spans) is SpanExportResult.SUCCESS
            lost += self._lost(len(spans), "spans", is_taken=is_taken)
        if lines:
            is_taken = self._logs.export(lines) is LogRecordExportResult.SUCCESS
            lost += self._lost(len(lines), "lines", is_taken=is_taken)
        if lost:
            raise CollectorError(sum(count for count, _ in lost), ", ".join(why for _, why in lost))

    def _lost(self, sent: int, what: str, *, is_taken: bool) -> Iterator[tuple[int, str]]:
        """Yield how many of what was just sent are lost, and why, unless none are."""
        fault, self._session.fault = self._session.fault, _UNWRITTEN
        if not is_taken:
            yield sent, f"{sent} {what}: {fault}"
        elif count := min(sent, _rejected_in(self._session.answer)):
            yield count, f"{count} of {sent} {what}: it rejected them"

    def _span_of(self, span: Span) -> ReadableSpan:
        parent = None if span.parent_id is None else _context_of(span.trace_id, span.parent_id)
        failed = {} if span.error is None else {"error.type": span.error}
        return ReadableSpan(
            span.name,
            _context_of(span.trace_id, span.span_id),
            parent,
            self._resource,
            _written({**span.attributes, **failed}),
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
            body=_text_of(entry.text),
            attributes=_written(entry.attributes),
        )
        return ReadableLogRecord(line, self._resource, self._scope)


class _AnswerError(Exception):
    """The answer is none of a collector; asked again it would be the same."""


class _CollectorSession(requests.Session):
    """Reads the beginning of each answer alone, however long that is, and lets no other one pass.

    ``answer`` is what the latest one began with, and ``fault`` what was wrong with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.headers["Accept-Encoding"] = "identity"
        self.answer = b""
        self.fault = _UNWRITTEN

    @override
    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        deadline = monotonic() + options["timeout"]
        try:
            response = super().send(request, **{**options, "stream": True})
            self.fault = f"it answered {response.status_code}"
            with response:
                self.answer = _start_of(response, deadline)
            self._require_taken(response)
        except Exception as error:
            self.fault = str(error) if isinstance(error, _AnswerError) else type(error).__name__
            raise
        response.raw = io.BytesIO(self.answer)
        return response

    def _require_taken(self, response: requests.Response) -> None:
        """Refuse what the library takes as done, and no collector answers."""
        if _REDIRECT <= response.status_code < _CLIENT_ERROR:
            raise _AnswerError(f"{self.fault}, a redirect")
        is_page = response.headers.get("content-type", "").lower().startswith(_HTML)
        if is_page and response.status_code < _REDIRECT:
            raise _AnswerError(f"{self.fault} with a page of HTML")


def _start_of(response: requests.Response, deadline: float) -> bytes:
    # Older releases of urllib3 lack it, and wait until a part is full, as long for each byte of it.
    read = getattr(response.raw, "read1", response.raw.read)
    start = b""
    while len(start) < _ANSWER_BYTES and (part := read(_PART_BYTES)):
        start += part
        if monotonic() > deadline:
            raise _AnswerError(f"it answered {response.status_code}, and the answer has no end")
    return start


def _rejected_in(answer: bytes) -> int:
    """Return how many items an answer rejects; answers about lines are written as those of spans.

    An answer that is none of the protocol rejects none.
    """
    try:
        found = ExportTraceServiceResponse.FromString(answer)
    except DecodeError:
        return 0
    return max(0, int(found.partial_success.rejected_spans))


def _written(attributes: Attributes) -> Attributes:
    return {
        name: _text_of(value) if isinstance(value, str) else value
        for name, value in attributes.items()
    }


def _text_of(text: str) -> str:
    """Return a text that UTF-8 can write: one that it cannot would keep a whole batch back."""
    return text.encode("utf-8", "replace").decode()


def _context_of(trace_id: str, span_id: str) -> SpanContext:
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1)
    )
