"""Control a worker process: send requests, receive replies, kill and reap it."""

import logging
import os
import signal
import time
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.executions.execution import ExecutionRequest, LogLine
from isolambda_core.domain.limits import KIB, Limits
from isolambda_executor.channel import Channel
from isolambda_executor.connection import Connection
from isolambda_executor.console import Console, exchange_in
from isolambda_executor.fork_server import StartedWorker, last_line, read_words
from isolambda_executor.frames import BrokenPeerError, Frame, FrameToSend
from isolambda_executor.memory_limit import MemoryLimit
from isolambda_executor.messages import (
    PROCESS_ID,
    READY,
    REQUEST_ID_BYTES,
    encode_request,
    read_state,
)
from isolambda_executor.operations import PerformsOperations
from isolambda_executor.waits import BLOCKING, Waits

_log = logging.getLogger(__name__)

_READY_BYTES_MAX: Final = KIB
_EXECUTED_MAX: Final = 1_000
READY_S: Final = 10.0
"""How long a process may take to start, or to clean up after an execution."""

_USER_TIME, _SYSTEM_TIME = 11, 12  # fields of /proc/PID/stat after the name
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_V8_OUT_OF_MEMORY: Final = ("out of memory", "invalid size", "invalid array length")


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How a worker process ended.

    ``signal`` is 0 for a process that exited by itself; ``used_bytes`` is the memory that it
    allocated since it was last ready, 0 if unknown; ``out_of_memory``: V8 reported that on stderr,
    or trapped without a word. ``cpu_ms`` is the processor time of its whole life, 0 if unknown.
    """

    signal: int
    used_bytes: int
    out_of_memory: bool
    cpu_ms: float = 0.0
    last_line: str = ""
    """The last line of its stderr: of a traceback, the error."""

    @property
    def cause(self) -> str:
        """The cause in words."""
        return f"signal {signal.Signals(self.signal).name}" if self.signal else "its own exit"


class WorkerProcess:
    """One worker process; :meth:`reap` it, alive or dead.

    Raises:
        OSError: no descriptor or memory is left for it; it is reaped.
    """

    def __init__(self, started: StartedWorker) -> None:
        self._words = started.words
        self._pid = 0
        self._memory_limit: MemoryLimit | None = None
        self._death: ProcessExit | None = None
        self._idle_bytes = self._held_bytes = 0
        self._has_changed = True
        self.account_id: str | None = None
        """The account whose requests it executes, from the first one to its end."""
        self.executions = 0
        """How many requests it was sent."""
        self.reported_cpu_ms = 0.0
        """The processor time that its replies have reported together."""
        self.executed: set[tuple[str, str]] = set()
        """Functions and versions that earlier executions may have left data of."""
        self.asked_first_at = 0.0
        """When the first request was sent, in seconds of ``time.monotonic``."""
        self.sent_at = 0.0
        """When the last request was sent."""
        self.is_stopped = False
        """Whether it is idle, and stopped by SIGSTOP until the next request."""
        self.request_id = bytes(REQUEST_ID_BYTES)
        """The id of the last request."""
        self.channel: Channel | None = None
        """The operations of the last request, if it has begun any."""
        self._ids = b""
        self._deadline = 0.0
        self._idle_since = 0.0
        self._idle_cpu_s: float | None = None
        self._reports_rejections = True
        self.confinement = Confinement(0)
        """What the kernel keeps the worker from, as it reported when it was ready."""
        self.ready = False
        """Whether the worker takes requests, as it reported in its last message."""
        try:
            self._console = Console(started.console)
            self._exchange = exchange_in(started.console)
        except OSError:
            self._connection = Connection(started.connection)
            self.reap()
            raise
        finally:
            os.close(started.console)
        self._connection = Connection(started.connection, self._exchange)

    @property
    def pid(self) -> int:
        """The id of the process; waits until the process has sent it.

        Raises:
            BrokenPeerError: no process was started.
            TimeoutError: the process did not send its id in time.
        """
        complete(self._learn_pid(time.monotonic() + READY_S, BLOCKING))
        return self._pid

    async def _learn_pid(self, deadline: float, waits: Waits) -> None:
        if self._pid:
            return
        head, _, _ = await self._connection.receive_by(deadline, _READY_BYTES_MAX, waits)
        if len(head) != PROCESS_ID.size:
            raise BrokenPeerError("not a process id")
        (self._pid,) = PROCESS_ID.unpack(head)

    async def await_ready(self, timeout_s: float, waits: Waits) -> None:
        """Wait until the worker reports that it has started or cleaned up, and takes requests.

        Raises:
            BrokenPeerError: it is dead, or sent something else.
            TimeoutError: it is not ready in time.
        """
        if self.ready:
            return
        self._deadline = time.monotonic() + timeout_s
        await self._learn_pid(self._deadline, waits)
        head, _, _ = await self.receive(_READY_BYTES_MAX, waits)
        if len(head) != READY.size:
            self.ready = False
            raise BrokenPeerError("not ready")
        confinement, reports_rejections = READY.unpack(head)
        self.confinement = Confinement(confinement)
        if self._reports_rejections and not reports_rejections:
            _log.warning("this library of V8's tells of no rejected promises")
        self._reports_rejections = reports_rejections
        limit = self._memory_limit or self._limit_memory()
        limit.set_for_idleness(self._held_bytes)

    async def send(
        self,
        account_id: str,
        request: FrameToSend,
        answer_s: float,
        memory_bytes: int,
        waits: Waits,
    ) -> None:
        """Send a request of an account, the same one for the life of the worker.

        The whole reply must arrive within ``answer_s`` seconds. The worker may allocate
        ``memory_bytes`` for the execution, beyond its allowance before and after it.

        Raises:
            BrokenPeerError: the worker did not read the whole request, so nothing was started; or
                it sent something without a request.
        """
        if self._connection.is_ahead:
            raise BrokenPeerError("it spoke unasked")
        self.sent_at = time.monotonic()
        if self.account_id is None:
            self.account_id, self.asked_first_at = account_id, self.sent_at
        if self.account_id != account_id:
            raise AssertionError("a worker is of one account")
        self.executions += 1
        if self.is_stopped:
            os.kill(self._pid, signal.SIGCONT)
            self.is_stopped = False
        self._console.clear()
        self._deadline = self.sent_at + answer_s
        self.request_id = self._next_id()
        self.channel = None
        limit = self._memory_limit or self._limit_memory()
        data_max = limit.set_for_execution(memory_bytes)
        frame = encode_request(self.request_id, data_max, request, self._exchange)
        await self._connection.send_by(self._deadline, frame, waits)

    def _limit_memory(self) -> MemoryLimit:
        self._memory_limit = MemoryLimit(self._pid)
        return self._memory_limit

    def note_execution(self, function_id: str, version: str) -> None:
        """Note that it executes a version of a function, which may leave data in it."""
        if len(self.executed) >= _EXECUTED_MAX:
            self.executed.clear()
        self.executed.add((function_id, version))

    def _next_id(self) -> bytes:
        # Random bytes for 256 requests at once: that saves a system call each.
        if not self._ids:
            self._ids = os.urandom(256 * REQUEST_ID_BYTES)
        request_id = self._ids[:REQUEST_ID_BYTES]
        self._ids = self._ids[REQUEST_ID_BYTES:]
        return request_id

    async def receive(self, bytes_max: int, waits: Waits) -> Frame:
        """Return the reply to the last request, of no more than ``bytes_max`` bytes.

        A frame whose head is the id of the request has messages of its operations.

        Raises:
            BrokenPeerError: the worker died, or sent something else.
            TimeoutError: no reply came in time.
        """
        frame = await self._connection.receive_by(self._deadline, bytes_max, waits)
        if frame[0] == self.request_id:
            return frame
        (request_id, resident_bytes, held_bytes, self.ready), message = read_state(frame)
        if resident_bytes != self._idle_bytes or held_bytes != self._held_bytes:
            self._idle_bytes, self._held_bytes = resident_bytes, held_bytes
            self._has_changed = True
        if request_id != self.request_id:
            raise BrokenPeerError("an answer to nothing that was asked")
        return message

    def open_channel(self, performs: PerformsOperations, request: ExecutionRequest) -> Channel:
        """Have the operations of the last request performed, until its wall time is over."""
        deadline = self.sent_at + request.limits.wall_time_ms / 1e3
        channel = self.channel = Channel(self._connection, self.request_id, deadline)
        channel.open(performs, request)
        return channel

    def console_lines(self, limits: Limits, elapsed_ms: float) -> tuple[LogLine, ...]:
        """Return the console lines of the last request, even if the worker is dead.

        Raises:
            MalformedLinesError: the memory holds something else, or more than the limits allow.
        """
        return self._console.lines(limits, elapsed_ms)

    def rest(self) -> bool:
        """Note that it is idle from now on, and return whether it has not been reaped."""
        self._idle_since, self._idle_cpu_s = time.monotonic(), None
        if self._death is not None:
            return False
        if self._memory_limit is not None:
            has_changed, self._has_changed = self._has_changed, False
            try:
                self._memory_limit.set_for_idleness(self._held_bytes, has_changed=has_changed)
            except BrokenPeerError:  # the next request reports that
                return True
        return True

    def stop_if_idle(self, after_s: float, cpu_max_s: float) -> bool:
        """Stop it at the second look after ``after_s`` seconds idle; False if it must be ended.

        That is if it used more processor time than ``cpu_max_s`` between the two looks, sent
        something without a request, or did not finish its cleanup in time.
        """
        idle_s = time.monotonic() - self._idle_since
        if self.is_stopped or idle_s < after_s:
            return True
        if not self.ready:
            return self._is_ready_at_last(idle_s)
        if self._connection.is_readable():  # it sent something without a request, or is gone
            return False
        before, self._idle_cpu_s = self._idle_cpu_s, _cpu_s(self._pid)
        if before is None:
            return True
        if self._idle_cpu_s - before > cpu_max_s:
            return False
        os.kill(self._pid, signal.SIGSTOP)
        self.is_stopped = True
        self._exchange.release()
        return True

    def _is_ready_at_last(self, idle_s: float) -> bool:
        if not self._connection.is_readable():
            return idle_s < READY_S
        try:
            complete(self.await_ready(0, BLOCKING))  # others wait for the lock of the pool
        except TimeoutError:
            return idle_s < READY_S
        except BrokenPeerError:
            return False
        return True

    def has_read(self) -> bool:
        """Return whether the worker has read the whole request."""
        return self._connection.is_read()

    def reap(self) -> ProcessExit:
        """Kill the process if it lives, close its descriptors, and return how it ended."""
        if self._death is None:
            if self.channel is not None:
                self.channel.close()
            status, used_bytes, cpu_ms = self._kill()
            ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            words = read_words(self._words)
            # V8 says why it ends its process, except where an allocation of its own is refused.
            is_silent_trap = ended_by == signal.SIGTRAP and not words
            self._death = ProcessExit(
                signal=ended_by,
                used_bytes=used_bytes,
                out_of_memory=is_silent_trap
                or any(phrase in words.lower() for phrase in _V8_OUT_OF_MEMORY),
                cpu_ms=cpu_ms,
                last_line=last_line(words),
            )
            self._connection.close()
            os.close(self._words)
            if self._memory_limit is not None:
                self._memory_limit.close()
        return self._death

    def _kill(self) -> tuple[int, int, float]:
        """Kill the process; return its status, as of ``wait4``, and its memory and its time."""
        try:
            pid = self.pid
        except (BrokenPeerError, TimeoutError):  # no process, or one that ends with its socket
            return 0, 0, 0.0
        # The id is still this process's: only this call waits for it and so frees the id.
        os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        cpu_ms = (usage.ru_utime + usage.ru_stime) * 1e3
        return status, max(0, usage.ru_maxrss * KIB - self._idle_bytes), cpu_ms


def _cpu_s(pid: int) -> float:
    """Return the processor time that a child has used, in seconds; see proc(5)."""
    with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib is slower
        fields = stat.read().rpartition(b")")[2].split()
    return (int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])) / _TICKS_A_SECOND
