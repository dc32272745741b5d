"""Start worker processes.

The fork server is a process that has loaded Python and V8's library, but has not started V8. It
forks a worker in a fifth of the processor time of a new interpreter, and all workers share the
pages that it loaded. It never sees a request.
"""

import os
import select
import socket
from contextlib import ExitStack
from signal import SIGKILL, Signals
from threading import Lock
from typing import Final, NamedTuple

from isolambda_executor.spawning import spawn

_SET_CHILD_SUBREAPER: Final = 36
_WORDS_BYTES: Final = 4_096
_END_S: Final = 0.5
"""The longest time from the close of a process's socket to the end of the process."""


class StartedWorker(NamedTuple):
    """A worker process that starts, and the supervisor's descriptors for it.

    ``connection`` is the supervisor's end of its socket, where the worker first sends its process
    id; ``words`` is the file that is its stderr, ``console`` the one that holds its console lines.
    """

    connection: socket.socket
    words: int
    console: int


class ForkServer:
    """Starts workers that are children of this process; close it.

    The constructor does not wait for the process to start; ``spawned`` is what ``spawn`` returned,
    if it has started already. Safe for any number of threads.

    Raises:
        OSError: the system cannot start a process.
    """

    def __init__(self, spawned: tuple[int, int, int] | None = None) -> None:
        self._lock = Lock()
        self._process: _Process | None = _process(*(spawned or spawn()))
        # The fork server's process starts while this one imports the module.
        import ctypes  # noqa: PLC0415

        # The fork server forks twice: so a worker is an orphan, and becomes a child of this
        # process.
        if ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            self._end()
            raise OSError("this process cannot become the parent of its workers")

    def start(self) -> StartedWorker:
        """Request a worker, and return it at once; it may still fail to start.

        Raises:
            OSError: the system cannot start a process.
        """
        from isolambda_executor.console import open_console  # noqa: PLC0415

        with ExitStack() as undo:
            ours, theirs = socket.socketpair()
            undo.enter_context(ours)
            words = os.memfd_create("worker")
            undo.callback(os.close, words)
            console = open_console()
            undo.callback(os.close, console)
            with theirs, self._lock:
                self._send(theirs.fileno(), words, console)
            undo.pop_all()
            return StartedWorker(ours, words, console)

    def last_words(self) -> str:
        """Return the last line that the fork server wrote, or else the signal that ended it."""
        return "" if self._process is None else self._process.last_words()

    def close(self) -> None:
        """End the fork server; workers go on."""
        with self._lock:
            self._end()

    def _send(self, *descriptors: int) -> None:
        if self._process is not None:
            try:
                self._process.send(descriptors)
            except OSError:  # it was killed; a new one may live
                self._end()
            else:
                return
        self._process = _process(*spawn())
        self._process.send(descriptors)

    def _end(self) -> None:
        # Forget it first: once it has ended, its process id and descriptors may mean something
        # else.
        process, self._process = self._process, None
        if process is not None:
            process.end()


class _Process(NamedTuple):
    control: socket.socket
    pid: int
    words: int

    def send(self, descriptors: tuple[int, ...]) -> None:
        socket.send_fds(self.control, [b"w"], descriptors)

    def last_words(self) -> str:
        handle = os.pidfd_open(self.pid)
        try:
            select.select([handle], [], [], _END_S)
        finally:
            os.close(handle)
        line = last_line(read_words(self.words))
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if line or ended is None or ended.si_code == os.CLD_EXITED:
            return line
        return f"signal {Signals(ended.si_status).name}"

    def end(self) -> None:
        self.control.close()
        os.kill(self.pid, SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.words)


def read_words(words: int) -> str:
    """Return the first 4 KiB of what a process wrote to its stderr."""
    return os.pread(words, _WORDS_BYTES, 0).decode("utf-8", "replace").strip()


def last_line(text: str) -> str:
    """Return the last line of a text."""
    return text.rpartition("\n")[2]


def _process(control: int, pid: int, words: int) -> _Process:
    return _Process(socket.socket(fileno=control), pid, words)
