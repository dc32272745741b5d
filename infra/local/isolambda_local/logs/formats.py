"""How the lines of a log look, as text or as JSON, whatever is in them."""

import json
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import lru_cache
from time import gmtime, perf_counter, strftime
from typing import Any, Final

from typing_extensions import override

from isolambda_api.http.request_log import RequestLine, RequestLines, duration_ms
from isolambda_core.domain.limits import LOG_TEXT_CHARACTERS
from isolambda_local.settings import LogFormat

_KNOWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "asctime",
    "color_message",  # uvicorn's
    "correlation_id",
    "message",
    "taskName",
}
_WORD: Final = re.compile(r'[^\s"=\\]+')


class LineFormatter(logging.Formatter, ABC):
    """Makes one line of each record, which no value in it can end or begin."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        if type(record.msg) is RequestLines:
            zero_at = record.created - perf_counter()
            return "\n".join(self._lines_of(record.levelname, record.msg, zero_at))
        return self._line_of(record)

    @abstractmethod
    def _lines_of(self, level: str, requests: RequestLines, zero_at: float) -> Iterator[str]:
        """Yield the lines of requests; ``zero_at`` is when ``perf_counter`` was 0, in Unix time."""

    @abstractmethod
    def _line_of(self, record: logging.LogRecord) -> str:
        """Return the line of any other record."""


class TextFormatter(LineFormatter):
    """For people: time, level, correlation id or ``-``, message, and fields that it does not name.

    The lines of a traceback follow, each behind four spaces.
    """

    @override
    def _lines_of(self, level: str, requests: RequestLines, zero_at: float) -> Iterator[str]:
        # In a busy second this is done 10 000 times: many lines are of one millisecond.
        known_ms, head = -1, ""
        for verb, route, status, began, ended, request_id in requests:
            ms = int((zero_at + ended) * 1000)
            if ms != known_ms:
                known_ms, head = ms, f"{_time_of(ms)} {level}"
            took_ms = (ended - began) * 1000
            yield f"{head} {request_id} {verb} {route} {status} {took_ms:.1f} ms"

    @override
    def _line_of(self, record: logging.LogRecord) -> str:
        names = str(record.msg)
        fields = {
            name: value for name, value in _fields_of(record).items() if f"%({name})" not in names
        }
        words = [
            _time_of(int(record.created * 1000)),
            record.levelname,
            _correlation_of(record) or "-",
            _printable(record.getMessage()),
            *(f"{name}={_word(value)}" for name, value in fields.items()),
        ]
        trace = self._trace_of(record).splitlines()
        return "\n    ".join((" ".join(words), *map(_printable, trace)))

    def _trace_of(self, record: logging.LogRecord) -> str:
        return (
            self.formatException(record.exc_info)[-LOG_TEXT_CHARACTERS:] if record.exc_info else ""
        )


class JsonFormatter(LineFormatter):
    """For programs: an object with ``time``, ``level``, ``correlation_id``, ``message``, fields.

    A traceback is in ``exception``.
    """

    @override
    def _lines_of(self, level: str, requests: RequestLines, zero_at: float) -> Iterator[str]:
        for request in requests:
            yield _dump(_of_request(level, request, zero_at))

    @override
    def _line_of(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time_of(int(record.created * 1000)),
            "level": record.levelname,
        }
        if correlation_id := _correlation_of(record):
            line["correlation_id"] = correlation_id
        line["message"] = record.getMessage()[:LOG_TEXT_CHARACTERS]
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)[-LOG_TEXT_CHARACTERS:]
        for name, value in _fields_of(record).items():
            line.setdefault(name, value[:LOG_TEXT_CHARACTERS] if isinstance(value, str) else value)
        return _dump(line)


FORMATTERS: Final[Mapping[LogFormat, type[LineFormatter]]] = {
    LogFormat.TEXT: TextFormatter,
    LogFormat.JSON: JsonFormatter,
}


def _time_of(ms: int) -> str:
    """Return a time in Unix milliseconds as in RFC 3339."""
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(4)
def _second(at: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(at))


def _of_request(level: str, request: RequestLine, zero_at: float) -> Mapping[str, Any]:
    verb, route, status, began, ended, request_id = request
    took_ms = duration_ms(began, ended)
    return {
        "time": _time_of(int((zero_at + ended) * 1000)),
        "level": level,
        "correlation_id": request_id,
        "message": f"{verb} {route} {status} {took_ms} ms",
        "method": verb,
        "route": route,
        "status": status,
        "duration_ms": took_ms,
    }


def _correlation_of(record: logging.LogRecord) -> str | None:
    found: str | None = getattr(record, "correlation_id", None)
    return found


def _fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    known_as = _correlation_of(record)
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _KNOWN and (value is None or value != known_as)
    }


def _dump(line: Mapping[str, Any]) -> str:
    text = json.dumps(line, default=str)
    if "\\ud" in text:  # half of a surrogate pair, at which many a reader of JSON gives up
        text = json.dumps({name: _whole(value) for name, value in line.items()}, default=str)
    return text


def _whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode()


def _printable(text: str) -> str:
    """Return a text in which what moves a cursor, or hides, is written as its number."""
    text = text[:LOG_TEXT_CHARACTERS]
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _word(value: object) -> str:
    if isinstance(value, dict):
        return json.dumps(value, default=str)[:LOG_TEXT_CHARACTERS]
    text = str(value)[:LOG_TEXT_CHARACTERS]
    return text if _WORD.fullmatch(text) and text.isprintable() else json.dumps(_whole(text))
