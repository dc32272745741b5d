"""The system calls of a thread, counted by strace."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, cast

import pytest

from tests.support.waiting import WAIT_S

_CALLS_COLUMN: Final = 3  # of the last line, the sum of all
_ATTACHED: Final = " attached"


def system_calls(pid: int, action: Callable[[], object]) -> int:
    """Return how many system calls the first thread of a process makes while ``action`` runs.

    It is the thread of a server's event loop; other threads look after the queue at any time.
    The test is skipped where there is no strace, or where it may not look at other processes.
    """
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace: THE SYSTEM CALLS WERE NOT COUNTED")
    with TemporaryDirectory() as folder:
        summary = Path(folder) / "summary"
        command = [strace, "-c", "-o", str(summary), "-p", str(pid)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            said = cast("IO[str]", process.stderr).readline()
            if _ATTACHED not in said:
                process.wait(WAIT_S)
                pytest.skip(f"{said.strip()}: THE SYSTEM CALLS WERE NOT COUNTED")
            try:
                action()
            finally:
                process.send_signal(signal.SIGINT)  # it writes its summary and lets go
        return int(summary.read_text(encoding="utf-8").split("\n")[-2].split()[_CALLS_COLUMN])
