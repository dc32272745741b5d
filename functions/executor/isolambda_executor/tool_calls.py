"""Have the tools called that code calls.

Who knows the tools decides by the execution's grant; here calls are counted, and made beside the
execution, since a tool takes its time.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.tools.calls import Fields, ToolCall, read_call, require_calls
from isolambda_core.domain.tools.errors import ToolCallError, ToolForbiddenError
from isolambda_executor.handlers import AT_ONCE, OpensHandler, Operation, Reply, Scope

_log = logging.getLogger(__name__)

_FAILED: Fields = {"error": {"code": "unavailable", "message": "the tool is not available"}}
_NO_GRANT = ToolForbiddenError("this execution may call no tools")


class Tools(Protocol):
    """The tools of accounts."""

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        """Call a tool for an execution that was granted tools; wait for what it returns.

        Return the fields of the reply: a ``value``, nothing for ``undefined``, or an ``error``.
        ``deadline`` is of ``time.monotonic``; the tool has no time beyond.
        """
        ...


@dataclass(slots=True)
class ToolHandler:
    """Performs the operations of kind ``tool`` of one execution."""

    tools: Tools
    scope: Scope
    begun: int = 0

    def begin(self, id: int, fields: Fields, reply: Reply) -> Operation:  # noqa: A002, ARG002 - of the protocol
        """Begin a call; see ``Handler.begin``."""
        self.begun += 1
        self.scope.call(partial(self._perform, fields, reply, self.begun))
        return AT_ONCE

    async def _perform(self, fields: Fields, reply: Reply, calls: int) -> None:
        last = {**await self._replied(fields, calls), "end": True}
        if not self.scope.is_recorded:  # to note a reply takes a while
            try:
                reply(last)
            except BlockingIOError:  # nor does an event loop wait for a worker
                pass
            else:
                return
        self.scope.perform(partial(reply, last))

    async def _replied(self, fields: Fields, calls: int) -> Mapping[str, JsonValue]:
        request = self.scope.request
        if request.tools is None:
            return {"error": _NO_GRANT.details}
        try:
            # Who has the tools counts too, with the calls of others: a flood does not get there.
            require_calls(calls)
            return await self.tools.call(request, read_call(fields), self.scope.deadline)
        except ToolCallError as error:
            return {"error": error.details}
        except Exception:  # whatever it is, the function waits for a reply
            _log.exception("%s: a call of a tool failed", request.execution_id)
            return _FAILED


def opens_tools(tools: Tools) -> OpensHandler:
    """Return what makes the handler of an execution, for the kind ``tool`` of the broker."""
    return partial(ToolHandler, tools)
