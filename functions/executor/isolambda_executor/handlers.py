"""What performs the operations of one kind; ``broker`` gives each its messages.

The messages come from a worker, which may be hostile: what an operation may do is decided from the
request of its execution alone.
"""

import base64
import logging
import threading
from binascii import Error as NotBase64Error
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import OPERATIONS_AT_ONCE
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.operations import Fields, OperationsEndedError

if TYPE_CHECKING:
    from concurrent.futures import Executor

Work = Callable[[], None]
Call = Callable[[], Coroutine[Any, Any, None]]
Start = Callable[[Call], object]
"""Starts what may wait, from any thread, and returns at once."""

_log = logging.getLogger(__name__)


class OperationEndedError(OperationsEndedError):
    """The operation has had its last reply, or was abandoned; who performs it stops."""


class Reply(Protocol):
    """Sends a reply of one operation to the isolate; ``end`` among the fields makes it the last.

    Safe for threads. It waits while the worker does not read, so call it on a thread of
    ``Scope.perform``. Where the execution waits on an event loop, it never waits in the thread of
    that loop.

    Raises:
        BlockingIOError: it would have to wait there, and nothing was sent.
        OperationsEndedError: the operation, or its execution, has ended.
    """

    def __call__(self, fields: Fields, payload: bytes = b"", /) -> None:
        """Send the fields, and up to 64 KiB of bytes."""
        ...


class Operation(Protocol):
    """An operation under way. Its methods return at once."""

    def take(self, fields: Fields) -> None:
        """Go on with what the isolate sent for it.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        ...

    def abandon(self) -> None:
        """End it: the isolate, or the execution, waits for it no more. May be called again."""
        ...


class _AtOnce:
    """Takes nothing more, and ends by itself."""

    def take(self, _: Fields) -> None:
        raise BrokenPeerError

    def abandon(self) -> None:
        pass


AT_ONCE: Final[Operation] = _AtOnce()
"""An operation that one message begins and one reply ends."""


class Handler(Protocol):
    """Performs the operations of one kind in one execution."""

    def begin(self, id: int, fields: Fields, reply: Reply) -> Operation:  # noqa: A002 - its name
        """Begin an operation, and return at once.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        ...


class Scope:
    """One execution, as handlers see it. ``deadline`` is of ``time.monotonic``.

    ``fetches`` takes what stands in the record of the execution. ``start`` starts what may go on
    when the execution has ended, by default on ``threads``.
    """

    def __init__(
        self,
        request: ExecutionRequest,
        deadline: float,
        threads: "Executor",
        start: Start | None = None,
    ) -> None:
        self.request = request
        self.deadline = deadline
        self.fetches: list[FetchRecord] = []
        self._operations = _InOrder(starting_on(threads), request.execution_id)
        self._calls = _InOrder(start or starting_on(threads), request.execution_id)

    @property
    def is_recorded(self) -> bool:
        """Whether its operations are recorded, or answered from a record."""
        return self.request.record_operations or self.request.replay is not None

    def perform(self, work: Work) -> None:
        """Do on another thread what waits; ``limits.OPERATIONS_AT_ONCE`` at a time, in order."""
        self._operations.perform(partial(_waiting_for_nothing, work))

    def call(self, call: Call) -> None:
        """Do as :meth:`perform` what may outlast the execution: it keeps no operation waiting."""
        self._calls.perform(call)


def starting_on(threads: "Executor") -> Start:
    """Return what starts each call on a thread, where it never waits for an event loop."""
    return lambda call: threads.submit(_complete, call)


def _complete(call: Call) -> None:
    complete(call())


async def _waiting_for_nothing(work: Work) -> None:
    work()


class _InOrder:
    """Does the work of one execution where that of all is started."""

    def __init__(self, start: Start, execution_id: str) -> None:
        self._start, self._execution_id = start, execution_id
        self._lock = threading.Lock()
        self._waiting: deque[Call] = deque()
        self._at_work = 0

    def perform(self, work: Call) -> None:
        with self._lock:
            if self._at_work >= OPERATIONS_AT_ONCE:
                self._waiting.append(work)
                return
            self._at_work += 1
        self._start(partial(self._work, work))

    async def _work(self, work: Call | None) -> None:
        while work is not None:
            try:
                await work()
            except OperationsEndedError:
                pass
            except Exception:  # whatever it is, the thread has others to serve
                _log.exception("%s: an operation failed", self._execution_id)
            with self._lock:
                work = self._waiting.popleft() if self._waiting else None
                if work is None:
                    self._at_work -= 1


OpensHandler = Callable[[Scope], Handler]
"""Makes the handler of an execution, when its first operation of that kind begins."""


def payload_of(fields: Fields) -> bytes:
    """Return the bytes that a message carries, or none.

    Raises:
        BrokenPeerError: they are not base64.
    """
    text = fields.get("bytes", "")
    if not isinstance(text, str):
        raise BrokenPeerError
    try:
        return base64.b64decode(text, validate=True)
    except (NotBase64Error, ValueError) as error:
        raise BrokenPeerError from error
