"""Servers as processes of their own, on free ports of 127.0.0.1, ended when their context ends."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final, cast
from urllib.request import Request, urlopen

from isolambda_core.domain.documents import Document
from tests.support.frequent_requests import (
    CALL,
    EXECUTE_KAZOO,
    GREETING,
    HttpRequest,
    frequent_requests,
)
from tests.support.waiting import eventually

GREET_ADA: Final = HttpRequest("POST", "/", GREETING, CALL)
"""What a server is asked that has one function and nothing else."""

_LISTENS_WITHIN_S: Final = 120.0
_ENDS_WITHIN_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens; ``greet`` executes the function of the benchmark."""

    pid: int
    port: int
    greet: HttpRequest = GREET_ADA
    requests: Mapping[str, HttpRequest] = field(default_factory=dict)
    """The frequent requests by name, of a server that knows them."""


def free_port() -> int:
    """Return a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


@contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[Server]:
    """Have a server run, from when it listens; it is asked to end, and killed if it does not."""
    with TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            if not _listens(process, port):
                output.seek(0)
                printed = output.read().decode(errors="replace")
                raise RuntimeError(f"{command[0]} does not listen:\n{printed}")
            yield Server(process.pid, port)
        finally:
            process.terminate()
            try:
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _LISTENS_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return True
    return False


@contextmanager
def isolambda(processes: int = 1) -> Iterator[Server]:
    """Have ``isolambda serve`` run as a user starts it, with the functions of the requests."""
    command = Path(sys.executable).with_name("isolambda")
    serve = [str(command), "serve", "--processes", str(processes)]
    with _isolambda(serve) as server:
        yield server


@contextmanager
def without_v8() -> Iterator[Server]:
    """Have the same app run with an executor that answers at once, see ``without_v8.py``."""
    with _isolambda([sys.executable, "-m", "tests.bench.without_v8"]) as server:
        yield server


@contextmanager
def bare_fastapi(processes: int = 1) -> Iterator[Server]:
    """Have FastAPI run with one route and nothing of Isolambda, see ``bare_fastapi.py``."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.bare_fastapi", str(port), str(processes)]
    with serving(command, port) as server:
        yield server


@contextmanager
def _isolambda(command: Sequence[str]) -> Iterator[Server]:
    port = free_port()
    with TemporaryDirectory() as data_dir:
        options = ["--port", str(port), "--data-dir", data_dir]
        with serving([*command, *options], port) as server:
            path = Path(data_dir) / "credentials.json"  # not yet there when the port is bound
            text = eventually(lambda: path.read_text(encoding="utf-8") if path.exists() else None)
            requests = _requests(port, json.loads(text))
            yield Server(server.pid, port, requests[EXECUTE_KAZOO], requests)


def _requests(port: int, credentials: Mapping[str, str]) -> dict[str, HttpRequest]:
    account_id, key = credentials["account_id"], credentials["api_key"]

    def create(document: Document) -> str:
        request = Request(
            f"http://127.0.0.1:{port}/v2/accounts/{account_id}/functions",
            data=json.dumps({"data": document}).encode(),
            headers={"X-Auth-Token": key, "Content-Type": "application/json"},
            method="PUT",
        )
        with urlopen(request, timeout=_ENDS_WITHIN_S) as answer:  # noqa: S310 - our own server
            return cast("str", json.load(answer)["data"]["id"])

    return frequent_requests(account_id, key, create)
