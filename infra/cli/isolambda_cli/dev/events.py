"""What happens while a project is served, in one queue: changes, executions, keys, and the end."""

import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import sleep
from typing import Any

from isolambda_cli.api.client import Api
from isolambda_cli.api.errors import ApiError, UnreachableError
from isolambda_cli.dev.server import DevServer
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.standard_streams import is_terminal
from isolambda_cli.watching import changes_of
from isolambda_core.domain.limits import LOG_WAIT_S

_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Changed:
    """Files of the project changed."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Executed:
    """An execution ended; ``entry`` is as the API's ``logs`` has it."""

    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key was pressed."""

    key: str


@dataclass(frozen=True, slots=True)
class ServerEnded:
    """The server has ended by itself."""


Event = Changed | Executed | Pressed | ServerEnded


@dataclass(slots=True)
class Events:
    """Gathers what happens to the project in a folder, and to its server.

    Executions are those that end after ``since_ms``, in Unix milliseconds.
    """

    folder: Path
    server: DevServer
    since_ms: int
    _queue: SimpleQueue[Event | ProjectError] = field(default_factory=SimpleQueue)

    def __iter__(self) -> Iterator[Event]:
        """Yield each event as it happens; the first change says that changes are seen now.

        Raises:
            ProjectError: the files, the keys or the server cannot be followed any more.
        """
        tasks = [self._watch, self._follow, self._wait]
        if is_terminal(sys.stdin):
            tasks.append(self._read)
        for task in tasks:  # they wait for what may never come, and end with the process
            Thread(target=self._run, args=(task,), daemon=True).start()
        while True:
            event = self._queue.get()
            if isinstance(event, ProjectError):
                raise event
            yield event

    def _run(self, task: Callable[[], None]) -> None:
        try:
            task()
        except (OSError, RuntimeError) as error:  # for example, no more files can be watched
            self._queue.put(ProjectError(f"what happens is not seen any more: {error}"))

    def _watch(self) -> None:
        for paths in changes_of(self.folder):
            self._queue.put(Changed(paths))

    def _follow(self) -> None:
        api = self.server.api()
        found = self._next(api, page_size=1)
        while True:
            for entry in found["entries"]:
                if (entry.get("ended_ms") or entry["created_ms"]) >= self.since_ms:
                    self._queue.put(Executed(entry))
            found = self._next(api, after=found["cursor"], wait_s=LOG_WAIT_S)

    def _next(self, api: Api, **query: Any) -> dict[str, Any]:
        while True:
            try:
                found: dict[str, Any] = api.get("logs", **query)
            except (ApiError, UnreachableError):
                # Too much is asked at the moment. That the server has ended is seen by itself.
                sleep(_PAUSE_S)
            else:
                return found

    def _wait(self) -> None:
        self.server.wait()
        self._queue.put(ServerEnded())

    def _read(self) -> None:
        while key := sys.stdin.read(1):
            self._queue.put(Pressed(key))


@contextmanager
def single_keys() -> Iterator[None]:
    """Have the terminal hand keys over without a return behind them; nothing elsewhere."""
    if not is_terminal(sys.stdin):
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
