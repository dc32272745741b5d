"""Execute one recorded execution on two versions, answered from its record, and compare them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from isolambda_core.domain.executions.errors import (
    ExecutorUnavailableError,
    InputNotAcceptedError,
)
from isolambda_core.domain.executions.execution import ExecutionResult, Origin, Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.executions.reach import ToolGrant
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.ids import new_execution_id
from isolambda_core.domain.replays.executions import Replayed, Verdict, compared, unsound
from isolambda_core.domain.replays.noise import NO_NOISE, Noise
from isolambda_core.domain.replays.observations import Observed, observed, refused
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.invocations import InvocationService

_NO_TOOLS = ToolGrant("", "")


class OutOfTimeError(Exception):
    """There was no time left for the next execution."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An execution as its record has it; ``tenant`` is that of the account.

    ``request_id`` and ``hops`` are of the request that has it executed again.
    """

    record: ExecutionRecord
    payload: ExecutionPayload
    tenant: str
    request_id: str = ""
    hops: int = 0

    @property
    def operations(self) -> RecordedOperations:
        """What it asked and was answered; nothing, where the record does not say."""
        result = self.payload.result
        return RecordedOperations() if result is None else result.recorded or RecordedOperations()

    @property
    def invocation(self) -> Invocation:
        """The invocation that it was, as far as its code can know."""
        record, origin = self.record, self.payload.origin
        return Invocation(
            record.account_id,
            record.function_id,
            self.payload.input,
            record.qualifier,
            origin=Origin(
                record.trigger,
                self.request_id,
                origin.meta,
                origin.tokens,
                record.trigger_id,
                record.event_id,
                self.hops,
                origin.key_id,
            ),
            as_callflow=record.as_callflow,
            tenant=self.tenant,
            # Only what was called as a tool may call tools.
            tools=None if record.parent_id is None else _NO_TOOLS,
            parent_id=record.parent_id,
        )

    def observed_on(self, resolved: Resolved) -> Observed | None:
        """Return what is compared of it, where a version made it and all of it was recorded."""
        record, result = self.record, self.payload.result
        if record.version != resolved.version or result is None or not self.operations.complete:
            return None
        if record.version == LATEST and record.draft_revision != resolved.function.revision:
            return None
        return observed(result)


@dataclass(frozen=True, slots=True)
class Comparer:
    """Executes recorded executions on two versions: the old one twice, then the new one.

    Where these differ, each is executed once more. Nothing is reached: hosts, the key-value store,
    tools and signatures are answered from the record. Executions are counted as any, and leave no
    records.
    """

    invocations: InvocationService

    async def compare(
        self,
        recorded: Recorded,
        old: Resolved,
        new: Resolved,
        isolates: str,
        has_time: Callable[[], bool] = lambda: True,
    ) -> tuple[Replayed, Noise]:
        """Compare two versions, resolved ``without_records``, for a recorded execution.

        ``isolates`` names those that execute it: what it leaves in them must reach no execution
        that has the world, and where the name is new, those of both versions are of one age.
        ``has_time`` is asked before each execution.

        Raises:
            OutOfTimeError: there was none left.
            FunctionDisabledError: the function is disabled.
            UnusableSecretError: a secret that a version names is at fault.
            ExecutorBusyError: no worker came free in time.
        """

        async def execute(on: Resolved) -> Observed:
            if not has_time():
                raise OutOfTimeError
            return await self._execute(recorded, on, isolates)

        execution_id = recorded.record.id
        olds = [await execute(old)]
        if reason := unsound(olds[0]):
            return Replayed(execution_id, reason), NO_NOISE
        olds.append(await execute(old))
        news = [await execute(new)]
        made = recorded.observed_on(old)
        # Long results take a while.
        blocking = self.invocations.blocking
        found = await blocking(compared, execution_id, made, olds, news)
        if found[0].verdict is Verdict.DIFFERENT:
            olds.append(await execute(old))
            news.append(await execute(new))
            found = await blocking(compared, execution_id, made, olds, news)
        return found

    async def _execute(self, recorded: Recorded, resolved: Resolved, isolates: str) -> Observed:
        invocations, invocation = self.invocations, recorded.invocation
        execution_id = new_execution_id(invocations.clock.now_ms())
        try:
            prepared = invocations.executions.prepare(
                replace(invocation, tools=None), resolved, execution_id
            )
        except InputNotAcceptedError as error:
            return refused(str(error))
        # To the code, it is the execution of the record: which version runs it does not matter.
        record = recorded.record
        as_then = replace(resolved, version=record.version, qualifier=record.qualifier)
        request = replace(
            prepared,
            version=f"{resolved.version} {isolates}",
            context=invocation.context(execution_id, as_then.context, prepared.secrets),
            kv=None,
            replay=recorded.operations,
        )
        try:
            executed = await invocations.executor.execute_async(request)
        except ExecutorUnavailableError:  # as where it is too much for the executor with its record
            executed = ExecutionResult(execution_id, Outcome.INTERNAL_ERROR)
        result = invocations.executions.conclude(invocation, resolved, executed)
        if invocations.counts.add(invocation, result):
            await invocations.blocking(invocations.counts.flush)
        return observed(result)
