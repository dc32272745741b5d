"""Starts a worker process. A cold start begins here, so this imports next to nothing."""

import os
import resource
import socket
import sys
from contextlib import ExitStack

WORKER_DESCRIPTOR = 3
"""The one descriptor that a worker inherits beside the standard three: its socket."""

# The collector would look through all that is imported; the worker lets it in when it is ready.
_BOOT = (
    "import gc, sys; gc.disable(); sys.path[:] = sys.argv[1:]; "
    "from isolambda_executor.worker import main; main()"
)


class StartedWorker:
    """A worker process, started bare when this is made, and what it is held by.

    ``connection`` is our end of its socket, ``words`` the file that its last words go to, and
    ``inherited_peak_kib`` the resident memory that the kernel counts as its own from the start.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self) -> None:
        with ExitStack() as undo:
            self.connection, theirs = socket.socketpair()
            undo.enter_context(self.connection)
            self.words = os.memfd_create("worker")
            undo.callback(os.close, self.words)
            with theirs:
                self.pid = _spawn(theirs.fileno(), self.words)
            # Not before: other threads take memory meanwhile.
            self.inherited_peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            undo.pop_all()


def _spawn(connection: int, words: int) -> int:
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", "-c", _BOOT, *sys.path],
        _environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
            (os.POSIX_SPAWN_DUP2, 0, 1),
            (os.POSIX_SPAWN_DUP2, words, 2),
            (os.POSIX_SPAWN_DUP2, connection, WORKER_DESCRIPTOR),
        ],
        setsid=True,
    )


def _environment() -> dict[str, str]:
    # Empty but for where the interpreter's own shared library lies, in runtimes that say it there.
    name = "LD_LIBRARY_PATH"
    value = os.environ.get(name)  # noqa: TID251 - not a setting
    return {} if value is None else {name: value}
