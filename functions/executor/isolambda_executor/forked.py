"""Run the fork server's process, and turn its forks into workers."""

import codecs
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, NoReturn

from isolambda_core.domain.executions.confinement import Confinement
from isolambda_core.domain.limits import KIB, WORKER_AGE_S_MAX
from isolambda_executor.chunks import read_chunks, read_prelude
from isolambda_executor.confinement import confine
from isolambda_executor.connection import Connection
from isolambda_executor.console import exchange_in
from isolambda_executor.frames import encode_frame
from isolambda_executor.messages import PROCESS_ID
from isolambda_executor.metering import Meter
from isolambda_executor.namespaces import drop_capabilities, enter_namespaces, enter_worker
from isolambda_executor.spawning import INHERITED
from isolambda_executor.worker import Worker

_WRITTEN_MAX: Final = 64 * KIB
"""The size of a worker's stderr, where V8 reports why it aborts; it can write no other file."""
_STDERR: Final = 2
_PROC: Final = INHERITED + 1
"""The descriptor of /proc, which a worker closes before V8 starts."""
_CONSOLE: Final = INHERITED + 2
_HARD_LIMITS: Final = {
    resource.RLIMIT_NOFILE: 1024,  # three for each isolate, and some
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: _WRITTEN_MAX,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_MSGQUEUE: 0,
    resource.RLIMIT_CPU: 2 * WORKER_AGE_S_MAX,  # more than it can use in its life
}
_ENCODINGS: Final = ("ascii", "utf-16-le")
"""Those that a worker uses and Python reads from files."""
_SET_PDEATHSIG: Final = 1


def main(finish_loading: Callable[[], None]) -> None:
    """Load what every worker needs, and fork workers on request until the supervisor ends.

    ``finish_loading`` waits for V8's library and the data of ICU, and leaves one thread.
    """
    read_prelude()
    read_chunks()
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    finish_loading()  # it opens files, so the numbers of descriptors are known after it
    os.closerange(INHERITED + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir("/")
    os.open("/proc", os.O_PATH | os.O_DIRECTORY)  # the lowest free number, _PROC
    held = enter_namespaces(_PROC)
    gc.freeze()  # these objects live as long as the process, so no worker need copy their pages
    control = socket.socket(fileno=INHERITED)
    while True:
        asked, descriptors, _, _ = socket.recv_fds(control, 1, 3)
        if not asked:
            return
        _start_worker(held, *descriptors)


def _start_worker(held: Confinement, connection: int, words: int, console: int) -> None:
    """Fork a process that forks a worker and ends, so that the supervisor adopts the worker."""
    with suppress(OSError):  # the supervisor finds its socket closed
        between = os.fork()
        if between == 0:
            _leave_worker(held, connection, words, console)
        os.waitpid(between, 0)
    for descriptor in (connection, words, console):
        os.close(descriptor)


def _leave_worker(held: Confinement, connection: int, words: int, console: int) -> NoReturn:
    try:
        parent = os.getpid()
        if os.fork() == 0:
            _become_worker(held, connection, words, console, parent)
    finally:  # if the second fork fails, the supervisor finds its socket closed
        os._exit(0)


def _limit_for_good() -> None:
    """Set limits that this process cannot lift, even if an attacker takes it over."""
    for name, most in _HARD_LIMITS.items():
        resource.setrlimit(name, (most, most))
    with suppress(OSError):  # not in every container
        # The kernel ends it first when memory runs out.
        score = os.open("self/oom_score_adj", os.O_WRONLY, dir_fd=_PROC)
        os.write(score, b"1000")
        os.close(score)
    drop_capabilities()  # one of root's permits to raise hard limits


def _confine(held: Confinement) -> Confinement:
    return held | Confinement.SYSTEM_CALLS if confine() else held


def _become_worker(
    held: Confinement, connection: int, words: int, console: int, parent: int
) -> NoReturn:
    try:
        os.setsid()
        os.dup2(words, _STDERR)
        os.dup2(connection, INHERITED)
        os.dup2(console, _CONSOLE)
        os.closerange(_CONSOLE + 1, os.sysconf("SC_OPEN_MAX"))
        held = enter_worker(held)
        _limit_for_good()
        while os.getppid() == parent:  # the parent is about to end
            os.sched_yield()
        # A stopped or busy worker would not notice that the supervisor closed its socket.
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        exchange = exchange_in(_CONSOLE, in_place=True)
        supervisor = Connection(socket.socket(fileno=INHERITED), exchange)
        supervisor.send(encode_frame(PROCESS_ID.pack(os.getpid())))
        meter = Meter(_PROC)
        os.close(_PROC)  # it leads out of the empty root
        worker = Worker(supervisor, exchange, meter, partial(_confine, held), _CONSOLE)
        gc.freeze()
        gc.enable()
        worker.serve()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    # An ordinary exit would wait for V8's threads.
    os._exit(0)
