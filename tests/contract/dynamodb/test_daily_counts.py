"""What counting executions asks of DynamoDB, and what happens when it refuses."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_api.composition import compose
from isolambda_api.http.services import Services
from isolambda_core.adapters.dynamodb import DynamoDbStore, open_store
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.daily_counts import DailyCount
from isolambda_core.domain.executions.execution import Outcome
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.limits import DAILY_COUNTS_FLUSH_S
from isolambda_local.sqlite import open_store as open_local_store
from tests.contract.dynamodb.requesting import (
    ACCOUNT,
    UNAVAILABLE,
    Make,
    lose_first_answer,
)
from tests.support.clocks import SetClock
from tests.support.fakes import InstantExecutor
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

COUNTS = [DailyCount(ACCOUNT, "2027-01-15", letter * 32, 1, 0, 5) for letter in "abc"]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def services(store: DynamoDbStore, clock: SetClock) -> Iterator[Services]:
    with closing(open_local_store(None)) as local:
        executor = InstantExecutor()
        yield compose(
            store,
            SECRET,
            clock,
            executor=executor,
            call_executor=executor,
            queue=local.queue,
            sources=FakeEventSources(),
            rate_limits=None,
            size=RateLimit(),
        )


def whole(store: DynamoDbStore) -> list[DailyCount]:
    return list(store.daily_counts.iterate(ACCOUNT, "~", at_once=10))


def test_executions_of_ten_seconds_take_one_write(
    store: DynamoDbStore,
    services: Services,
    clock: SetClock,
    requests: list[tuple[str, Any]],
    a_function: Make,
) -> None:
    function = a_function()
    store.functions.add(function)
    requests.clear()
    for _ in range(200):  # ten a second
        complete(services.invocations.execute(Invocation(ACCOUNT, function.id, b"{}")))
        clock.time_ms += 100

    written = [operation for operation, _ in requests if operation != "GetItem"]

    assert written == ["UpdateItem"] * 2
    services.counts.flush()
    [count] = whole(store)
    assert (count.function_id, count.executions) == (function.id, 200)


def test_an_execution_is_answered_although_it_cannot_be_counted_now(
    store: DynamoDbStore,
    services: Services,
    clock: SetClock,
    moto_client: "DynamoDBClient",
    a_function: Make,
) -> None:
    invocation = Invocation(ACCOUNT, a_function().id, b"{}")
    store.functions.add(a_function())
    resolved = services.invocations.executions.resolve(invocation)
    services.budgets.note(Account(ACCOUNT, {"name": "n"}, 1, 1))

    with Stubber(moto_client) as stub:
        stub.add_client_error("update_item", UNAVAILABLE[0])
        done = complete(services.invocations.execute_resolved(invocation, resolved))
        stub.assert_no_pending_responses()

    assert done.result.outcome is Outcome.OK
    assert whole(store) == []
    clock.time_ms += DAILY_COUNTS_FLUSH_S * 1000
    complete(services.invocations.execute_resolved(invocation, resolved))
    assert [count.executions for count in whole(store)] == [2]


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_ends_the_counts_that_were_added(
    moto_client: "DynamoDBClient", moto_table: str, code: str
) -> None:
    counts = open_store(moto_table, moto_client).daily_counts
    assert counts.add(COUNTS[:1]) == 1

    with Stubber(moto_client) as stub:
        stub.add_response("update_item", {"Attributes": {}})
        stub.add_client_error("update_item", code)
        assert counts.add(COUNTS) == 1

    assert list(counts.iterate(ACCOUNT, "~", at_once=10)) == COUNTS[:1]


def test_a_count_whose_answer_was_lost_is_added_once(
    store: DynamoDbStore, moto_client: "DynamoDBClient"
) -> None:
    sent = lose_first_answer(moto_client, "UpdateItem")

    assert store.daily_counts.add(COUNTS[:1]) == 1

    assert len(sent) == 2
    assert [count.executions for count in whole(store)] == [1]
