"""What happens while an execution is under way, or may be."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    Retry,
)
from isolambda_core.services.queue.dispatch import DispatchService
from isolambda_local.sqlite.records import SqliteRecordRepository
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, INVOCATION, OK, Keep
from tests.support.services import Machine


@dataclass
class WatchingExecutor(ScriptedExecutor):
    """Does something amid every execution but those that this leads to."""

    amid: Callable[[], object] = lambda: None
    is_watching: bool = True

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        if self.is_watching:
            self.is_watching = False
            self.amid()
        return super().execute(request)


def watched(
    dispatch: DispatchService, amid: Callable[[], object]
) -> tuple[DispatchService, WatchingExecutor]:
    executor = WatchingExecutor(amid=amid)
    return replace(dispatch, executor=executor), executor


def test_an_execution_is_running_while_it_runs(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    seen: list[ExecutionRecord] = []
    watching, _ = watched(machine.dispatch, lambda: seen.append(machine.found(message)))

    watching.perform(message, 1)

    [running] = seen
    assert (running.status, running.began_at_ms) == (Status.RUNNING, machine.clock.now_ms())
    assert (running.attempts, running.ended_at_ms) == (0, None)


def begin(machine: Machine, message: QueuedExecution) -> None:
    """Begin an attempt that never ends."""
    queued = machine.found(message)
    machine.store.records.replace(queued.begun(machine.clock.now_ms()), queued.revision)


def test_an_attempt_that_no_other_dispatcher_can_be_at_is_made_again_at_once(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit()
    begin(machine, message)

    assert machine.dispatch.perform(message, 1) == Acknowledge()
    assert machine.found(message).attempts == 1


def test_an_attempt_that_may_be_under_way_is_waited_for(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    begin(machine, message)
    leased = replace(machine.dispatch, lease_s=65)

    assert leased.perform(message, 1) == Retry(65)
    machine.clock.time_ms += 64_500
    assert leased.perform(message, 2) == Retry(0.5)
    assert machine.executor.requests == []

    machine.clock.time_ms += 500
    assert leased.perform(message, 3) == Acknowledge()
    assert len(machine.executor.requests) == 1


def test_of_two_that_perform_the_same_the_other_waits(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    leased = replace(machine.dispatch, lease_s=65)
    seen: list[Disposition] = []
    one, executor = watched(leased, lambda: seen.append(leased.perform(message, 1)))

    assert one.perform(message, 1) == Acknowledge()

    assert seen == [Retry(65)]
    assert (len(executor.requests), machine.executor.requests) == (1, [])
    assert machine.found(message).attempts == 1


def test_of_two_that_execute_the_same_one_says_how_it_ended(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    seen: list[Disposition] = []
    late, executor = watched(
        machine.dispatch, lambda: seen.append(machine.dispatch.perform(message, 1))
    )
    executor.returns(b'"too late"')

    assert isinstance(late.perform(message, 1), Retry)
    assert late.perform(message, 2) == Acknowledge()

    assert seen == [Acknowledge()]
    record, contents = machine.whole(message)
    assert record.attempts == 1
    assert contents.result == replace(OK, execution_id=record.id)


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.EXCEPTION])
def test_what_is_cancelled_amid_its_execution_stays_so_and_counts(
    machine: Machine, keep: Keep, outcome: Outcome
) -> None:
    keep(attempts=3)
    origin = replace(INVOCATION.origin, key_id="1" * 32)
    task = replace(INVOCATION, origin=origin)
    record = complete(machine.services.invocations.submit(task, is_task=True)).record
    message = QueuedExecution(ACCOUNT, FUNCTION, record.id, machine.clock.now_ms())
    tasks = machine.services.tasks
    task_id = tasks.id_of(record, "1" * 32)
    one, executor = watched(machine.dispatch, lambda: tasks.cancel(ACCOUNT, "1" * 32, task_id))
    executor.ends(ExecutionResult("", outcome))

    assert isinstance(one.perform(message, 1), Retry)
    assert one.perform(message, 2) == Acknowledge()

    assert machine.found(message).is_cancelled
    assert len(executor.requests) == 1
    [count] = machine.store.daily_counts.iterate(ACCOUNT, "~", at_once=9)
    assert count.executions == 1


@dataclass(frozen=True, slots=True)
class RacedRepository(SqliteRecordRepository):
    """Another process does something, once, right after a record was read."""

    rivals: list[Callable[[], object]] = field(default_factory=list)

    @override
    def get_whole(
        self, account_id: str, function_id: str, execution_id: str
    ) -> tuple[ExecutionRecord, ExecutionPayload]:
        whole = SqliteRecordRepository.get_whole(self, account_id, function_id, execution_id)
        if self.rivals:
            self.rivals.pop()()
        return whole


def test_of_two_that_read_the_same_record_one_executes(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    repository = RacedRepository(
        machine.store.database, [lambda: machine.dispatch.perform(message, 1)]
    )
    records = replace(machine.services.records, records=repository)
    raced = replace(machine.dispatch, records=records)

    assert isinstance(raced.perform(message, 1), Retry)
    assert len(machine.executor.requests) == 1
    assert raced.perform(message, 2) == Acknowledge()
    assert len(machine.executor.requests) == 1


def test_a_function_that_goes_for_good_amid_its_execution_is_not_brought_back(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit()
    leaving, _ = watched(
        machine.dispatch,
        lambda: machine.services.functions.remove(ACCOUNT, FUNCTION, soft_delete=False),
    )

    assert replace(machine, dispatch=leaving).perform_all(message)[-1] == Acknowledge()
    assert list(machine.store.records.iterate(ACCOUNT, FUNCTION, at_once=10)) == []
