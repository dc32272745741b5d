"""What functions on one machine reach: hosts, signatures, and the store beside them."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.tools.calls import Fields as ToolFields
from isolambda_core.domain.tools.calls import ToolCall
from isolambda_core.domain.tools.errors import ToolForbiddenError
from isolambda_core.services.key_values.key_values import KeyValueService
from isolambda_core.services.tools.calls import Calling, ToolCallService
from isolambda_executor.broker import Broker
from isolambda_executor.fetching.kind import FetchKind
from isolambda_executor.handlers import OpensHandler
from isolambda_executor.key_values import opens_key_values
from isolambda_executor.kinds import open_signing
from isolambda_executor.operations import Fields
from isolambda_executor.tool_calls import opens_tools
from isolambda_local.calls_on_loop import CallsOnLoop

if TYPE_CHECKING:
    from isolambda_local.traced_calls import TracedCalls


@dataclass(frozen=True, slots=True)
class LocalKeyValues:
    """The port ``KeyValues``, as a call of the use case."""

    service: KeyValueService

    def perform(self, request: ExecutionRequest, fields: Fields, _deadline: float) -> Fields:
        """Perform an operation of an execution; see ``KeyValues.perform``."""
        namespaces = () if request.kv is None else request.kv.namespaces
        return self.service.perform(request.account_id, namespaces, fields)


@dataclass(frozen=True, slots=True)
class LocalTools:
    """The port ``Tools``, as a call of the use case, in the trace of what calls if there is one."""

    service: ToolCallService
    traces: "TracedCalls | None"

    async def call(
        self, request: ExecutionRequest, called: ToolCall, deadline: float
    ) -> ToolFields:
        """Call a tool; see ``Tools.call``."""
        grant = request.tools
        if grant is None:
            raise ToolForbiddenError("this execution may call no tools")
        left_ms = int((deadline - time.monotonic()) * 1e3)
        calling = Calling(request.account_id, request.execution_id, grant, left_ms)
        if self.traces is None:
            return await self.service.call(calling, called)
        with self.traces.below(request.execution_id):
            return await self.service.call(calling, called)


class LocalOperations:
    """The broker of one machine. Its store comes later, as workers start before it is opened."""

    def __init__(
        self, executions: int, fetches: FetchKind, net_ceiling: tuple[str, ...] | None
    ) -> None:
        self._kinds: dict[str, OpensHandler] = {"fetch": fetches, "sign": open_signing}
        self.calls = CallsOnLoop()
        self.broker = Broker(self._kinds, executions, net_ceiling, self.calls.start)

    def add_store(self, service: KeyValueService) -> None:
        """Let executions reach the store."""
        self._kinds["kv"] = opens_key_values(LocalKeyValues(service))

    def add_tools(self, service: ToolCallService, traces: "TracedCalls | None" = None) -> None:
        """Let executions call tools; ``traces`` has those of the executions, if they have any."""
        self._kinds["tool"] = opens_tools(LocalTools(service, traces))


@contextmanager
def performing(
    executions: int, net_ceiling: tuple[str, ...] | None, *, private_fetch: bool
) -> Iterator[LocalOperations]:
    """Perform what so many executions at a time ask.

    ``net_ceiling`` is as in ``Broker``, ``private_fetch`` as in ``Network``.
    """
    with closing(FetchKind(private=private_fetch)) as fetches:
        operations = LocalOperations(executions, fetches, net_ceiling)
        with closing(operations.broker):
            yield operations
