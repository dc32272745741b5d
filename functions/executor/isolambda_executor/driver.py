"""Run the worker as one coroutine, on the thread that has what it waits for.

V8 reports an answer on the thread of its isolate. To wake the main thread there, and V8's thread
for the next execution, takes longer than most functions. So the coroutine continues where the
answer is: it replies, receives the next request and posts it within the report, and V8 finds it
when the report returns. The main thread sleeps until the deadline, and does what V8's own thread
cannot do: make and close isolates, and wait for V8 (infra/adr/0052).
"""

import ctypes
import math
import threading
import time
import types
from collections.abc import Callable, Coroutine, Generator
from itertools import count
from typing import Any, Final, TypeVar, cast

from isolambda_executor.native import REPORT

_T = TypeVar("_T")

_LOOK_S: Final = 0.005
_REST_S: Final = 0.02
"""How long the main thread sleeps at most after it was woken; a wait that ends sooner wakes it."""
_LOCKED: Final = 0
"""What ``PyGILState_Release`` takes where the thread goes on with Python."""


class Event:
    """What V8 answers to one evaluation at a time; ``number`` is for ``mr_eval``.

    The events of an isolate share ``failures``: the next wait for one of them raises what is there.
    """

    def __init__(self, driver: "Driver", failures: list[Exception]) -> None:
        self._driver = driver
        self.number = driver.add(self.report)
        self.address: int | None = None
        """The address of the answer, from the report until :meth:`take`."""
        self.deadline = math.inf
        """Until when the coroutine waits, in seconds of ``time.monotonic``."""
        self.task = 0
        """The evaluation, for ``mr_cancel_task``."""
        self.awaited = False
        """Whether an answer has still to be taken."""
        self.failures = failures

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be waited for."""
        return self.address is not None or bool(self.failures)

    def take(self) -> int:
        """Return the address of the answer, once; it must have been reported."""
        address, self.address, self.awaited = self.address, None, False
        if address is None:
            raise AssertionError("nothing was reported")
        return address

    def report(self, address: int) -> None:
        """Take note of an answer, and continue with the coroutine if it waits for it."""
        self._driver.report(self, address)

    @types.coroutine
    def within(self, timeout_s: float) -> Generator["Event", None, bool]:
        """Await the answer; return whether it came in time. If not, this is the main thread."""
        if not self.is_over:
            self.deadline = time.monotonic() + timeout_s
            yield self
        return self._is_there()

    def wait(self, timeout_s: float) -> bool:
        """Wait on the main thread; return whether the answer came in time."""
        self._driver.block(self, time.monotonic() + timeout_s)
        return self._is_there()

    def is_reported(self, cpu_s: float, max_s: float) -> bool:
        """Return whether V8 answers within ``cpu_s`` of processor time and ``max_s`` seconds.

        See :meth:`is_reported_late`; only the main thread may wait.
        """
        return self.wait(cpu_s) or self.is_reported_late(cpu_s, max_s)

    def is_reported_late(self, cpu_s: float, max_s: float) -> bool:
        """Return the same, after ``cpu_s`` seconds without an answer.

        Processor time counts because V8 waits on a busy machine.
        """
        until, worked = time.monotonic() + max_s - cpu_s, time.process_time() + cpu_s
        while time.monotonic() < until and time.process_time() < worked:
            if self.wait(_LOOK_S):
                return True
        return False

    def _is_there(self) -> bool:
        if self.failures:
            raise self.failures.pop()
        return self.address is not None


class Driver:
    """Runs a coroutine that waits for events, and for the main thread; made on the main thread."""

    def __init__(self) -> None:
        self.report_to = REPORT(self._on_report)
        """What V8's threads call with the number of an event and the address of an answer."""
        self._main = threading.get_ident()
        self._numbers = count(1)
        self._reports: dict[int, Callable[[int], None]] = {}
        self._coroutine: Coroutine[Event | None, None, Any] | None = None
        self._lock = threading.Lock()  # of all below; held for no wait
        self._awaited: Event | None = None
        self._wants_main = False
        self._blocked_on: Event | None = None
        self._sleeps_until = -math.inf
        self._bell = threading.Lock()  # the main thread sleeps until it is released
        self._bell.acquire()
        self._end: BaseException | None = None
        """What the coroutine raised; ``StopIteration`` has its result."""

    def add(self, report: Callable[[int], None]) -> int:
        """Return a number for ``mr_eval``; ``report`` is called on V8's thread with an answer."""
        number = next(self._numbers)
        self._reports[number] = report
        return number

    def remove(self, number: int) -> None:
        """Forget a number."""
        del self._reports[number]

    def run(self, coroutine: Coroutine[Event | None, None, _T]) -> _T:
        """Run a coroutine to its end, from the main thread, and return its result.

        Raises:
            BaseException: what the coroutine raises, on whichever thread.
        """
        self._coroutine = coroutine
        self._continue()
        while self._is_for_main():
            self._continue()
        end, self._end = self._end, None
        if isinstance(end, StopIteration):
            return cast("_T", end.value)
        raise cast("BaseException", end)

    @types.coroutine
    def on_main(self) -> Generator[None, None, None]:
        """Continue on the main thread."""
        if threading.get_ident() != self._main:
            yield None

    def report(self, event: Event, address: int) -> None:
        """Take note of what V8 reports to an event, and continue if the coroutine waits for it."""
        with self._lock:
            event.address = address
            if self._awaited is not event:
                if self._blocked_on is event:
                    self._ring()
                return
            self._awaited = None
        self._continue()

    def fail(self, failures: list[Exception], error: Exception) -> None:
        """Raise an error in what waits for an event with these ``failures``, or will wait next."""
        with self._lock:
            failures.append(error)
            waits_for = self._blocked_on or self._awaited
            if waits_for is not None and waits_for.failures is failures:
                waits_for.deadline = -math.inf
                self._ring()

    def block(self, event: Event, until: float) -> None:
        """Wait on the main thread for an event, or until a time of ``time.monotonic``."""
        if threading.get_ident() != self._main:
            raise AssertionError("a thread of V8 would wait for itself")
        self._blocked_on, event.deadline = event, until
        while not event.is_over and (left_s := event.deadline - time.monotonic()) > 0:
            self._bell.acquire(timeout=left_s)
        self._blocked_on = None

    def _on_report(self, number: int, address: int) -> None:
        self._reports[number](address)

    def _continue(self) -> None:
        """Continue with the coroutine until it waits for what has not come."""
        while self._coroutine is not None:
            try:
                awaited = self._coroutine.send(None)
            except BaseException as end:  # `run` raises it on the main thread
                with self._lock:
                    self._coroutine, self._end = None, end
                    self._ring()
                return
            with self._lock:
                if awaited is not None and awaited.is_over:
                    continue
                self._awaited, self._wants_main = awaited, awaited is None
                if awaited is None or awaited.deadline < self._sleeps_until:
                    self._ring()
                return

    def _is_for_main(self) -> bool:
        """Sleep until the coroutine waits for the main thread, or too long; False if it ended."""
        is_rung = True
        while True:
            now = time.monotonic()
            with self._lock:
                if self._coroutine is None:
                    return False
                awaited = self._awaited
                deadline = math.inf if awaited is None else awaited.deadline
                if self._wants_main or deadline <= now:
                    self._awaited, self._wants_main = None, False
                    self._sleeps_until = -math.inf
                    return True
                # It will wait for something else in a moment, which need not wake this thread.
                self._sleeps_until = min(deadline, now + _REST_S) if is_rung else deadline
            is_endless = self._sleeps_until == math.inf
            is_rung = self._bell.acquire(timeout=-1 if is_endless else self._sleeps_until - now)

    def _ring(self) -> None:
        if self._bell.locked():
            self._bell.release()


def keep_thread_state() -> None:
    """Keep Python's state of this thread, one of V8's: making it takes longer than a report."""
    ctypes.pythonapi.PyGILState_Ensure()


def drop_thread_state() -> None:
    """Have Python free its state of this thread when the report returns."""
    ctypes.pythonapi.PyGILState_Release(_LOCKED)
