"""ministack without its waits and its repetitions; its own Python runs this in its place.

After each invocation it waits 50 ms for a log that may still come, though what a Lambda wrote lies
in the pipe before its answer does. For each process of a Lambda it unpacks code and layers again,
5000 files of the API's. It looks for schedules that are due every ten seconds.
"""

import hashlib
import os
import select
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import scheduler  # type: ignore[import-not-found]
from typing_extensions import override

_AT_ONCE = 1 << 16
_BETWEEN_LOOKS_FOR_SCHEDULES_S = 1


class _Log:
    """What a process writes to its standard error, line by line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        self._pipe = process.stderr  # which is open for as long as this is here
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._one_at_a_time = Lock()
        self._rest = b""

    def follow(self) -> None:
        """Take all that is written, until it ends: a full pipe would hold its writer up."""
        written = self._poll()
        while written.poll() and self._take():
            pass

    def printed(self) -> str:
        """Return what was written since the last time."""
        self._take()
        return "\n".join(self._lines.get() for _ in range(self._lines.qsize()))

    def _take(self) -> bool:
        """Take what is in the pipe, and return whether more may come."""
        with self._one_at_a_time:
            written = self._poll()
            while written.poll(0):
                read = os.read(self._pipe.fileno(), _AT_ONCE)
                *lines, self._rest = (self._rest + read).split(b"\n")
                for line in lines:
                    self._lines.put(line.decode(errors="replace"))
                if not read:
                    return False
        return True

    def _poll(self) -> select.poll:
        """Return what waits for the pipe: one for each thread, and for any number of files."""
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        return poll


def _follower(worker: Any) -> Callable[[], None]:
    worker.log = _Log(worker._proc)
    follow: Callable[[], None] = worker.log.follow
    return follow


def _printed(worker: Any) -> str:
    printed: str = worker.log.printed()
    return printed


class _UnpackedOnce(zipfile.ZipFile):
    """An archive that is unpacked once, for all who want it in a folder of their own."""

    _folder = Path(tempfile.gettempdir()) / "unpacked"
    _one_at_a_time = Lock()

    @override
    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        held = [(entry.filename, entry.CRC, entry.external_attr) for entry in self.infolist()]
        unpacked = self._folder / hashlib.sha256(repr(held).encode()).hexdigest()
        with self._one_at_a_time:
            if not unpacked.exists():
                super().extractall(unpacked, members, pwd)
        Path(path).rmdir()
        Path(path).symlink_to(unpacked)


if __name__ == "__main__":
    worker = lambda_runtime.Worker
    # It is looked up as a process has started, and called in a thread.
    worker._read_stderr = property(_follower)
    worker._drain_stderr = worker._drain_stderr_bounded = _printed
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": _UnpackedOnce})
    scheduler._SCHEDULE_TICK_INTERVAL = _BETWEEN_LOOKS_FOR_SCHEDULES_S
    sys.exit(app.main())
