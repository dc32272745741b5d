"""Servers as processes of their own, on free ports of 127.0.0.1, ended when their context ends."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final, cast
from urllib.request import Request, urlopen

from tests.bench.load import Ask
from tests.support.waiting import eventually

_LISTENS_WITHIN_S: Final = 20.0
_ENDS_WITHIN_S: Final = 20.0
_SOURCE: Final = "return {hi: call.name};"
CALL: Final = b'{"name":"Ada"}'
ANSWER: Final = b'{"hi":"Ada"}'


def free_port() -> int:
    """Return a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


@contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[None]:
    """Have a server run, from when it listens; it is asked to end, and killed if it does not."""
    with TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            if not _listens(process, port):
                output.seek(0)
                printed = output.read().decode(errors="replace")
                raise RuntimeError(f"{command[0]} does not listen:\n{printed}")
            yield
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
def isolambda() -> Iterator[Ask]:
    """Have ``isolambda serve`` run as a user starts it, and yield how to execute a function."""
    serve = [str(Path(sys.executable).with_name("isolambda")), "serve"]
    with _isolambda(serve) as ask:
        yield ask


@contextmanager
def without_v8() -> Iterator[Ask]:
    """Have the same app run with an executor that answers at once, see ``without_v8.py``."""
    with _isolambda([sys.executable, "-m", "tests.bench.without_v8"]) as ask:
        yield ask


@contextmanager
def _isolambda(command: Sequence[str]) -> Iterator[Ask]:
    port = free_port()
    with TemporaryDirectory() as data_dir:
        options = ["--port", str(port), "--data-dir", data_dir]
        with serving([*command, *options], port):
            path = Path(data_dir) / "credentials.json"  # not yet there when the port is bound
            text = eventually(lambda: path.read_text(encoding="utf-8") if path.exists() else None)
            credentials: dict[str, str] = json.loads(text)
            yield _execution(port, credentials)


def _execution(port: int, credentials: dict[str, str]) -> Ask:
    functions = f"/v2/accounts/{credentials['account_id']}/functions"
    headers = {"X-Auth-Token": credentials["api_key"]}
    document = {"data": {"name": "hi", "function_js": _SOURCE}}
    create = Request(
        f"http://127.0.0.1:{port}{functions}",
        data=json.dumps(document).encode(),
        headers={**headers, "Content-Type": "application/json"},
        method="PUT",
    )
    with urlopen(create, timeout=20) as answer:  # noqa: S310 - our own server
        function = json.load(answer)["data"]["id"]
    body = b'{"data":' + CALL + b"}"
    return Ask(port, f"{functions}/{function}/execute", body, ANSWER, headers)
