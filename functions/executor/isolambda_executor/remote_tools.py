"""Tools behind the API, where nothing beside the executor executes them."""

from typing import Final

from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.tools.calls import Fields, ToolCall
from isolambda_core.domain.tools.tokens import PATH
from isolambda_executor.remote_api import RemoteApi, unavailable

_LATER_S: Final = 1.0
"""How long an answer may take behind the wall time, which ends the execution and says so."""


class RemoteTools:
    """The port ``Tools`` over HTTP; safe for threads."""

    def __init__(self) -> None:
        self._api = RemoteApi("the tool", PATH)

    async def call(self, request: ExecutionRequest, called: ToolCall, deadline: float) -> Fields:
        """Have the API call a tool; see ``Tools.call``. It waits on the thread that it has."""
        body = dump({"tool": called.name, "arguments": called.arguments}).encode()
        grant = request.tools
        found = None if grant is None else self._api.post(grant, body, deadline + _LATER_S)
        # What began may have had an effect, so it is not tried again.
        return found or unavailable("the tool did not answer, and may have done it or not")
