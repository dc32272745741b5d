"""Real workers whose functions have the ``host`` of chunks, and a double that performs operations.

A chunk of the tests defines the global ``host``, and ``ask(fields, bytes)``, which begins an
operation of kind ``test`` and promises its last reply, ``{ fields, bytes }``.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop

from isolambda_core.domain.executions.execution import ExecutionRequest, ExecutionResult, Outcome
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import REPLY_BYTES, Limits
from isolambda_executor import chunks, spawning
from isolambda_executor.fork_server import ForkServer
from isolambda_executor.operations import Fields, OperationsEndedError, Send
from isolambda_executor.supervisor import Supervisor
from tests.unit.executor.supervised import request

Message = Mapping[str, Any]
Reply = Callable[..., None]
"""Replies to a message: fields by name, and ``content``."""
Performs = Callable[[Message, Reply], None]
Executes = Callable[[Supervisor, ExecutionRequest], ExecutionResult]

PART = bytes(range(256)) * (REPLY_BYTES // 256)
LONG = Limits(wall_time_ms=25_000)
FIRST_REPLY = "await new Promise((resolve) => host.begin('test', {}, resolve));"
"""Begins an operation, and goes on when its first reply has come."""

_CHUNK = """
const ask = (fields, bytes) => new Promise((resolve) => {
  const hear = (fields, bytes) => fields.end && resolve({ fields, bytes });
  const id = host.begin('test', fields, hear);
  if (bytes !== undefined) host.send(id, { last: true }, bytes);
});
return { __proto__: null, ask, host };
"""


def add_host(folder: Path) -> None:
    """Fill a folder with the chunks of the platform, and that of the tests."""
    platform = Path(chunks._FOLDER)
    for chunk in platform.iterdir():
        (folder / chunk.name).symlink_to(chunk)
    names = folder / "globals.json"
    globals_of = json.loads(names.read_text(encoding="utf-8"))
    names.unlink()
    names.write_text(json.dumps({**globals_of, "of_tests": ["ask", "host"]}), encoding="utf-8")
    (folder / "of_tests.js").write_text(_CHUNK, encoding="ascii")


@contextmanager
def chunks_in(folder: Path) -> Iterator[None]:
    """Have fork servers that start meanwhile read their chunks there."""
    boot = spawning._BOOT
    setting = f"from isolambda_executor import chunks; chunks._FOLDER = {str(folder)!r}; "
    first, last = boot.rsplit("from isolambda_executor.forked", 1)
    spawning._BOOT = f"{first}{setting}from isolambda_executor.forked{last}"
    try:
        yield
    finally:
        spawning._BOOT = boot


def on_loop(supervisor: Supervisor, asks: ExecutionRequest) -> ExecutionResult:
    """Execute on an event loop."""
    return uvloop.run(supervisor.execute_async(asks))


BOTH_WAYS = pytest.mark.parametrize("execute", [Supervisor.execute, on_loop])


def echo(message: Message, reply: Reply) -> None:
    """Reply once, with what was sent; to what has ``more``, when that has come."""
    if message["kind"] == "abandon" or message.get("more"):
        return
    content = base64.b64decode(message.get("bytes", ""))
    reply(echo=dict(message), content=content, end=True)


@dataclass
class Opened:
    """The operations of one execution."""

    request: ExecutionRequest
    deadline: float
    _send: Send
    _double: "Double"
    taken: list[Message] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when a reply came too late."""

    def take(self, message: Fields) -> None:
        """Have the message performed in a thread."""
        self.taken.append(message)
        self._double.threads.submit(self._perform, message)

    @property
    def recorded(self) -> None:
        return None

    def close(self) -> Sequence[FetchRecord]:
        """Return a record for each message."""
        self.closed.set()
        return [FetchRecord("GET", f"{message['kind']}.example") for message in self.taken]

    def send(self, fields: Message, content: bytes = b"") -> None:
        """Send a reply."""
        try:
            self._send(fields, content)
        except OperationsEndedError:
            self.ended.set()
            raise

    def _perform(self, message: Message) -> None:
        def reply(content: bytes = b"", **fields: Any) -> None:
            self.send({"id": message["id"], **fields}, content)

        try:
            self._double.performs(message, reply)
        except OperationsEndedError:
            return
        except BaseException as error:
            self._double.errors.append(error)
            raise


@dataclass
class Double:
    """Performs operations by a function, on threads."""

    performs: Performs = echo
    opened: list[Opened] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16))

    def open(self, request: ExecutionRequest, deadline: float, send: Send) -> Opened:
        """See ``PerformsOperations.open``."""
        self.opened.append(Opened(request, deadline, send, self))
        return self.opened[-1]


@contextmanager
def supervising(folder: Path, double: Double, workers: int = 1) -> Iterator[Supervisor]:
    """Supervise workers that read their chunks in a folder of :func:`add_host`."""
    with chunks_in(folder):
        server = ForkServer()
    with Supervisor(workers, fork_server=server, operations=double) as supervisor:
        yield supervisor
    double.threads.shutdown()
    assert not double.errors


class Performed:
    """A supervisor whose operations a test performs by a function of its own."""

    def __init__(self, supervisor: Supervisor, double: Double) -> None:
        self.supervisor = supervisor
        self._double = double
        self.by(echo)

    def by(self, performs: Performs) -> None:
        """Perform operations by a function from now on."""
        self._double.performs = performs

    def only(self, kind: str, performs: Performs) -> None:
        """Perform what messages of a kind ask for, and nothing else."""

        def perform(message: Message, reply: Reply) -> None:
            if message["kind"] == kind:
                performs(message, reply)

        self.by(perform)

    def run(self, source: str, execute: Executes = Supervisor.execute) -> Any:
        """Execute, and return the value of the result, which there must be."""
        result = self.result(source, execute)
        assert result.outcome is Outcome.OK, result.error
        return None if result.result is None else json.loads(result.result)

    def result(
        self, source: str, execute: Executes = Supervisor.execute, limits: Limits = LONG
    ) -> ExecutionResult:
        """Execute, and return the result."""
        return execute(self.supervisor, request(source, limits))

    @property
    def last(self) -> Opened:
        """The operations of the last execution that had any."""
        return self._double.opened[-1]

    @property
    def opened(self) -> int:
        """For how many executions operations were performed."""
        return len(self._double.opened)
