"""The command ``isolambda``, started without its imports: by a fork of a process that has them.

They take two thirds of what a server takes to start. All else is as where its user types it: words,
environment, directory, streams, group, signals, exit code. Tests of the start itself, and lines for
a shell, start ``COMMAND`` as any program.
"""

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from tests.support.waiting import WAIT_S

COMMAND: Final = Path(sys.executable).with_name("isolambda")
_PROGRAM: Final = Path(__file__).with_name("forking.py")
_SET_CHILD_SUBREAPER: Final = 36
_PID_MAX: Final = 32

_one_at_a_time = Lock()


class Forked(subprocess.Popen[str]):
    """A process of ``COMMAND``, its first word; takes streams, ``cwd``, ``env``, ``text``."""

    def _execute_child(self, args: Sequence[str | Path], *others: Any) -> None:
        """Start the process, in place of the base, which has opened the pipes by now."""
        cwd, env = others[4:6]
        pipes = stdin, _, _, stdout, _, stderr = others[9:15]
        command, *words = map(str, args)
        assert command == str(COMMAND), command
        self.pid = _fork(
            [command, *words],
            cwd or Path.cwd(),
            os.environ if env is None else env,  # noqa: TID251 - of the test run
            [own if pipe == -1 else pipe for own, pipe in enumerate((stdin, stdout, stderr))],
        )
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined] # typeshed lists what is public


def run(
    *words: str | Path,
    stdin: str = "",
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = WAIT_S,
) -> subprocess.CompletedProcess[str]:
    """Run the command until it ends, and return what it printed and its exit code."""
    pipe = subprocess.PIPE
    with Forked(
        [COMMAND, *words], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=cwd, env=env
    ) as process:
        try:
            printed, errors = process.communicate(stdin, timeout_s)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)


def _fork(words: list[str], cwd: str | Path, env: Mapping[str, str], streams: list[int]) -> int:
    command = json.dumps({"words": words, "cwd": str(cwd), "env": dict(env)})
    with _one_at_a_time:
        forking = _forking()
        socket.send_fds(forking, [command.encode()], streams)
        pid = forking.recv(_PID_MAX)
    assert pid, "the process that forks has ended"
    return int(pid)


@cache
def _forking() -> socket.socket:
    """Start the process that forks; it ends with this one."""
    # It forks twice, so that the commands become children of this process.
    assert ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen([sys.executable, "-P", _PROGRAM], stdin=theirs.fileno())
    atexit.register(process.wait)
    atexit.register(ours.close)  # first
    return ours
