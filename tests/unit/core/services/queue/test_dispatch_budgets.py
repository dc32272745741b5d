"""What is queued waits while the budget of its account is used up, and is given up at last."""

from isolambda_core.domain.json_text import JsonValue
from isolambda_core.domain.limits import BUDGET_RETRY_S, QUEUED_S
from isolambda_core.domain.queue.messages import Acknowledge, Retry, SendToDlq
from tests.support.samples import ACCOUNT, Keep
from tests.support.services import Machine


def allow(machine: Machine, budget: JsonValue) -> None:
    account = machine.store.accounts.get(ACCOUNT)
    changed = account.changed({**account.document, "budget": budget}, 1)
    machine.store.accounts.replace(changed, account)


def test_it_waits_until_there_is_something_left_again(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    allow(machine, {"executions": {"month": 0}})

    assert machine.perform(message, 1) == Retry(BUDGET_RETRY_S)
    assert machine.executor.requests == []
    allow(machine, {"executions": {"month": 1}})
    machine.clock.time_ms += BUDGET_RETRY_S * 1000
    assert machine.perform(message, 2) == Acknowledge()
    assert len(machine.executor.requests) == 1


def test_it_costs_no_write_while_it_waits(machine: Machine, keep: Keep) -> None:
    keep()
    message = machine.submit()
    allow(machine, {"executions": {"month": 0}})
    machine.perform(message, 1)
    before = machine.found(message)

    assert machine.perform(message, 2) == Retry(BUDGET_RETRY_S)

    assert machine.found(message) == before


def test_it_fails_once_it_has_waited_as_long_as_for_an_executor(
    machine: Machine, keep: Keep
) -> None:
    keep()
    message = machine.submit()
    allow(machine, {"executions": {"month": 0}})
    machine.clock.time_ms += QUEUED_S * 1000 + 1

    assert machine.perform(message, 1) == SendToDlq()

    record = machine.found(message)
    assert machine.executor.requests == []
    assert record.error is not None
    assert record.error.name == "BudgetExhausted"
    assert "0 executions (month)" in record.error.message
