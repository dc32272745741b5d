"""Execute the saved calls of a function on one of its versions."""

from asyncio import create_task, gather
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from isolambda_core.domain.contracts.outcomes import Difference, Played, difference_of
from isolambda_core.domain.contracts.reports import Report
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.errors import InvalidDocumentError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.json_text import JsonValue, dump_readable, to_utf8
from isolambda_core.domain.limits import (
    SAVED_CALL_WALL_TIME_MS,
    SAVED_CALLS,
    SAVED_CALLS_AT_ONCE,
    SAVED_CALLS_S,
)
from isolambda_core.ports.contracts import SavedCallRepository
from isolambda_core.ports.schemas import SchemaChecker
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.executions.without_records import without_records

_TOO_LATE = f"was not executed: the {SAVED_CALLS_S} s for all saved calls were over"


@dataclass(frozen=True, slots=True)
class SavedCallRunner:
    """Executes saved calls as the API executes functions, but that no records are kept.

    They reach whatever their function reaches: hosts, secrets and the key-value store.
    """

    calls: SavedCallRepository
    invocations: InvocationService
    schemas: SchemaChecker

    def until_ms(self) -> int:
        """Return when what begins now has to stop beginning saved calls."""
        return self.invocations.clock.now_ms() + SAVED_CALLS_S * 1000

    async def run(self, invocation: Invocation, until_ms: int) -> Report:
        """Execute all saved calls of a function on what the qualifier of an invocation stands for.

        Each has ``limits.SAVED_CALL_WALL_TIME_MS``, or less where its function says so. One that
        would begin at ``until_ms`` or later is not executed, and has not passed.

        Raises:
            FunctionNotFoundError: the account has no such function.
            QualifierNotFoundError: the function has no such version or alias.
            FunctionDisabledError: it is disabled.
            UnusableSecretError: a secret that it names is at fault.
            ExecutorBusyError: no worker came free in time.
            ExecutorUnavailableError: the executor could not be reached.
        """
        blocking = self.invocations.blocking
        changes, calls, resolved = await blocking(self._read, invocation)
        played: dict[str, Played] = {}
        waiting = iter(calls)

        async def play_in_turn() -> None:
            for call in waiting:
                is_late = self.invocations.clock.now_ms() >= until_ms
                difference = (
                    Difference("", _TOO_LATE, call.expect, None)
                    if is_late
                    else await self._difference(call, invocation, resolved)
                )
                played[call.name] = Played(call.name, resolved.version, difference)

        tasks = [create_task(play_in_turn()) for _ in range(min(SAVED_CALLS_AT_ONCE, len(calls)))]
        try:
            await gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        return Report(resolved.version, [played[call.name] for call in calls], changes)

    async def _difference(
        self, call: SavedCall, invocation: Invocation, resolved: Resolved
    ) -> Difference | None:
        wanted = replace(invocation, payload=to_utf8(dump_readable(call.input)))
        try:
            execution = await self.invocations.execute_resolved(wanted, resolved)
        except InvalidDocumentError as error:  # the input does not fit the schema of the version
            refused: JsonValue = {"refused": str(error)}
            return Difference("", "the input is refused", call.expect, refused)
        return difference_of(call.expect, execution.result, self.schemas.first_fault)

    def _read(self, invocation: Invocation) -> tuple[int, Sequence[SavedCall], Resolved]:
        of = (invocation.account_id, invocation.function_id)
        resolved = self.invocations.executions.resolve(invocation)
        # The number first: a change that comes in between is one that this report has not seen.
        changes = self.calls.changes(*of)
        found: Iterator[SavedCall] = self.calls.iterate(*of, descending=False, at_once=SAVED_CALLS)
        return changes, list(found), without_records(resolved, SAVED_CALL_WALL_TIME_MS)
