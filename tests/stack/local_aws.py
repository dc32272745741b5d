"""An AWS account on loopback: ministack, with every request's rights evaluated."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import boto3

from tests.support.processes import (
    descendants,
    end,
)
from tests.support.servers import free_port

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv-stack/bin/ministack"
REGION = "us-east-1"

_HOST = "127.0.0.1"
_TRIES, _BETWEEN_TRIES_S = 6_000, 0.05
_LOG_CHARACTERS = 3_000


@dataclass(frozen=True)
class LocalAws:
    """A local AWS; it keeps everything in ``folder``, and forgets it when it ends.

    ministack runs each Lambda in processes that it starts itself. They end with it, and it ends
    with the process that called :meth:`start`, however that ends.
    """

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Start one on a free port, and wait until it answers."""
        port = free_port()
        # The variables of ministack are those of its Lambdas too, so it gets no others.
        environment = {
            "PATH": os.defpath,
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "BIND_HOST": _HOST,
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",  # it would listen on every address
            "AUTH": "true",
        }
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    Path(__file__).with_name("die_with_parent.py"),
                    str(os.getpid()),
                    *(
                        PROGRAM.with_name("python"),
                        "-P",
                    ),  # beside the next is a `ministack` of ours
                    Path(__file__).with_name("quick_ministack.py"),
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for who started it, who ends it
            )
        started = cls(process, port, folder)
        try:
            started.wait_until_it_listens()
        except BaseException:
            started.close()
            raise
        return started

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def endpoint(self) -> str:
        """Where it answers for every service."""
        return f"http://{_HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What leads AWS's own tools to it, as the owner of the account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }

    def client(self, service: str) -> Any:
        """Return a client of a service, as the owner of the account; there is one of each."""
        return _client(service, self.endpoint)

    def restart_lambda(self, function_name: str) -> None:
        """Kill what runs a Lambda, so that its next invocation is a cold start."""
        for process in descendants(self.process.pid):
            with suppress(ProcessLookupError, FileNotFoundError):
                command = Path(f"/proc/{process}/cmdline").read_bytes().decode()
                if f"ministack-lambda-{function_name}-" in command:
                    end(process)

    def wait_until_it_listens(self) -> None:
        """Wait half a minute at most."""
        for _ in range(_TRIES):
            with suppress(ConnectionRefusedError):
                socket.create_connection((_HOST, self.port), timeout=1).close()
                return
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_BETWEEN_TRIES_S)
                break  # it ended, so it will never listen
        log = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"ministack does not listen; its log ends: {log[-_LOG_CHARACTERS:]}")

    def close(self) -> None:
        """End it and all that it started."""
        end(self.process.pid)
        self.process.wait()


@cache  # to make one takes longer than most requests
def _client(service: str, endpoint: str) -> Any:
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]
