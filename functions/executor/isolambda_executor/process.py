"""A worker process as its supervisor holds it: asked, killed, and buried."""

import os
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from isolambda_core.domain.limits import KIB
from isolambda_executor.frames import BrokenPeerError, Connection, Frame
from isolambda_executor.messages import READY, STATE
from isolambda_executor.started import StartedWorker

_SEND_S: Final = 10.0
"""How long a worker may take to take in what is longer than the socket holds."""
_WORDS_BYTES: Final = 4 * KIB
_ABORTS: Final = (signal.SIGTRAP, signal.SIGILL, signal.SIGABRT)
_PEAK_NOISE_KIB: Final = 2 * KIB
"""The kernel counts resident pages for each processor, and sums them up roughly."""

_V8_OUT_OF_MEMORY: Final = ("out of memory", "invalid size", "invalid array length")


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker process ended.

    ``signal`` is 0 for a process that ended by itself; ``used_bytes`` is the memory that it took
    since it was last ready, 0 where that is not known; ``out_of_memory``: V8 said so at the end.
    """

    signal: int
    used_bytes: int
    out_of_memory: bool
    last_line: str = ""
    """The last line that it wrote to stderr: of a traceback, what went wrong."""

    @property
    def cause(self) -> str:
        """The cause in words."""
        return f"signal {signal.Signals(self.signal).name}" if self.signal else "its own exit"


class WorkerProcess:
    """One worker process; whoever makes it has to :meth:`bury` it, alive or dead.

    It stays on one processor, ``cpu``: its two threads only ever take turns, and waking one that
    last ran elsewhere takes longer than most functions (infra/adr/0003).
    """

    def __init__(self, started: StartedWorker, cpu: int) -> None:
        self._connection = Connection(started.connection, _SEND_S)
        self._words = started.words
        self._pid = started.pid
        self._inherited_peak_kib = started.inherited_peak_kib + _PEAK_NOISE_KIB
        with suppress(OSError):  # it is faster there, and works anywhere
            os.sched_setaffinity(self._pid, {cpu})
        self._death: Death | None = None
        self._idle_bytes = 0
        self._idle_faults = 0
        self.sent_at = 0.0
        """When the last request was sent, in seconds of ``time.monotonic``."""
        self.confined = False
        """Whether the worker said, when it was ready, that the kernel confines it."""
        self.ready = False
        """Whether the worker said of itself, in its last reply, that it takes requests."""

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._pid

    def await_ready(self, timeout_s: float) -> None:
        """Wait until the worker takes requests, as it says when it has started or tidied up.

        Raises:
            BrokenPeerError: it is dead, or says something else.
            TimeoutError: it is not ready in time.
        """
        if self.ready:
            return
        head, _, _ = self.receive(timeout_s)
        if len(head) != READY.size:
            raise BrokenPeerError("not ready")
        (self.confined,) = READY.unpack(head)

    def send(self, head: bytes, source: bytes, payload: bytes) -> None:
        """Send a request.

        Raises:
            BrokenPeerError: the worker did not take it whole, so nothing was started.
        """
        self.sent_at = time.monotonic()
        self._connection.send(head, source, payload)

    def receive(self, timeout_s: float) -> Frame:
        """Return the reply.

        Raises:
            BrokenPeerError: the worker died, or sent no frame.
            TimeoutError: there was no reply in time.
        """
        head, result, told = self._connection.receive(timeout_s)
        if len(head) < STATE.size:
            raise BrokenPeerError("not a reply")
        self._idle_bytes, self._idle_faults, self.ready = STATE.unpack_from(head)
        return head[STATE.size :], result, told

    @property
    def was_asked(self) -> bool:
        """Whether a request was ever sent to it."""
        return self.sent_at > 0

    def has_ended(self) -> bool:
        """Return whether the process has ended; it stays to be buried."""
        return os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def has_read(self) -> bool:
        """Return whether the worker has read all that was sent to it."""
        return self._connection.is_read()

    def bury(self) -> Death:
        """Kill the process if it lives, release what it held, and say how it ended."""
        if self._death is None:
            # The id cannot have passed to another process: nobody else waits for this one.
            os.kill(self._pid, signal.SIGKILL)
            _, status, usage = os.wait4(self._pid, 0)
            ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            words = os.pread(self._words, _WORDS_BYTES, 0).decode("utf-8", "replace").strip()
            self._death = Death(
                signal=ended_by,
                used_bytes=self._used_bytes(usage, ended_by),
                out_of_memory=any(said in words.lower() for said in _V8_OUT_OF_MEMORY),
                last_line=words.rpartition("\n")[2],
            )
            self._connection.close()
            os.close(self._words)
        return self._death

    def _used_bytes(self, usage: resource.struct_rusage, ended_by: int) -> int:
        # A process inherits the peak of who started it: a smaller one of its own is not known.
        if usage.ru_maxrss > self._inherited_peak_kib:
            return max(0, usage.ru_maxrss * KIB - self._idle_bytes)
        # V8 aborts for want of memory, at times without a word, after it touched that many pages.
        if ended_by in _ABORTS:
            return (usage.ru_minflt - self._idle_faults) * resource.getpagesize()
        return 0
