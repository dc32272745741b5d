"""The system calls of a thread, or of a worker, counted by strace."""

import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, cast

import pytest

from tests.support.waiting import WAIT_S

_CALL: Final = re.compile(r"^\w+\(.* = ", re.MULTILINE)
_OF_A_TURN: Final = re.compile(r"^(?:epoll_pwait\(.* = 0|getpid\(.*)$", re.MULTILINE)
"""What uvloop does in a turn in which nothing came, such as one by the clock."""
_OF_A_THREAD: Final = re.compile(r"^(\d+) +(\w+)\(", re.MULTILINE)
_ATTACHED: Final = " attached"


def system_calls(pid: int, action: Callable[[], object]) -> int:
    """Return how many system calls the first thread of a process makes while ``action`` runs.

    It is the thread of a server's event loop; other threads look after the queue at any time. What
    the loop does when it wakes by the clock is left out: a slow machine does that more often.
    The test is skipped where there is no strace, or where it may not look at other processes.
    """
    made = _traced(pid, action)
    return len(_CALL.findall(made)) - len(_OF_A_TURN.findall(made))


def system_calls_of_worker(pid: int, action: Callable[[], object]) -> int:
    """Return how many system calls all threads of a worker make while ``action`` runs.

    What its first thread does by the clock is left out: to sleep on. Skips as :func:`system_calls`.
    """
    made = _OF_A_THREAD.findall(_traced(pid, action, "-f"))
    return sum((thread, call) != (str(pid), "futex") for thread, call in made)


def _traced(pid: int, action: Callable[[], object], *options: str) -> str:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace: THE SYSTEM CALLS WERE NOT COUNTED")
    with TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        command = [strace, *options, "-o", str(trace), "-p", str(pid)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            said = cast("IO[str]", process.stderr).readline()
            if _ATTACHED not in said:
                process.wait(WAIT_S)
                pytest.skip(f"{said.strip()}: THE SYSTEM CALLS WERE NOT COUNTED")
            try:
                action()
            finally:
                process.send_signal(signal.SIGINT)  # it lets go
        return trace.read_text(encoding="utf-8", errors="replace")
