"""Hand executions over to be repeated on the shadow of their alias."""

from dataclasses import dataclass
from functools import partial

from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.blocking import Blocking
from isolambda_core.ports.clock import Clock
from isolambda_core.ports.shadows import ShadowQueue
from isolambda_core.services.executions.execution import Resolved
from isolambda_core.services.executions.records import (
    RecordService,
    ended_payload,
    ended_record,
)


@dataclass(frozen=True, slots=True)
class ShadowIntake:
    """Writes the records of executions that are to be repeated, and hands them over."""

    queue: ShadowQueue
    records: RecordService
    blocking: Blocking
    clock: Clock

    async def take(
        self,
        shadow: Alias,
        invocation: Invocation,
        resolved: Resolved,
        execution_id: str,
        result: ExecutionResult,
        *,
        always: bool = False,
    ) -> None:
        """Hand over an ended execution; where its document says so, its record is there then.

        Nothing else is waited for, unless the queue needs the record. With ``always`` there is a
        record, whatever the document says.
        """
        at_ms = self.clock.now_ms()
        record = ended_record(invocation, resolved, execution_id, result, at_ms)
        payload = ended_payload(invocation, resolved, result)
        has_to_save = self.records.has_to_save(resolved, result, always=always)
        is_recorded = self.records.is_recorded(resolved, result, always=always)
        added = self.queue.begin(Shadowed(shadow, record, payload, is_recorded))
        if has_to_save:
            save = partial(self.records.save, always=always)
            await self.blocking(save, resolved.function, record, payload)
        if added is None:
            return
        if not is_recorded:
            await self.blocking(self.records.save_for_shadow, record, payload)
        await self.blocking(added)
