"""Executions within budgets, which are inherited and changed, of processes that come and go."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.budgets import Measure, Period, meter_of
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import BudgetExhaustedError
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
    Outcome,
    Usage,
)
from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import ACCOUNT_DEPTH, BUDGET_IDLE_S, BUDGET_KNOWN_S
from isolambda_core.domain.queue.messages import Acknowledge, QueuedBudgetCallback
from isolambda_core.services.accounts.budget_callbacks import BudgetCallbackService
from isolambda_core.services.executions.budgets import BudgetedExecutor, open_budgets
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.budgets import SqliteBudgetRepository
from tests.support.clocks import SetClock
from tests.support.fakes import RecordingCallbacks, ScriptedExecutor
from tests.support.samples import SECRET

TOP = "1" * 32
DAY_MS = 86_400_000
Process = Callable[[], BudgetedExecutor]


def request_of(account_id: str = TOP) -> ExecutionRequest:
    return ExecutionRequest("e", account_id, "f" * 32, "$LATEST", "return 1", b"{}")


def ended(cpu_ms: float = 0.0) -> ExecutionResult:
    return ExecutionResult("", Outcome.OK, b"1", usage=Usage(cpu_ms=cpu_ms))


def executed(process: BudgetedExecutor, at_most: int, account_id: str = TOP) -> int:
    """Execute until it is refused, and return how often that went well."""
    for count in range(at_most):
        try:
            process.execute(request_of(account_id))
        except BudgetExhaustedError:
            return count
    return at_most


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def executor() -> ScriptedExecutor:
    return ScriptedExecutor([ended()])


@pytest.fixture
def process(store: SqliteStore, clock: SetClock, executor: ScriptedExecutor) -> Process:
    """Start a process with a memory of its own."""
    return lambda: BudgetedExecutor(executor, open_budgets(store, store.queue, clock))


@pytest.fixture
def allow(store: SqliteStore) -> Callable[..., None]:
    """Give an account a budget; make it first where it is not there."""

    def allow(budget: Document, account_id: str = TOP, above: tuple[str, ...] = ()) -> None:
        document: Document = {"name": "n", "enabled": True, "budget": budget}
        store.accounts.add(Account(account_id, document, 1, 1, ancestor_ids=above))

    return allow


@pytest.fixture
def change(store: SqliteStore) -> Callable[..., None]:
    def change(**keys: JsonValue) -> None:
        account = store.accounts.get(TOP)
        document = {**account.document, **keys}
        store.accounts.replace(
            replace(account, document=document, revision=account.revision + 1), account
        )

    return change


def test_a_hundred_callers_stop_at_the_budget_in_one_process(
    process: Process, allow: Callable[..., None], executor: ScriptedExecutor
) -> None:
    allow({"executions": {"day": 1_000}})
    one = process()

    with ThreadPoolExecutor(100) as pool:
        counts = list(pool.map(lambda _: executed(one, 30), range(100)))

    assert sum(counts) == len(executor.requests) == 1_000


def test_two_processes_stop_at_the_budget_together(
    process: Process, allow: Callable[..., None]
) -> None:
    allow({"executions": {"day": 1_000}})
    both = [process(), process()]

    with ThreadPoolExecutor(100) as pool:
        counts = list(pool.map(lambda n: executed(both[n % 2], 30), range(100)))

    assert sum(counts) == 1_000


def test_a_killed_process_takes_half_a_percent_with_it_and_no_more(
    process: Process, allow: Callable[..., None]
) -> None:
    allow({"executions": {"month": 1_000}})
    for _ in range(3):
        executed(process(), 1)  # and it is gone, with what it had left

    assert 1_000 - 3 * 5 <= 3 + executed(process(), 2_000) <= 1_000


def test_what_a_process_does_not_need_it_gives_back_when_it_is_idle_and_at_its_end(
    process: Process, allow: Callable[..., None], clock: SetClock
) -> None:
    allow({"executions": {"month": 1_000}})
    idle, ending = process(), process()
    executed(idle, 1)
    executed(ending, 1)

    clock.time_ms += BUDGET_IDLE_S * 1000
    idle.budgets.spending.flush()
    ending.budgets.spending.flush(all_of_it=True)

    assert executed(process(), 2_000) == 998


def test_what_is_to_execute_later_takes_nothing_of_the_process_that_executes_it(
    process: Process, allow: Callable[..., None], clock: SetClock
) -> None:
    allow({"executions": {"day": 10}})
    accepting, executing = process(), process()

    for _ in range(3):
        accepting.budgets.require(TOP)

    assert executed(executing, 100) == 10
    accepting.budgets.require(TOP)  # as of what it saw a moment ago
    clock.time_ms += BUDGET_KNOWN_S * 1000
    with pytest.raises(BudgetExhaustedError, match="10 executions"):
        accepting.budgets.require(TOP)


def test_what_is_to_execute_later_is_refused_for_what_executions_owe(
    process: Process, allow: Callable[..., None], executor: ScriptedExecutor
) -> None:
    allow({"cpu_ms": {"day": 1_000}})
    executor.ends(ended(cpu_ms=1_200))
    one = process()
    executed(one, 1)

    with pytest.raises(BudgetExhaustedError, match="cpu_ms"):
        one.budgets.require(TOP)


def test_accounts_above_count_each_and_a_child_with_more_has_what_its_parent_has(
    process: Process, allow: Callable[..., None]
) -> None:
    path = tuple(f"{number:032x}" for number in range(1, ACCOUNT_DEPTH + 1))
    for depth, account_id in enumerate(path):
        allow({"executions": {"day": 10 + depth}}, account_id, path[:depth])
    one = process()

    deep = executed(one, 100, path[-1])

    assert deep == 10
    assert executed(one, 100, path[3]) == 0
    with pytest.raises(BudgetExhaustedError) as refused:
        process().execute(request_of(path[-1]))
    assert refused.value.fields["value"] == 10


def test_a_sibling_uses_what_both_have_of_their_parent(
    process: Process, allow: Callable[..., None]
) -> None:
    allow({"executions": {"day": 10}})
    for account_id in ("2" * 32, "3" * 32):
        allow({}, account_id, (TOP,))
    one = process()

    assert executed(one, 6, "2" * 32) == 6
    assert executed(one, 100, "3" * 32) == 4


def test_a_budget_that_is_lowered_or_raised_counts_for_the_next_execution(
    process: Process, allow: Callable[..., None], change: Callable[..., None], store: SqliteStore
) -> None:
    allow({"executions": {"day": 10_000}})
    one = process()
    assert executed(one, 100) == 100

    change(budget={"executions": {"day": 50}})
    one.budgets.note(store.accounts.get(TOP))
    assert executed(one, 100) == 0
    change(budget={"executions": {"day": 110}})
    one.budgets.note(store.accounts.get(TOP))
    assert executed(one, 100) == 10


def test_an_account_that_was_read_before_it_changed_is_not_noted_after_it(
    process: Process, change: Callable[..., None], store: SqliteStore
) -> None:
    store.accounts.add(Account(TOP, {"name": "n", "enabled": True}, 1, 1))
    before, one = store.accounts.get(TOP), process()
    change(budget={"executions": {"day": 1}})

    one.budgets.note(store.accounts.get(TOP))
    one.budgets.note(before)

    assert TOP not in one.budgets.free
    assert executed(one, 10) == 1


def test_a_period_that_ends_while_a_process_has_shares_of_it_leaves_the_next_whole(
    process: Process, allow: Callable[..., None], clock: SetClock, store: SqliteStore
) -> None:
    allow({"executions": {"day": 1_000}})
    one = process()
    executed(one, 1)
    before = meter_of(TOP, Period.DAY, clock.now())
    clock.time_ms += DAY_MS

    assert executed(one, 2_000) == 1_000
    one.budgets.spending.flush()
    assert store.budgets.used(before) == {Measure.EXECUTIONS: 1}


def test_what_executions_used_beyond_shares_is_charged_and_none_is_cut_off(
    process: Process,
    allow: Callable[..., None],
    executor: ScriptedExecutor,
    clock: SetClock,
    store: SqliteStore,
) -> None:
    allow({"cpu_ms": {"day": 1_000}})
    executor.ends(ended(cpu_ms=400))
    one = process()

    assert executed(one, 10) == 3
    assert store.budgets.used(meter_of(TOP, Period.DAY, clock.now())) == {Measure.CPU_MS: 1_200_000}


def test_a_hundred_at_a_time_use_one_percent_too_much_processor_time_at_most(
    process: Process, allow: Callable[..., None], executor: ScriptedExecutor
) -> None:
    allow({"cpu_ms": {"day": 10_000}})
    executor.ends(ended(cpu_ms=5))
    one = process()

    with ThreadPoolExecutor(100) as pool:
        counts = list(pool.map(lambda _: executed(one, 100), range(100)))

    assert 2_000 <= sum(counts) <= 2_020


def test_a_clock_that_is_set_back_gives_nothing_that_was_used(
    process: Process, allow: Callable[..., None], clock: SetClock
) -> None:
    allow({"executions": {"day": 10}})
    one = process()
    assert executed(one, 100) == 10

    clock.time_ms -= 3_600_000
    assert executed(one, 100) == 0
    clock.time_ms -= DAY_MS  # a day on which nothing was used has its own budget, once
    assert (executed(one, 100), executed(process(), 100)) == (10, 0)


def test_a_refusal_asks_the_store_again_after_a_while(
    process: Process, allow: Callable[..., None], clock: SetClock
) -> None:
    allow({"executions": {"day": 10}})
    one, other = process(), process()
    executed(one, 1)
    assert executed(other, 100) == 9
    other.budgets.spending.meters.add(
        meter_of(TOP, Period.DAY, clock.now()), {Measure.EXECUTIONS: -2}
    )

    assert executed(other, 100) == 0
    clock.time_ms += BUDGET_KNOWN_S * 1000
    assert executed(other, 100) == 2


def test_each_percentage_is_queued_once_by_all_processes(
    process: Process, allow: Callable[..., None], change: Callable[..., None], store: SqliteStore
) -> None:
    allow({"executions": {"day": 100}})
    change(budget_callback="https://example.com/budget")
    both = [process(), process()]

    for number in range(120):
        executed(both[number % 2], 1)

    assert sorted(callback.percent for callback in callbacks_in(store)) == [50, 80, 100]


def test_what_the_last_execution_used_beyond_its_share_has_callbacks_as_well(
    process: Process,
    allow: Callable[..., None],
    change: Callable[..., None],
    executor: ScriptedExecutor,
    store: SqliteStore,
) -> None:
    allow({"cpu_ms": {"day": 1_000}})
    change(budget_callback="https://example.com/budget")
    executor.ends(ended(cpu_ms=900))
    one = process()
    executed(one, 1)
    assert callbacks_in(store) == []  # the share that it took is 5 ms

    one.budgets.spending.flush(all_of_it=True)

    assert sorted(callback.percent for callback in callbacks_in(store)) == [50, 80]


def test_a_percentage_that_could_not_be_marked_is_tried_with_the_next_share(
    process: Process,
    allow: Callable[..., None],
    change: Callable[..., None],
    store: SqliteStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow({"executions": {"day": 10}})
    change(budget_callback="https://example.com/budget")
    one = process()
    executed(one, 4)

    def fail(*_: object) -> bool:
        raise StoreUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(SqliteBudgetRepository, "mark", fail)
        assert executed(one, 1) == 1

    executed(one, 1)

    assert [callback.percent for callback in callbacks_in(store)] == [50]


def test_a_callback_says_what_is_used_and_has_one_id_for_each_attempt(
    process: Process,
    allow: Callable[..., None],
    change: Callable[..., None],
    store: SqliteStore,
    clock: SetClock,
) -> None:
    allow({"executions": {"month": 2}})
    change(budget_callback="https://example.com/budget")
    executed(process(), 1)
    [message] = callbacks_in(store)
    posted = RecordingCallbacks()
    service = BudgetCallbackService(store.accounts, store.budgets, posted, SECRET, clock)

    assert service.call_back(message, 1) == Acknowledge()

    [callback] = posted.posted
    assert callback.url == "https://example.com/budget"
    assert callback.headers["webhook-id"] == f"{TOP}-executions-2027-01-50"
    assert b'"percent":50,"value":2,"used":1,"ends_at":"2027-02-01T00:00:00Z"' in callback.body
    change(budget_callback=None)
    assert service.call_back(message, 1) == Acknowledge()
    assert len(posted.posted) == 1


def callbacks_in(store: SqliteStore) -> list[QueuedBudgetCallback]:
    found = []
    while (waiting := store.queue.next()) is not None:
        store.queue.forget(waiting)
        assert isinstance(waiting.message, QueuedBudgetCallback)
        found.append(waiting.message)
    return found


def test_without_a_budget_nothing_is_asked_of_the_store(process: Process) -> None:
    account = Account(TOP, {"name": "n", "enabled": True}, 1, 1)
    one = process()
    one.budgets.note(account)  # which is not in the store, so that a read would find nothing

    assert executed(one, 10) == 10
    assert one.budgets.known(TOP) == ()
