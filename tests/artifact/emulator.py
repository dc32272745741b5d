"""A built Lambda under Lambda's own runtime, which gets its events from Lambda's own emulator."""

import http.client
import json
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.domain.executions.wire import (
    MalformedMessageError,
    dump_request,
    load_result,
)
from tests.artifact.layout import Layout
from tests.support.processes import (
    children,
    end,
)
from tests.support.servers import free_port

_HOST = "127.0.0.1"
_INVOKE = "/2015-03-31/functions/function/invocations"
_TRIES, _BETWEEN_TRIES_S = 6_000, 0.02
_ANSWERED_S = 45  # longer than the Lambda's own time, which the emulator sees to


class Emulator:
    """One environment of a Lambda; it starts with the first invocation.

    ``program`` is the Runtime Interface Emulator, ``runtime`` the folder with awslambdaric. What
    they and the Lambda print goes to the file ``log``.
    """

    def __init__(
        self, program: Path, python: str, runtime: Path, laid_out: Layout, log: Path
    ) -> None:
        self._log = log
        self._port, runtime_port = free_port(), free_port()
        search = [laid_out.task, laid_out.opt / "python", runtime]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    program,
                    *("--runtime-interface-emulator-address", f"{_HOST}:{self._port}"),
                    *("--runtime-api-address", f"{_HOST}:{runtime_port}"),
                    *(python, "-S", "-B", "-P", "-m", "awslambdaric", laid_out.handler),
                ],
                cwd=laid_out.task,
                env={**laid_out.environment, "PYTHONPATH": ":".join(map(str, search))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def await_listening(self) -> None:
        """Wait until it takes invocations; with the first of them the Lambda starts."""
        self._connect().close()

    def invoke(self, event: bytes) -> bytes:
        """Return what the Lambda answers to an event, or what it failed with, as JSON."""
        with closing(self._connect()) as connection:
            connection.request("POST", _INVOKE, event)
            return connection.getresponse().read()

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Return what the executor answers; that it answers otherwise fails the test."""
        answer = self.invoke(dump_request(request))
        try:
            return load_result(answer)
        except MalformedMessageError as error:  # of the runtime or the emulator, with status 200
            text = answer[:2_000].decode(errors="replace")
            raise AssertionError(f"Lambda answers: {text}\nits log ends: {self._end()}") from error

    @property
    def runtime(self) -> int:
        """The id of the process that the handler runs in, once there was an invocation."""
        [runtime] = children(self._process.pid)
        return runtime

    def logged(self, execution_id: str) -> list[dict[str, Any]]:
        """Return the lines that the handler logged about an execution."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if execution_id in line]

    def close(self) -> None:
        """End the emulator and all that it started."""
        end(self._process.pid)
        self._process.wait()

    def _connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=_ANSWERED_S)
        for _ in range(_TRIES):
            try:
                connection.connect()
            except ConnectionRefusedError:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_BETWEEN_TRIES_S)
                    break  # it ended, so it will never listen
            else:
                return connection
        raise AssertionError(f"the emulator does not listen; its log ends: {self._end()}")

    def _end(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2_000:]
