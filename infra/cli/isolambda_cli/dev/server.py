"""The server of a project: a process of its own, with its data in ``.isolambda/dev``."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isolambda_cli.api.client import Api
from isolambda_cli.project.errors import ProjectError
from isolambda_local.greeting import READY
from isolambda_local.secrets.credentials import FILE_NAME
from isolambda_local.start_error import StartError, of_file

_DATA = ".isolambda/dev"
LOG = f"{_DATA}/server.log"
"""What the server logs since its start, below the folder of the project."""
_LOCK = ".isolambda/dev.lock"
_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
"""A project of others may have a link there, to any file of the author's."""
_END_S = 0.5
"""What requests under way may take to end; then the server is killed, which costs no data."""


class DevServer:
    """A server that runs; ``data_dir`` is where it keeps its data and its log."""

    def __init__(self, process: subprocess.Popen[str], data_dir: Path) -> None:
        self._process = process
        self.data_dir = data_dir
        fields = json.loads((data_dir / FILE_NAME).read_text("utf-8"))
        self._credentials = (fields["url"], fields["account_id"], fields["api_key"])

    def api(self) -> Api:
        """Return its API, with a connection of its own."""
        return Api(*self._credentials)

    def wait(self) -> None:
        """Wait until it has ended."""
        self._process.wait()


@contextmanager
def serving(folder: Path, port: int) -> Iterator[DevServer]:
    """Serve a project until the block ends; no other process may serve it meanwhile.

    Raises:
        ProjectError: another process serves it already.
        StartError: the server cannot start, for example because the port is taken.
    """
    with _alone(folder):
        data_dir = folder / _DATA
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        process = _start(port, data_dir)
        try:
            _await_ready(process)
            yield DevServer(process, data_dir)
        finally:
            _end(process)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    path = folder / _LOCK
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    except OSError as error:
        raise of_file(path, error) from error
    try:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            yield
            return
        other = os.read(lock, 20).decode("ascii", "replace")
        raise ProjectError(
            f"isolambda dev serves this folder already (process {other}): "
            "end that one, or use it with --profile dev"
        )
    finally:
        os.close(lock)


def _start(port: int, data_dir: Path) -> "subprocess.Popen[str]":
    words = ("-m", "isolambda_cli.dev.child", str(os.getpid()), str(port), str(data_dir))
    path = data_dir / Path(LOG).name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
    except OSError as error:
        raise of_file(path, error) from error
    with os.fdopen(descriptor, "w") as log:
        return subprocess.Popen(  # noqa: S603 - it is this program
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # Ctrl-C reaches this process alone, which ends the server
        )


def _await_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for line in process.stdout:
        if READY in line:
            return
        if line.startswith("{"):
            raise StartError(json.loads(line)["fault"])
    raise StartError(f"the server does not start; {LOG} says why")


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
