"""The fork server's own process, and what becomes of its forks: workers."""

import ctypes
import gc
import os
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import Final, NoReturn

from isolambda_core.domain.limits import KIB, WORKER_AGE_S_MAX
from isolambda_executor.confinement import confine
from isolambda_executor.fork_server import INHERITED
from isolambda_executor.frames import Connection
from isolambda_executor.messages import PROCESS_ID
from isolambda_executor.native import open_library
from isolambda_executor.worker import Worker

_WRITTEN_MAX: Final = 64 * KIB
"""The only file that a worker can write to is where V8 says why it aborts."""
_STDERR: Final = 2
_CONSOLE: Final = INHERITED + 1
_CAPABILITY_VERSION: Final = 0x20080522
_HARD_LIMITS: Final = {
    resource.RLIMIT_NOFILE: 512,  # one for each isolate that is kept, and some
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: _WRITTEN_MAX,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_MSGQUEUE: 0,
    resource.RLIMIT_CPU: 2 * WORKER_AGE_S_MAX,  # more than it can come to in its life
}
_SET_PDEATHSIG: Final = 1
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


def main() -> None:
    """Load what every worker needs, and fork one for each request until the supervisor is gone."""
    os.closerange(INHERITED + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir("/")
    _leave_namespaces()
    open_library()
    gc.freeze()  # what was made so far lives as long as the process, and no worker copies it
    control = socket.socket(fileno=INHERITED)
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1, 3)
        if not asked:
            return
        _start_worker(*descriptors)


def _leave_namespaces() -> None:
    """Go where there is no network and no user of ours, where the kernel lets anybody do that.

    Not every container does. The filter keeps a worker from both all the same.
    """
    # A namespace for IPC would take 10 ms of a cold start, for calls that end the worker anyway.
    ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK)


def _start_worker(connection: int, words: int, console: int) -> None:
    """Fork a process that forks a worker and ends: the worker is a child of the supervisor then."""
    with suppress(OSError):  # who asked finds that nobody has the other end of the socket
        between = os.fork()
        if between == 0:
            _leave_worker(connection, words, console)
        os.waitpid(between, 0)
    for descriptor in (connection, words, console):
        os.close(descriptor)


def _leave_worker(connection: int, words: int, console: int) -> NoReturn:
    try:
        parent = os.getpid()
        if os.fork() == 0:
            _become_worker(connection, words, console, parent)
    finally:  # where there is no second process, who asked finds that out as above
        os._exit(0)


def _limit_for_good() -> None:
    """Set what this process can never take back, whoever takes it over."""
    for name, most in _HARD_LIMITS.items():
        resource.setrlimit(name, (most, most))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write("1000")  # the first that ends when memory runs out; not in every container
    # Root's capabilities, too: one of them is to raise hard limits.
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _become_worker(connection: int, words: int, console: int, parent: int) -> NoReturn:
    try:
        os.setsid()
        os.dup2(words, _STDERR)
        os.dup2(connection, INHERITED)
        os.dup2(console, _CONSOLE)
        os.closerange(_CONSOLE + 1, os.sysconf("SC_OPEN_MAX"))
        _limit_for_good()
        while os.getppid() == parent:  # it is about to end
            os.sched_yield()
        # One that is stopped would not see that its socket is closed, and one at work would go on.
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        supervisor = Connection(socket.socket(fileno=INHERITED))
        supervisor.send(PROCESS_ID.pack(os.getpid()), b"", b"")
        worker = Worker(supervisor, confine, _CONSOLE)
        gc.freeze()
        gc.enable()
        worker.serve()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    # V8's threads would keep the process from ending in the ordinary way.
    os._exit(0)
