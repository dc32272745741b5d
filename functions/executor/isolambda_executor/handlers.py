"""What performs the operations of one kind; ``broker`` gives each its messages.

The messages come from a worker, which may be hostile: what an operation may do is decided from the
request of its execution alone.
"""

import base64
import logging
import threading
from binascii import Error as NotBase64Error
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import OPERATIONS_AT_ONCE
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.operations import Fields, OperationsEndedError

if TYPE_CHECKING:
    from concurrent.futures import Executor

Work = Callable[[], None]

_log = logging.getLogger(__name__)


class OperationEndedError(OperationsEndedError):
    """The operation has had its last reply, or was abandoned; who performs it stops."""


class Reply(Protocol):
    """Sends a reply of one operation to the isolate; ``end`` among the fields makes it the last.

    Safe for threads. It waits while the worker does not read, so call it on a thread of
    ``Scope.perform``.

    Raises:
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

    ``fetches`` takes what stands in the record of the execution. ``calls`` are the threads for what
    may go on when the execution has ended, by default ``threads``.
    """

    def __init__(
        self,
        request: ExecutionRequest,
        deadline: float,
        threads: "Executor",
        calls: "Executor | None" = None,
    ) -> None:
        self.request = request
        self.deadline = deadline
        self.fetches: list[FetchRecord] = []
        self._operations = _InOrder(threads, request.execution_id)
        self._calls = _InOrder(calls or threads, request.execution_id)

    def perform(self, work: Work) -> None:
        """Do on another thread what waits; ``limits.OPERATIONS_AT_ONCE`` at a time, in order."""
        self._operations.perform(work)

    def call(self, work: Work) -> None:
        """Do as :meth:`perform` what may outlast the execution: it keeps no operation waiting."""
        self._calls.perform(work)


class _InOrder:
    """Does the work of one execution on the threads of all."""

    def __init__(self, threads: "Executor", execution_id: str) -> None:
        self._threads, self._execution_id = threads, execution_id
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self._at_work = 0

    def perform(self, work: Work) -> None:
        with self._lock:
            if self._at_work >= OPERATIONS_AT_ONCE:
                self._waiting.append(work)
                return
            self._at_work += 1
        self._threads.submit(self._work, work)

    def _work(self, work: Work | None) -> None:
        while work is not None:
            try:
                work()
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
