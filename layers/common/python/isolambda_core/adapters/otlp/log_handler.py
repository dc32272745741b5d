"""Lines of the log as a collector gets them."""

import logging
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from isolambda_core.domain.traces import LogEntry, Tell, under_way

_TEXT_CHARACTERS: Final = 4_096
_FIELDS: Final = 16
_FIELD_CHARACTERS: Final = 256
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""What each record has; all else are named fields of its line."""
_LEFT_OUT: Final = ("isolambda_core.adapters.otlp", "opentelemetry", "requests", "urllib3")
"""Loggers of what sends: their lines would make more lines."""
_NS_PER_S: Final = 1_000_000_000


class CollectorHandler(logging.Handler):
    """Tells of each line: its text, its named fields, and the class of its exception.

    A record whose message is a list is of many requests, each of which has a line of its own.
    """

    def __init__(self, tell: Tell, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._tell = tell

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_LEFT_OUT) or isinstance(record.msg, list):
            return
        try:
            text = record.getMessage()[:_TEXT_CHARACTERS]
        except (TypeError, ValueError, KeyError):  # the line is at fault, and others show it
            self.handleError(record)
            return
        trace = under_way.get()
        self._tell(
            LogEntry(
                round(record.created * _NS_PER_S),
                record.levelno,
                text,
                None if trace is None else trace.trace_id,
                None if trace is None else trace.span_id,
                _attributes_of(record),
            )
        )


def _attributes_of(record: logging.LogRecord) -> Mapping[str, str | int | float | bool]:
    attributes: dict[str, str | int | float | bool] = {"code.namespace": record.name}
    if record.exc_info and record.exc_info[0] is not None:
        attributes["exception.type"] = record.exc_info[0].__name__
    for name, value in vars(record).items():
        if len(attributes) == _FIELDS:
            break
        if name not in _OWN and isinstance(value, str | int | float):
            attributes[name] = value[:_FIELD_CHARACTERS] if isinstance(value, str) else value
    return attributes
