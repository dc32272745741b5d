"""Write the lines of a log, and never wait for who reads them."""

import logging
import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from select import PIPE_BUF
from threading import Condition, Thread
from typing import Final

from typing_extensions import override

from isolambda_core.domain.correlation import request_filter
from isolambda_core.domain.limits import LOG_WAITING_BYTES
from isolambda_local.logs.formats import FORMATTERS
from isolambda_local.settings import LogFormat, LogLevel

_END_S: Final = 1.0
"""How long the end of a server waits for its last lines to be written."""
_OURS: Final = (
    "isolambda_api",
    "isolambda_core",
    "isolambda_dispatcher",
    "isolambda_executor",
    "isolambda_local",
    "uvicorn",
)
"""What is logged from the level on that the operator sets; of others, warnings: they may log
headers and URLs below that."""

_log = logging.getLogger(__name__)


class LogOutput(logging.Handler):
    """Writes lines to a descriptor that may be full, slow or broken.

    Within :meth:`writing` a thread writes, and lines wait for it, up to
    ``limits.LOG_WAITING_BYTES``. Without one, as in a process that forks, a line that the
    descriptor does not take at once is dropped. How many were dropped is the next line.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._waiting = bytearray()
        self._dropped = 0
        self._changed = Condition()
        self._thread: Thread | None = None
        self._ended = False
        self._is_cut = False

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._encoded(record)
        except Exception:  # whatever is wrong with one line, its writer goes on
            line = self._encoded(_record("%s: a line could not be formatted", record.name))
        with self._changed:
            if self._thread is None:
                self._write_at_once(line)
            elif len(self._waiting) + len(line) > LOG_WAITING_BYTES:
                self._dropped += line.count(b"\n")
            else:
                self._waiting += line
                self._changed.notify()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write in a thread; the last lines have a second to be written.

        Raises:
            RuntimeError: the system has no room for the thread.
        """
        self._ended = False
        thread = Thread(target=self._work, name="log", daemon=True)
        thread.start()
        self._thread = thread
        try:
            yield
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify()
            thread.join(_END_S)
            self._thread = None

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    return
            self._write_waiting()

    def _write_waiting(self) -> None:
        with self._changed:
            if self._dropped:
                count, self._dropped = self._dropped, 0
                told = _record("%d lines of the log were dropped: it took none", count)
                self._waiting[:0] = self._encoded(told)
            if self._is_cut:
                self._waiting[:0] = b"\n"
            lines, self._waiting = bytes(self._waiting), bytearray()
        written = 0
        try:
            left = memoryview(lines)
            while written < len(lines):
                written += os.write(self._descriptor, left[written : _end_of_piece(lines, written)])
        except OSError:  # the disk is full, or nobody reads
            self._dropped += lines.count(b"\n", written)
        self._is_cut = bool(written) and lines[written - 1 : written] != b"\n"

    def _write_at_once(self, line: bytes) -> None:
        ready = select.poll()
        ready.register(self._descriptor, select.POLLOUT)
        if ready.poll(0):
            self._waiting += line
            self._write_waiting()
        else:
            self._dropped += line.count(b"\n")

    def _encoded(self, record: logging.LogRecord) -> bytes:
        return f"{self.format(record)}\n".encode("utf-8", "backslashreplace")


def log_to(descriptor: int, form: LogFormat, level: LogLevel) -> LogOutput:
    """Have all lines of this process, from a level on, written to a descriptor, and return that.

    Warnings of Python's, and what ends a thread, are lines, too.
    """
    output = LogOutput(descriptor)
    output.setFormatter(FORMATTERS[form]())
    number = level.number
    output.addFilter(request_filter(lambda: number))
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(max(number, logging.WARNING))
    for name in _OURS:
        logging.getLogger(name).setLevel(number)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_end_of_thread
    return output


def _end_of_piece(lines: bytes, begin: int) -> int:
    """Return where to end a write: behind whole lines that get into a pipe in one piece, or one.

    Several processes write to one pipe, which may be nearly full: of a longer piece it takes the
    beginning, and then lines of the others.
    """
    if len(lines) - begin <= PIPE_BUF:
        return len(lines)
    end = lines.rfind(b"\n", begin, begin + PIPE_BUF)
    return 1 + (end if end >= 0 else lines.index(b"\n", begin + PIPE_BUF))


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        _log.error("a thread ended", exc_info=ended.exc_value)


def _record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(__name__, logging.WARNING, "", 0, message, arguments, None)
