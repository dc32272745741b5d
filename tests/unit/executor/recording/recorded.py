"""An isolate whose operations are recorded, and one that is answered from what was recorded."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.operations import RecordedOperation, RecordedOperations
from isolambda_core.domain.executions.reach import GrantedSecret
from isolambda_executor.broker import Broker
from isolambda_executor.handlers import Handler, Reply, Scope
from isolambda_executor.operations import Fields, Operations

LONG_S = 60.0
ACCOUNT, OTHER = "a" * 32, "b" * 32
PLACEHOLDERS = ("iso_secret_" + "0" * 32, "iso_secret_" + "1" * 32)
"""Of the secret ``KEY``, in an execution and in another."""
VALUE = "a value that nothing may record"
KINDS = ("fetch", "kv", "sign", "tool")


@dataclass
class Asked:
    """An operation that takes what is sent for it, and is answered by a test."""

    reply: Reply
    taken: list[Fields] = field(default_factory=list)

    def take(self, fields: Fields) -> None:
        self.taken.append(fields)

    def abandon(self) -> None:
        pass


@dataclass
class Handlers:
    """The handlers of all kinds of an execution, and their operations by id."""

    opened: list[Scope] = field(default_factory=list)
    operations: dict[int, Asked] = field(default_factory=dict)

    def __call__(self, scope: Scope) -> Handler:
        self.opened.append(scope)
        return self

    def begin(self, id: int, _: Fields, reply: Reply) -> Asked:  # noqa: A002 - its name
        self.operations[id] = Asked(reply)
        return self.operations[id]


@dataclass
class Isolate:
    """The isolate of an execution: what it asks, and what reaches it."""

    operations: Operations
    handlers: Handlers
    got: "SimpleQueue[tuple[Fields, bytes]]"

    def take(self, id: int, kind: str, data: bytes | None = None, **fields: Any) -> None:  # noqa: A002
        sent = {} if data is None else {"bytes": base64.b64encode(data).decode()}
        self.operations.take({"id": id, "kind": kind, **fields, **sent})

    def answer(self, id: int, *replies: tuple[Fields, bytes]) -> None:  # noqa: A002 - its name
        for fields, content in replies:
            self.handlers.operations[id].reply(fields, content)

    def replies(self, count: int) -> list[tuple[Fields, bytes]]:
        """Wait for so many replies."""
        return [self.got.get(timeout=LONG_S) for _ in range(count)]

    def recorded(self) -> RecordedOperations:
        """End the execution."""
        self.operations.close()
        assert self.operations.recorded is not None
        return self.operations.recorded


@contextmanager
def executing(
    replay: Sequence[RecordedOperation] | None = None,
    *,
    account_id: str = ACCOUNT,
    placeholder: str = PLACEHOLDERS[0],
    kinds: Sequence[str] = KINDS,
) -> Iterator[Isolate]:
    """Execute what is recorded, or what is answered from ``replay``."""
    request = ExecutionRequest(
        "e" * 32,
        account_id,
        "f" * 32,
        "1",
        "",
        b"null",
        secrets=(GrantedSecret("KEY", placeholder, VALUE),),
        record_operations=replay is None,
        replay=None if replay is None else RecordedOperations(tuple(replay)),
    )
    handlers, got = Handlers(), SimpleQueue[tuple[Fields, bytes]]()
    opens: Mapping[str, Any] = dict.fromkeys(kinds, handlers)
    with closing(Broker(opens)) as broker:
        operations = broker.open(request, LONG_S, lambda *reply: got.put(reply))
        isolate = Isolate(operations, handlers, got)
        try:
            yield isolate
        finally:
            operations.close()
