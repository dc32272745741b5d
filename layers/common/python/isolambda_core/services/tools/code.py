"""Execute code that a language model wrote, with the tools of its account."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import Caller
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Origin,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.limits import WALL_TIME_MS_MAX, Limits
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.executions import Executor
from isolambda_core.services.executions.daily_counts import DailyCountService
from isolambda_core.services.tools.grants import ToolGrants

if TYPE_CHECKING:
    from isolambda_core.services.executions.observed_executions import ObserveExecution

FEATURE: Final = "tools"
"""What has an isolate give a source tools instead of a ``call``; no document names it."""
_TRIGGER: Final = "mcp"
NO_FUNCTION: Final = "0" * 32
"""The id in the place of a function's, for code that is none."""
_LIMITS: Final = Limits(wall_time_ms=WALL_TIME_MS_MAX)


@dataclass(frozen=True, slots=True)
class CodeService:
    """Executes code in an isolate that nothing else has been in, and nothing else will be.

    It reaches no host, no value and no secret: tools alone, as its caller's key may call them. Each
    of ``observers`` is called with each execution.
    """

    executor: Executor
    grants: ToolGrants
    counts: DailyCountService
    blocking: Blocking
    clock: Clock
    observers: "tuple[ObserveExecution, ...]" = ()

    async def execute(
        self, account: Account, caller: Caller, code: str, request_id: str, hops: int = 0
    ) -> ExecutionResult:
        """Execute the body of a function, and return the result with any outcome.

        ``hops`` are as in ``Origin``.

        Raises:
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
            StoreUnavailableError: the installation's secret cannot be read now.
        """
        execution_id = new_execution_id(self.clock.now_ms())
        grant = ToolGrant(
            caller.api_key.sha256, execution_id, expires_at=caller.expires_at, hops=hops
        )
        grant = self.grants.granted(grant, account.id, execution_id, _LIMITS.wall_time_ms)
        context: Document = {"execution_id": execution_id, "account_id": account.id, "tools": True}
        request = ExecutionRequest(
            execution_id=execution_id,
            account_id=account.id,
            function_id=NO_FUNCTION,
            version=LATEST,
            source=code,
            input=b"null",
            isolation="fresh",
            features=(FEATURE,),
            context=dump(context),
            limits=_LIMITS,
            request_id=request_id,
            tenant=account.tenant,
            hops=hops,
            tools=grant,
        )
        result = await self.executor.execute_async(request)
        origin = Origin(_TRIGGER, request_id)
        of = (account.id, NO_FUNCTION, b"null")
        invocation = Invocation(*of, origin=origin, tenant=account.tenant, tools=grant)
        for observe in self.observers:
            observe(invocation, result)
        if self.counts.add(invocation, result):
            await self.blocking(self.counts.flush)
        return result
