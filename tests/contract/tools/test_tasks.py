"""Tasks, which are the records that name the key whose tasks they are, on every store."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.errors import ExecutionNotFoundError, TaskEndedError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.positions import AFTER_ALL
from isolambda_core.domain.executions.records import ExecutionPayload, ExecutionRecord, Status
from isolambda_core.domain.limits import PAGE_SIZE
from isolambda_core.ports.blocking import directly
from isolambda_core.ports.executions import RecordRepository
from isolambda_core.services.executions.account_records import AccountRecordService
from isolambda_core.services.executions.records import open_records
from isolambda_core.services.tools.tasks import TaskService
from tests.support.clocks import SetClock
from tests.support.samples import SECRET
from tests.support.stores import Store

Begin = Callable[..., ExecutionRecord]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
KEY, OTHER_KEY = "1" * 32, "2" * 32
OK = ExecutionResult("1" * 32, Outcome.OK, result=b"1")


@pytest.fixture
def tasks(store: Store, clock: SetClock) -> TaskService:
    of_account = AccountRecordService(store.records, directly, clock)
    return TaskService(open_records(store, clock), of_account, SECRET, directly, clock)


@pytest.fixture
def begin(records: RecordRepository, clock: SetClock, a_record: Begin) -> Begin:
    """Queue an execution, by default a task of ``KEY``."""

    def begin(number: int, **fields: str | None) -> ExecutionRecord:
        clock.time_ms += 1
        record = a_record(number, **{"task_key_id": KEY, **fields})
        records.add(record, ExecutionPayload(b"{}"))
        return record

    return begin


def test_a_key_lists_its_own_tasks_the_latest_changed_first(
    tasks: TaskService, begin: Begin, records: RecordRepository, clock: SetClock
) -> None:
    first, second = begin(1), begin(2, function_id="e" * 32)
    others = [begin(3, task_key_id=OTHER_KEY), begin(4, task_key_id=None)]
    begin(5, account_id=OTHER_ACCOUNT)

    assert tasks.list(ACCOUNT, KEY, AFTER_ALL).items == [second, first]
    assert tasks.list(ACCOUNT, OTHER_KEY, AFTER_ALL).items == others[:1]

    clock.time_ms += 1
    ended = first.ended(OK, clock.time_ms)
    records.replace(ended, first.revision, OK)
    assert tasks.list(ACCOUNT, KEY, AFTER_ALL).items == [ended, second]


def test_tasks_come_in_pages(tasks: TaskService, begin: Begin) -> None:
    begun = [begin(number, task_key_id=(KEY, OTHER_KEY)[number % 2]) for number in range(120)]

    page = tasks.list(ACCOUNT, KEY, AFTER_ALL)
    assert page.next_after is not None
    rest = tasks.list(ACCOUNT, KEY, page.next_after)

    assert (len(page.items), rest.next_after) == (PAGE_SIZE, None)
    assert [*page.items, *rest.items] == begun[-2::-2]


def test_a_task_that_is_cancelled_has_ended_for_good(
    tasks: TaskService,
    begin: Begin,
    records: RecordRepository,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting, begun = begin(1), begin(2)
    running = begun.begun(clock.time_ms)
    records.replace(running, begun.revision)

    for record in (waiting, running):
        task_id = tasks.id_of(record, KEY)
        cancelled = tasks.cancel(ACCOUNT, KEY, task_id)
        assert cancelled == tasks.find(ACCOUNT, KEY, task_id)
        assert (cancelled.status, cancelled.is_cancelled) == (Status.FAILED, True)
        with pytest.raises(TaskEndedError):
            tasks.cancel(ACCOUNT, KEY, task_id)
    with pytest.raises(RevisionConflictError):  # what ran has nothing to say any more
        records.replace(running.ended(OK, clock.time_ms), running.revision, OK)
    rule = replace(RULES[Quota.WAITING_EXECUTIONS], limit=1)
    monkeypatch.setitem(RULES, Quota.WAITING_EXECUTIONS, rule)
    records.require_room(ACCOUNT, clock.now())  # neither of them waits


def test_a_task_is_cancelled_by_its_own_key_alone(tasks: TaskService, begin: Begin) -> None:
    record = begin(1)
    task_id = tasks.id_of(record, KEY)

    for account_id, key_id in ((ACCOUNT, OTHER_KEY), (OTHER_ACCOUNT, KEY)):
        with pytest.raises(ExecutionNotFoundError):
            tasks.cancel(account_id, key_id, task_id)

    assert tasks.find(ACCOUNT, KEY, task_id) == record
