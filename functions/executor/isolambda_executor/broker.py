"""Give what functions ask of the trusted side to the handlers of each kind of operation."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.reach import FetchRecord
from isolambda_core.domain.limits import OPERATIONS_AT_ONCE, TOOL_DEPTH
from isolambda_executor.frames import BrokenPeerError
from isolambda_executor.handlers import (
    Handler,
    OpensHandler,
    Operation,
    OperationEndedError,
    Scope,
    Start,
    starting_on,
)
from isolambda_executor.operations import Fields, Operations, Send

if TYPE_CHECKING:
    from concurrent.futures import Executor

_GO_ON: Final = "send"
_ABANDON: Final = "abandon"
_LEAVING: Final = 4
"""Tenants that may leave behind as many calls as their executions make at a time."""


class Broker:
    """Opens the operations of executions, of which ``executions`` are under way at a time.

    ``net_ceiling`` are the host patterns that the installation allows, None for every host.
    ``calls`` says at the first operation of an execution, in the thread that executes, what starts
    its calls of tools; None for threads.
    """

    def __init__(
        self,
        kinds: Mapping[str, OpensHandler],
        executions: int = 1,
        net_ceiling: tuple[str, ...] | None = None,
        calls: Callable[[], Start | None] = lambda: None,
    ) -> None:
        self._kinds = kinds
        self._calls = calls
        self._net_ceiling = net_ceiling
        self._executions = executions
        self._lock = threading.Lock()
        self._started: tuple[Executor, Executor] | None = None

    def open(self, request: ExecutionRequest, deadline: float, send: Send) -> Operations:
        """Return what takes the messages of one execution; see ``PerformsOperations.open``."""
        if request.net and self._net_ceiling is not None:
            request = replace(request, net=(*request.net, self._net_ceiling))
        threads, calling = self._threads()
        start = self._calls() or starting_on(calling)
        scope = Scope(request, deadline, threads, start)
        if scope.is_recorded:
            # Few executions are recorded so.
            from isolambda_executor.recording.operations import (  # noqa: PLC0415
                RecordingOperations,
            )

            return RecordingOperations(self._kinds, scope, send)
        return ExecutionOperations(self._kinds, scope, send)

    def close(self) -> None:
        """Let the threads end; every execution has been closed."""
        for threads in self._started or ():
            threads.shutdown(cancel_futures=True)

    def _threads(self) -> "tuple[Executor, Executor]":
        """Return the threads of operations, and those of calls that may outlast their execution."""
        # Imported late, as a cold start does without. There are so many that no execution waits for
        # another's, nor for that of a tool that it called; each starts when it is needed.
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        with self._lock:
            if self._started is None:
                count = self._executions * (1 + TOOL_DEPTH) * OPERATIONS_AT_ONCE
                calls = self._executions * TOOL_DEPTH * (OPERATIONS_AT_ONCE + 1) * _LEAVING
                self._started = (
                    ThreadPoolExecutor(count, "operation"),
                    ThreadPoolExecutor(calls, "call"),
                )
            return self._started


@dataclass(slots=True)
class ExecutionOperations:
    """The operations of one execution."""

    _kinds: Mapping[str, OpensHandler]
    _scope: Scope
    _send: Send
    _handlers: dict[str, Handler] = field(default_factory=dict)
    _under_way: dict[int, Operation | None] = field(default_factory=dict)
    _latest: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: Fields) -> None:
        """Begin, go on with, or abandon an operation, and return at once.

        Raises:
            BrokenPeerError: no intact worker sends that.
        """
        number, kind = message.get("id"), message.get("kind")
        if type(number) is not int or not isinstance(kind, str):
            raise BrokenPeerError
        if kind not in {_GO_ON, _ABANDON}:
            self._begin(number, kind, message)
            return
        if not 0 < number <= self._latest:
            raise BrokenPeerError
        with self._lock:
            of = self._under_way.get if kind == _GO_ON else self._under_way.pop
            operation = of(number, None)
        if operation is None:  # its last reply crossed the message
            return
        if kind == _GO_ON:
            operation.take(message)
        else:
            operation.abandon()

    def close(self) -> Sequence[FetchRecord]:
        """End all that is under way, and return what was fetched; nothing is sent any more."""
        with self._lock:
            left = list(self._under_way.values())
            self._under_way.clear()
        for operation in left:
            if operation is not None:
                operation.abandon()
        return tuple(self._scope.fetches)

    @property
    def recorded(self) -> None:
        """Return None; see ``RecordingOperations`` for those that are recorded."""
        return

    def _begin(self, number: int, kind: str, message: Fields) -> None:
        if number <= self._latest:  # an id names one operation
            raise BrokenPeerError
        self._latest = number
        self._under_way[number] = None
        reply = partial(self._reply, number)
        handler = self._handlers.get(kind) or self._open(kind)
        if handler is None:
            error = {
                "code": "refused",
                "message": f"operations of kind {kind[:32]!r} are not known",
            }
            self._scope.perform(partial(reply, {"end": True, "error": error}))
            return
        operation = handler.begin(number, message, reply)
        with self._lock:
            if number in self._under_way:
                self._under_way[number] = operation

    def _open(self, kind: str) -> Handler | None:
        if kind not in self._kinds:
            return None
        handler = self._handlers[kind] = self._kinds[kind](self._scope)
        return handler

    def _reply(self, number: int, fields: Fields, payload: bytes = b"", /) -> None:
        ends = fields.get("end")
        with self._lock:
            if number not in self._under_way:
                raise OperationEndedError
            operation = self._under_way.pop(number) if ends else None
        try:
            self._send({**fields, "id": number}, payload)
        except BlockingIOError:  # another thread sends it
            if ends:
                with self._lock:
                    self._under_way[number] = operation
            raise
