"""Evaluate scripts in one isolate of V8's, through the C interface of ``py_mini_racer``.

V8's thread calls the driver with the address of an answer, and what waits for it continues on that
thread (infra/adr/0052). It knows nothing of the prelude.
"""

import ctypes
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from isolambda_executor.answers import (
    STRING,
    Answer,
    EngineError,
    OutOfTimeError,
    StuckError,
    read_answer,
)
from isolambda_executor.driver import Driver, Event, drop_thread_state, keep_thread_state
from isolambda_executor.exchange import Part
from isolambda_executor.native import string_in

START_S: Final = 10.0
"""How long V8 may take for what an isolate begins with."""
_CANCEL_CPU_S: Final = 0.01
_CANCEL_MAX_S: Final = 0.06
"""Part of the supervisor's grace time, in which the worker can still report by itself."""
_DROP_CPU_S: Final = 0.025
_DROP_MAX_S: Final = 0.25
_CLOSE_CPU_S: Final = 0.3
"""Four times what an isolate with 512 buffers of 1 MiB takes; most take less than 50 ms."""


class Context:
    """One isolate with one global scope and a thread; close it, or the process hangs at its end."""

    def __init__(self, dll: ctypes.CDLL, driver: Driver) -> None:
        self._dll = dll
        self._eval, self._free = dll.mr_eval, dll.mr_free_value
        self._driver = driver
        self._numbers: list[int] = []
        self._failures: list[Exception] = []
        self.id: int = dll.mr_init_context(driver.report_to)
        """What the library knows it by."""
        self._memory_limit = 0
        self._thread = self.event()
        self._call_on_thread(keep_thread_state)
        self.answer(self._thread, START_S)

    def event(self) -> Event:
        """Return an event, to which V8 reports the answer to one script at a time."""
        event = Event(self._driver, self._failures)
        self._numbers.append(event.number)
        return event

    async def on_main(self) -> None:
        """Continue on the main thread."""
        await self._driver.on_main()

    def set_memory_limit(self, limit_bytes: int) -> None:
        """Limit the heap; V8 does not count buffers, which are outside it."""
        if limit_bytes != self._memory_limit:
            self._dll.mr_set_hard_memory_limit(self.id, limit_bytes)
            self._memory_limit = limit_bytes

    @property
    def exceeded_memory(self) -> bool:
        """Whether V8 stopped something, perhaps a microtask, as the heap was over its limit."""
        return bool(self._dll.mr_hard_memory_limit_reached(self.id))

    def string(self, text: Part) -> int:
        """Return a handle to a string (UTF-8); the isolate frees it when it closes."""
        data = text if isinstance(text, bytes) else string_in(text)
        handle: int = self._dll.mr_alloc_string_val(self.id, data, len(text), STRING)
        return handle

    def post(self, script: int, event: Event) -> None:
        """Have V8 evaluate a script, from a handle, after those before."""
        event.awaited = True
        event.task = self._eval(self.id, script, event.number)

    def post_once(self, code: str, event: Event) -> None:
        """Have V8 evaluate a script that is not kept."""
        script = self.string(code.encode("utf-8", "surrogatepass"))
        self.post(script, event)
        self._free(self.id, script)

    async def answered(self, event: Event, timeout_s: float) -> Answer:
        """Return the answer to the script that was posted with an event; see :meth:`answer`."""
        if not await event.within(timeout_s):
            self.cancel(event)
            raise OutOfTimeError
        return self.decode(event)

    def answer(self, event: Event, timeout_s: float) -> Answer:
        """Return the same; only the main thread may wait for it.

        Raises:
            JavaScriptError: the script threw or does not parse.
            OutOfMemoryError: it exceeded a memory limit.
            OutOfTimeError: no answer came in ``timeout_s`` seconds.
            StuckError: the same, and V8 cannot be interrupted.
        """
        if not event.wait(timeout_s):
            self.cancel(event)
            raise OutOfTimeError
        return self.decode(event)

    def object_of(self, code: str, event: Event) -> int:
        """Return a handle to an object; the isolate frees it when it closes."""
        self.post_once(code, event)
        if not event.wait(START_S):
            raise StuckError
        return event.take()

    def give(self, taker: int, name: str, value: int) -> None:
        """Set a property of an object, from handles; waits for V8's thread."""
        key = self.string(name.encode())
        done = self._dll.mr_set_object_item(self.id, taker, key, value)
        for handle in (done, value, key):
            self._free(self.id, handle)

    def function(self, call: Callable[[], None]) -> int:
        """Return a handle to a function of JavaScript that calls one of Python, on V8's thread.

        Whatever waits for V8 meanwhile raises the errors of V8's that it raises.
        """

        def report(arguments: int) -> None:
            self._free(self.id, arguments)
            try:
                call()
            except EngineError as error:
                self._driver.fail(self._failures, error)

        self._numbers.append(self._driver.add(report))
        handle: int = self._dll.mr_make_js_callback(self.id, self._numbers[-1])
        return handle

    def cancel(self, event: Event) -> None:
        """Have V8 stop what it does for an event; on the main thread.

        Raises:
            StuckError: it does not.
        """
        self.cancel_task(event)
        if not event.is_reported(_CANCEL_CPU_S, _CANCEL_MAX_S):
            raise StuckError
        with suppress(EngineError):  # the answer of the cancelled call does not matter
            self.decode(event)

    def cancel_task(self, event: Event) -> None:
        """Have V8 stop what it does for an event, without waiting for that."""
        self._dll.mr_cancel_task(self.id, event.task)

    def decode(self, event: Event) -> Answer:
        """Return the answer that was reported to an event.

        Raises:
            EngineError: as :meth:`answer`.
        """
        address = event.take()
        try:
            return read_answer(address)
        finally:
            self._free(self.id, address)

    def collect_garbage(self) -> None:
        """Collect garbage; call it only while the isolate answers."""
        self._dll.mr_low_memory_notification(self.id)

    def close(self, *, is_idle: bool) -> None:
        """Stop what still runs in the isolate and free its memory.

        A few of V8's built-ins cannot be interrupted. The kernel then ends the process by SIGPROF,
        after ``_CLOSE_CPU_S`` seconds of processor time; a busy machine only delays that. If the
        isolate waits instead of working, the supervisor ends the process.
        """
        # The library frees what a task uses that has just begun, so V8 has to have ended it. If V8
        # is at work, Python keeps its state of the thread, of 16 KB.
        if is_idle:
            self._call_on_thread(drop_thread_state)
            self._thread.is_reported(_DROP_CPU_S, _DROP_MAX_S)
        signal.setitimer(signal.ITIMER_PROF, _CLOSE_CPU_S)
        self._dll.mr_free_context(self.id)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number in self._numbers:
            self._driver.remove(number)

    def _call_on_thread(self, act: Callable[[], None]) -> None:
        """Have V8's thread call a function; it then answers."""

        def report(address: int) -> None:
            act()
            self._thread.report(address)

        self._numbers.append(self._driver.add(report))
        nothing = self.string(b"0")
        self._thread.task = self._eval(self.id, nothing, self._numbers[-1])
        self._free(self.id, nothing)
