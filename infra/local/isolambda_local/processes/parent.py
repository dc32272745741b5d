"""Keep several processes that serve: start them, replace those that end, and end them all.

The parent serves nothing itself, and has one thread, so that it can fork at any time.
"""

import ctypes
import json
import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NoReturn

from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.limits import PROCESS_STARTS_EVERY_S
from isolambda_local.process import print_or_log
from isolambda_local.processes.bounds import Bounds, SharedBounds
from isolambda_local.start_error import StartError

Ready = Callable[[str], None]
"""Takes the greeting of a server once it serves."""
Serve = Callable[[Bounds, Ready], None]
"""Serves in this process, within bounds, until a signal ends it."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SET_PDEATHSIG: Final = 1
_REPORT_BYTES: Final = 64 * 1024

_log = logging.getLogger(__name__)


def serve_in_processes(bounds: SharedBounds, serve: Serve) -> None:
    """Serve in as many processes as ``bounds`` are for, until SIGINT or SIGTERM ends this one.

    The first one starts alone, as it makes what is missing. A process that ends is replaced, and
    all end when this one does, even if it is killed.

    Raises:
        StartError: a process cannot start.
    """
    parent = _Parent(bounds, serve)
    try:
        greeting = parent.start([0])
        parent.start(range(1, bounds.memory.processes))
        print_or_log(greeting)
        parent.watch()
    finally:
        parent.end()


@dataclass(frozen=True, slots=True)
class _Process:
    number: int
    pid: int
    report: int
    """Where it writes one line once it serves or cannot start; the kernel closes it at its end."""
    started_at: float


class _Parent:
    def __init__(self, bounds: SharedBounds, serve: Serve) -> None:
        self._bounds = bounds
        self._serve = serve
        self._processes: list[_Process] = []
        self._due: dict[int, float] = {}
        """When to start a process again, by its number."""

    def start(self, numbers: Iterable[int]) -> str:
        """Start processes, and return the greeting of the last one once all serve."""
        starting = {number: self._fork(number) for number in numbers}
        greeting = ""
        while starting:
            for process, report in self._reports(None):
                if report is None:
                    raise StartError(f"a server process ended by {self._remove(process)}")
                if "fault" in report:
                    raise StartError(report["fault"])
                greeting = report["greeting"]
                starting.pop(process.number, None)
        return greeting

    def watch(self) -> NoReturn:
        """Replace each process that ends."""
        while True:
            now = time.monotonic()
            for number in [number for number, due in self._due.items() if due <= now]:
                del self._due[number]
                self._fork(number)
            timeout_s = min((due - now for due in self._due.values()), default=None)
            for process, report in self._reports(timeout_s):
                if report is None:
                    self._replace(process)
                elif "fault" in report:
                    _log.error("a server process cannot start: %s", report["fault"])

    def end(self) -> None:
        """End all processes, each after the requests under way."""
        for one in _SIGNALS:  # Ctrl-C reaches the processes, too
            signal.signal(one, signal.SIG_IGN)
        for process in self._processes:
            os.kill(process.pid, signal.SIGTERM)
        for process in self._processes:
            os.waitpid(process.pid, 0)

    def _replace(self, process: _Process) -> None:
        cause = self._remove(process)
        _log.error("server process %d ended by %s; another one starts", process.pid, cause)
        self._due[process.number] = process.started_at + PROCESS_STARTS_EVERY_S

    def _remove(self, process: _Process) -> str:
        """Reap a process, take back what it held, and return how it ended."""
        self._processes.remove(process)
        os.close(process.report)
        _, status = os.waitpid(process.pid, 0)
        self._bounds.forget(process.number)
        code = os.waitstatus_to_exitcode(status)
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _reports(self, timeout_s: float | None) -> list[tuple[_Process, dict[str, str] | None]]:
        """Return what processes report, None of those that have ended."""
        by_report = {process.report: process for process in self._processes}
        readable, _, _ = select.select(by_report, [], [], timeout_s)
        read = ((by_report[one], os.read(one, _REPORT_BYTES)) for one in readable)
        return [(process, json.loads(text) if text else None) for process, text in read]

    def _fork(self, number: int) -> _Process:
        reading, writing = os.pipe()
        parent = os.getpid()
        # A signal must find either no process here, or one that `end` knows.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if not pid:
            for process in self._processes:
                os.close(process.report)
            os.close(reading)
            self._become(number, parent, writing)
        os.close(writing)
        process = _Process(number, pid, reading, time.monotonic())
        self._processes.append(process)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return process

    def _become(self, number: int, parent: int, report: int) -> NoReturn:
        code = 1
        try:
            end_with(parent)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            self._bounds.memory.leave()
            bounds = self._bounds.of_process(number)

            def ready(greeting: str) -> None:
                bounds.serving.begin()
                _write(report, {"greeting": greeting})

            self._serve(bounds.bounds(), ready)
            code = 0
        except (IsolambdaError, OSError) as error:
            _write(report, {"fault": str(error)})
        except (SystemExit, KeyboardInterrupt):
            code = 0
        except BaseException:
            _log.exception("a server process failed")
        finally:
            sys.stderr.flush()
            os._exit(code)  # what the parent has open is not for a process to close


def end_with(parent: int) -> None:
    """Have the kernel end this process, as by SIGTERM, when its parent ends, however that does."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


def _write(report: int, message: dict[str, str]) -> None:
    os.write(report, json.dumps(message).encode())
