"""What budgets cost on DynamoDB, and environments that share one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.dynamodb import DynamoDbStore, keys
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.budgets import Measure, Period, meter_of
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import BudgetExhaustedError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.services.executions.execution import Resolved
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite import open_store as open_local_store
from tests.contract.dynamodb.requesting import Make, lose_first_answer
from tests.support.clocks import SetClock
from tests.support.fakes import InstantExecutor
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

ACCOUNT = "c" * 32
ENVIRONMENTS = 5
CALLERS = 20
"""Of each environment: an environment of Lambda has one, and so many stand for as many more."""
Environment = Callable[[], Services]


@pytest.fixture
def queue() -> Iterator[SqliteStore]:
    with closing(open_local_store(None)) as local:
        yield local


@pytest.fixture
def environment(moto_table: str, moto_client: "DynamoDBClient", queue: SqliteStore) -> Environment:
    """Start an environment of the API, which has nothing in memory."""

    def start() -> Services:
        store, executor = dynamodb.open_store(moto_table, moto_client), InstantExecutor()
        return compose(
            store,
            SECRET,
            SetClock(),
            executor=executor,
            call_executor=executor,
            queue=queue.queue,
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
        )

    return start


def add_account(store: DynamoDbStore, budget: Document | None) -> Account:
    document: Document = {"name": "n", "enabled": True}
    document = document if budget is None else {**document, "budget": budget}
    account = Account(ACCOUNT, document, 1, 1)
    store.accounts.add(account)
    return account


def succeeds(services: Services, account: Account, resolved: Resolved) -> bool:
    """Execute once, as a request that was authorized."""
    services.budgets.note(account)
    invocation = Invocation(ACCOUNT, resolved.function.id, b"{}")
    try:
        complete(services.invocations.execute_resolved(invocation, resolved))
    except BudgetExhaustedError:
        return False
    return True


def until_refused(services: Services, account: Account, resolved: Resolved) -> int:
    count = 0
    while succeeds(services, account, resolved):
        count += 1
    return count


@pytest.fixture
def resolve(
    store: DynamoDbStore, environment: Environment, a_function: Make
) -> Callable[[], Resolved]:
    """Give the account, which is there already, a function."""

    def resolve() -> Resolved:
        function = a_function(account_id=ACCOUNT)
        store.functions.add(function)
        executions = environment().invocations.executions
        return executions.resolve(Invocation(ACCOUNT, function.id, b"{}"))

    return resolve


def test_environments_stop_at_the_budget_together(
    store: DynamoDbStore, environment: Environment, resolve: Callable[[], Resolved]
) -> None:
    account = add_account(store, {"executions": {"day": 1_000}})
    resolved = resolve()
    environments = [environment() for _ in range(ENVIRONMENTS)] * CALLERS

    with ThreadPoolExecutor(len(environments)) as pool:
        counts = pool.map(until_refused, environments, repeat(account), repeat(resolved))

    assert 1_000 <= sum(counts) <= 1_010


def test_a_tenth_of_a_write_for_an_execution_is_enough(
    store: DynamoDbStore,
    environment: Environment,
    resolve: Callable[[], Resolved],
    requests: list[tuple[str, Any]],
) -> None:
    account = add_account(
        store,
        {
            "executions": {"day": 100_000, "month": 1_000_000},
            "cpu_ms": {"month": 10**9},
            "fetch_bytes": {"month": 10**12},
        },
    )
    resolved, services = resolve(), environment()
    requests.clear()

    assert all(succeeds(services, account, resolved) for _ in range(1_000))

    # The day and the month have an item each.
    written = [params["Key"] for operation, params in requests if operation == "UpdateItem"]
    of_budgets = [key for key in written if key["pk"] == {"S": f"BUDGET#{ACCOUNT}"}]
    assert 0 < len(of_budgets) <= 1_000 * 0.1
    assert [operation for operation, _ in requests if operation == "GetItem"] == []


def test_without_a_budget_an_execution_makes_no_request_more(
    store: DynamoDbStore,
    environment: Environment,
    resolve: Callable[[], Resolved],
    requests: list[tuple[str, Any]],
) -> None:
    account = add_account(store, None)
    resolved, services = resolve(), environment()
    requests.clear()

    assert all(succeeds(services, account, resolved) for _ in range(100))

    day = keys.of_daily_count(ACCOUNT, f"2027-01-15#{resolved.function.id}").attributes()
    assert [params["Key"] for _, params in requests] == [day]


def test_accounts_above_are_read_once_in_ten_seconds(
    store: DynamoDbStore,
    environment: Environment,
    a_function: Make,
    requests: list[tuple[str, Any]],
) -> None:
    top = add_account(store, {"executions": {"day": 10}})
    below = Account("b" * 32, {"name": "n", "enabled": True}, 1, 1, ancestor_ids=(top.id,))
    store.accounts.add(below)
    store.functions.add(a_function(account_id=below.id))
    services = environment()
    invocation = Invocation(below.id, a_function().id, b"{}")
    resolved = services.invocations.executions.resolve(invocation)
    services.budgets.note(below)
    requests.clear()

    for _ in range(10):
        complete(services.invocations.execute_resolved(invocation, resolved))

    read = [params["Key"] for operation, params in requests if operation == "GetItem"]
    assert read == [keys.of_account(top.id).attributes()]
    with pytest.raises(BudgetExhaustedError):
        complete(services.invocations.execute_resolved(invocation, resolved))


@pytest.mark.parametrize("amount", [5, -5])
def test_what_was_added_or_given_back_although_its_answer_was_lost_counts_once(
    store: DynamoDbStore, moto_client: "DynamoDBClient", amount: int
) -> None:
    meter = meter_of(ACCOUNT, Period.DAY, SetClock().now())
    store.budgets.add(meter, {Measure.EXECUTIONS: 100})
    sent = lose_first_answer(moto_client, "UpdateItem")

    store.budgets.add(meter, {Measure.EXECUTIONS: amount})

    assert len(sent) == 2
    assert store.budgets.used(meter) == {Measure.EXECUTIONS: 100 + amount}


def test_a_share_whose_answer_was_lost_is_taken_once(
    store: DynamoDbStore, moto_client: "DynamoDBClient"
) -> None:
    meter = meter_of(ACCOUNT, Period.DAY, SetClock().now())
    sent = lose_first_answer(moto_client, "UpdateItem")

    spent = store.budgets.take(meter, {Measure.EXECUTIONS: 1_000}, {}, {})

    assert len(sent) == 2
    assert spent.shares == store.budgets.used(meter) == {Measure.EXECUTIONS: 5}
