"""A parent replaces the processes that end, once a second at most, and says what cannot start."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import IO, cast

from isolambda_core.domain.limits import PROCESS_STARTS_EVERY_S
from tests.support import processes
from tests.support.waiting import WAIT_S, eventually

STARTS = 4
_PROGRAM = """
import os, signal, sys
from isolambda_local.processes.bounds import SharedBounds
from isolambda_local.processes.parent import serve_in_processes
from isolambda_local.processes.shared_memory import SharedMemory
from isolambda_local.start_error import StartError

signal.signal(signal.SIGTERM, lambda *_: sys.exit())

def started_at():
    return open("/proc/self/stat").read().rpartition(")")[2].split()[19]

def serve(bounds, ready):
    if bounds.turns._memory.me == 0:
        ready("hello")
        signal.pause()
    {second}

try:
    serve_in_processes(SharedBounds.of(SharedMemory(2), 2, 1), serve)
except StartError as error:
    print(f"fault: {{error}}", flush=True)
"""


@contextmanager
def parent(second: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run a parent of two processes, of which the second one does something of its own."""
    command = [sys.executable, "-c", _PROGRAM.format(second=second)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process, cast("IO[str]", process.stdout)
        finally:
            process.terminate()


def test_a_process_that_ends_at_once_starts_again_once_a_second() -> None:
    ends = "ready('hello'); os.write(1, started_at().encode() + b'\\n'); os._exit(3)"
    with parent(ends) as (process, output):
        # The parent writes its greeting to the same pipe at any moment.
        ticks: list[int] = []
        while len(ticks) < STARTS:
            ticks += map(int, re.findall(r"\d+", next(output)))

        process.terminate()
        assert process.wait(WAIT_S) == 0

    least = PROCESS_STARTS_EVERY_S * os.sysconf("SC_CLK_TCK") - 1
    assert min(after - before for before, after in pairwise(ticks)) >= least


def test_what_one_process_cannot_start_for_ends_all() -> None:
    with parent("raise StartError('the disk is full')") as (process, output):
        assert output.read() == "fault: the disk is full\n"
        assert process.wait(WAIT_S) == 0


def test_a_process_that_ends_before_it_serves_ends_all() -> None:
    with parent("os.kill(os.getpid(), signal.SIGKILL)") as (process, output):
        assert output.read() == "fault: a server process ended by signal SIGKILL\n"
        assert process.wait(WAIT_S) == 0


def test_no_process_outlives_a_parent_that_is_killed() -> None:
    with parent("ready('hello'); signal.pause()") as (process, output):
        assert next(output) == "hello\n"
        serving = eventually(lambda: processes.children(process.pid))

        processes.kill(process.pid)

        assert len(serving) == 2
        for pid in serving:
            processes.wait_for_end(pid)
