"""A fault at any step of an execution: it is executed, ends once, and is called back.

What happens is that the store, the queue or another part does not answer, or that the process is
gone; before the step is done, or after it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest
from typing_extensions import override

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.daily_counts import DailyCount, Days
from isolambda_core.domain.executions.errors import (
    CallbackFailedError,
    ExecutionInProgressError,
    ExecutorBusyError,
)
from isolambda_core.domain.executions.execution import ExecutionResult
from isolambda_core.domain.executions.records import (
    CallbackStatus,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.queue.messages import (
    Acknowledge,
    Disposition,
    QueuedExecution,
    Retry,
    SendToCallbacks,
    SendToDlq,
)
from isolambda_core.services.executions.budgets import open_budgets
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.queue.dispatch import open_dispatch
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.records import SqliteRecordRepository
from tests.support.clocks import SetClock
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, INVOCATION, OK, SECRET, Keep
from tests.support.services import Machine, services_on

KEY = "an idempotency key"
URL = "https://callback.test/ended"
LEASE_S = 65
TWO_MINUTES_MS = 120_000

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Story:
    """How an execution goes when nothing happens to it: what is done, step by step."""

    executor: tuple[ExecutionResult | Exception, ...]
    callbacks: tuple[Exception | None, ...]
    disposition: Disposition
    steps: tuple[str, ...]


READ, WRITE = "records.get_whole", "records.replace"
BEGIN = (READ, WRITE, "accounts.get", "functions.get", "executor.execute")
TELL = (READ, "callbacks.post", WRITE)
_DONE, _DEAD = Acknowledge(), SendToDlq()
STORIES = {
    "success": Story((OK,), (None,), _DONE, (*BEGIN, WRITE, *TELL)),
    "retry": Story((FAILED, OK), (None,), _DONE, (*BEGIN, WRITE, *BEGIN, WRITE, *TELL)),
    "failure": Story(
        (FAILED,),
        (None,),
        _DEAD,
        (*(*BEGIN, WRITE) * 2, *BEGIN, WRITE, "records.iterate", *TELL),
    ),
    "busy": Story((ExecutorBusyError(), OK), (None,), _DONE, (*BEGIN, WRITE, *BEGIN, WRITE, *TELL)),
    "refusal": Story(
        (OK,),
        (CallbackFailedError("503"), None),
        _DONE,
        (*BEGIN, WRITE, *TELL, *TELL),
    ),
}
STEPS = [
    pytest.param(story, at, id=f"{name}-{at}-{step}")
    for name, story in STORIES.items()
    for at, step in enumerate(story.steps)
]
SUBMIT_STEPS = ("functions.get", "records.require_room", "queue.send", "records.add")
SUBMIT_ONCE_STEPS = ("claims.add", *SUBMIT_STEPS)
EXECUTE_ONCE_STEPS = ("claims.add", "functions.get", "executor.execute", "records.add")

happening = pytest.mark.parametrize(
    ("error", "late"),
    [(error, late) for error in (StoreUnavailableError, KilledError) for late in (False, True)],
    ids=["away before", "away after", "killed before", "killed after"],
)


@dataclass(frozen=True, slots=True)
class NotingRecords(SqliteRecordRepository):
    """Notes each time that an execution is written to have ended."""

    ended: list[ExecutionRecord] = field(default_factory=list)

    @override
    def replace(
        self,
        record: ExecutionRecord,
        expected_revision: int,
        result: ExecutionResult | None = None,
        count: DailyCount | None = None,
    ) -> None:
        SqliteRecordRepository.replace(self, record, expected_revision, result, count)
        if record.has_ended and result is not None:
            self.ended.append(record)


@pytest.fixture
def store(store: SqliteStore) -> SqliteStore:
    return replace(store, records=NotingRecords(store.database))


def with_fault(machine: Machine, fault: Fault, lease_s: float = 0) -> Machine:
    """Return a machine on the same store to which something happens."""
    store = fault.on_store(machine.store)
    executor = fault.on_executor(machine.executor)
    callbacks = fault.on("callbacks", machine.callbacks)
    services = services_on(store, machine.clock, executor, executor, machine.sources)
    services.budgets.note(machine.store.accounts.get(ACCOUNT))  # as the API, which has read it
    failures = machine.dispatch.trigger_failures
    dispatch = open_dispatch(
        store,
        SECRET,
        AesGcmSealer(SECRET),
        JsonSchemaChecker(),
        machine.clock,
        executor,
        callbacks,
        failures,
        lease_s=lease_s,
        budgets=open_budgets(store, store.queue, machine.clock),
    )
    return replace(machine, services=services, dispatch=dispatch)


def perform(machine: Machine, message: QueuedExecution) -> Disposition:
    """Perform a message to the end as the queues do, which bring it again when a process dies."""
    act = machine.dispatch.perform
    for received in range(1, 50):
        try:
            disposition = act(message, received)
        except KilledError:
            machine.clock.time_ms += TWO_MINUTES_MS
            continue
        if isinstance(disposition, SendToCallbacks):
            act = machine.dispatch.call_back
            continue
        if not isinstance(disposition, Retry):
            return disposition
        machine.clock.time_ms += round(disposition.after_s * 1000)
    raise AssertionError("it comes again and again")


def submit(machine: Machine, story: Story) -> QueuedExecution:
    machine.executor.ends(*story.executor)
    machine.callbacks.script = list(story.callbacks)
    return machine.submit(callback_url=URL)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_an_execution_goes_by_these_steps(machine: Machine, keep: Keep, story: Story) -> None:
    keep()
    message = submit(machine, story)
    uneventful = Fault()

    assert perform(with_fault(machine, uneventful), message) == story.disposition
    assert tuple(uneventful.steps) == story.steps


@pytest.mark.slow
@pytest.mark.parametrize(("story", "at"), STEPS)
@happening
@pytest.mark.parametrize("lease_s", [0, LEASE_S], ids=["alone", "leased"])
def test_an_execution_ends_once_and_is_called_back_whatever_happens_at_a_step(
    machine: Machine,
    keep: Keep,
    story: Story,
    at: int,
    error: type[BaseException],
    lease_s: float,
    *,
    late: bool,
) -> None:
    keep()
    message = submit(machine, story)
    fault = Fault(error, at, late)
    hindered = with_fault(machine, fault, lease_s)

    disposition = perform(hindered, message)

    assert len(fault.steps) > at
    record = machine.found(message)
    assert isinstance(machine.store.records, NotingRecords)
    [ended] = machine.store.records.ended
    assert disposition == story.disposition
    assert ended.status is (Status.FAILED if disposition == SendToDlq() else Status.SUCCEEDED)
    assert record.callback is not None
    assert record.callback.status is CallbackStatus.DELIVERED
    # At least once, and once more only where it cannot be known what came of the first time.
    executed, posted = len(machine.executor.requests), machine.callbacks.posted
    assert story.steps.count("executor.execute") - executed in (0, -1)
    assert story.steps.count("callbacks.post") - len(posted) in (0, -1)
    assert {callback.headers["webhook-id"] for callback in posted} == {record.id}

    # The process may die right before the message is forgotten.
    assert perform(hindered, message) == disposition
    assert machine.found(message) == record
    assert len(machine.executor.requests) == executed


def queued(store: SqliteStore) -> list[QueuedExecution]:
    """Take all messages out of the queue, and return them."""
    messages = []
    while (waiting := store.queue.next()) is not None:
        assert isinstance(waiting.message, QueuedExecution)
        store.queue.forget(waiting)
        messages.append(waiting.message)
    return messages


def recorded(store: SqliteStore) -> list[ExecutionRecord]:
    return list(store.records.iterate(ACCOUNT, FUNCTION, at_once=100))


def test_an_execution_is_submitted_by_these_steps(machine: Machine, keep: Keep) -> None:
    keep()
    plain, once = Fault(), Fault()

    complete(with_fault(machine, plain).services.invocations.submit(INVOCATION))
    complete(with_fault(machine, once).services.invocations.submit(INVOCATION, KEY))

    assert tuple(plain.steps) == SUBMIT_STEPS
    assert tuple(once.steps) == SUBMIT_ONCE_STEPS


@pytest.mark.parametrize("at", range(len(SUBMIT_STEPS)), ids=SUBMIT_STEPS)
@happening
def test_no_record_waits_without_a_message_whatever_happens_at_a_step(
    machine: Machine, keep: Keep, at: int, error: type[BaseException], *, late: bool
) -> None:
    keep()
    hindered = with_fault(machine, Fault(error, at, late))

    with pytest.raises(error):
        complete(hindered.services.invocations.submit(INVOCATION))

    messages, records = queued(machine.store), recorded(machine.store)
    assert {record.id for record in records} <= {message.execution_id for message in messages}
    assert {perform(machine, message) for message in messages} <= {Acknowledge()}
    assert [record.status for record in recorded(machine.store)] == [Status.SUCCEEDED] * len(
        records
    )
    assert len(machine.executor.requests) == len(records)


def ask_until_answered(
    machine: Machine, fault: Fault, ask: Callable[[InvocationService], _Answer]
) -> _Answer:
    """Ask as a client that asks again whenever it gets no answer."""

    async def wait(seconds: float) -> None:
        machine.clock.time_ms += round(seconds * 1000)

    invocations = with_fault(machine, fault).services.invocations
    invocations = replace(invocations, idempotency=replace(invocations.idempotency, wait=wait))
    for _ in range(10):
        try:
            return ask(invocations)
        except (StoreUnavailableError, KilledError, ExecutionInProgressError):
            machine.clock.time_ms += 1_000
    raise AssertionError("there is no answer")


@pytest.mark.parametrize("at", range(len(SUBMIT_ONCE_STEPS)), ids=SUBMIT_ONCE_STEPS)
@happening
def test_a_key_is_for_one_execution_later_whatever_happens_at_a_step(
    machine: Machine, keep: Keep, at: int, error: type[BaseException], *, late: bool
) -> None:
    keep()
    fault = Fault(error, at, late)

    submitted = ask_until_answered(
        machine, fault, lambda invocations: complete(invocations.submit(INVOCATION, KEY))
    )
    machine.clock.time_ms += TWO_MINUTES_MS

    assert {perform(machine, message) for message in queued(machine.store)} == {Acknowledge()}
    [record] = recorded(machine.store)
    [request] = machine.executor.requests
    assert record.id == request.execution_id == submitted.record.id
    assert record.status is Status.SUCCEEDED


def test_an_execution_under_a_key_goes_by_these_steps(machine: Machine, keep: Keep) -> None:
    keep()
    uneventful = Fault()

    complete(with_fault(machine, uneventful).services.invocations.execute(INVOCATION, KEY))

    assert tuple(uneventful.steps) == EXECUTE_ONCE_STEPS


@pytest.mark.parametrize("at", range(len(EXECUTE_ONCE_STEPS)), ids=EXECUTE_ONCE_STEPS)
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_key_has_one_answer_whenever_the_first_who_asked_was_killed(
    machine: Machine, keep: Keep, at: int, *, late: bool
) -> None:
    keep()
    fault = Fault(KilledError, at, late)

    answer = ask_until_answered(
        machine, fault, lambda invocations: complete(invocations.execute(INVOCATION, KEY))
    )

    again = complete(machine.services.invocations.execute(INVOCATION, KEY))
    assert again == replace(answer, replayed=True)
    # Killed amid an execution, or before it was recorded: no trace of it is left.
    is_unknown = (EXECUTE_ONCE_STEPS[at], late) in (
        ("executor.execute", True),
        ("records.add", False),
    )
    assert len(machine.executor.requests) == (2 if is_unknown else 1)


def test_an_execution_that_could_not_be_recorded_is_answered_and_then_forgotten(
    machine: Machine, keep: Keep, clock: SetClock
) -> None:
    keep()
    fault = Fault(StoreUnavailableError, EXECUTE_ONCE_STEPS.index("records.add"))

    first = complete(with_fault(machine, fault).services.invocations.execute(INVOCATION, KEY))
    clock.time_ms += TWO_MINUTES_MS
    second = complete(machine.services.invocations.execute(INVOCATION, KEY))

    assert not first.replayed
    assert not second.replayed
    assert len(machine.executor.requests) == 2


def test_an_execution_whose_record_could_not_be_written_counts_all_the_same(
    machine: Machine, keep: Keep
) -> None:
    keep(record="all")
    steps = ("functions.get", "executor.execute", "records.add")
    hindered = with_fault(machine, Fault(StoreUnavailableError, steps.index("records.add")))

    complete(hindered.services.invocations.execute(INVOCATION))
    complete(hindered.services.invocations.execute(INVOCATION))

    days = Days("2027-01-15", "2027-01-15")
    [count] = hindered.services.counts.list(ACCOUNT, days, 10, "~", descending=True).items
    assert (count.executions, len(recorded(machine.store))) == (2, 1)
