"""One execution for each idempotency key, and the same answer to whoever asks again."""

from dataclasses import replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    IsolambdaError,
)
from isolambda_core.domain.executions.errors import (
    ExecutorBusyError,
    ExecutorUnavailableError,
    IdempotencyKeyReusedError,
    PayloadTooLargeError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    LogLine,
    Outcome,
    Usage,
)
from isolambda_core.domain.executions.idempotency import hash_idempotency_key
from isolambda_core.domain.executions.invocation import Order
from isolambda_core.domain.functions.errors import (
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.limits import (
    IDEMPOTENCY_KEY_CHARACTERS,
    IDEMPOTENCY_S,
    PAYLOAD_BYTES,
)
from isolambda_core.services.executions.invocations import (
    Execution,
    OrderService,
    Submitted,
)
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.unit.core.conftest import (
    ACCOUNT,
    FAILED,
    FUNCTION,
    OK,
    ORDER,
    ORIGIN,
    OTHER_ACCOUNT,
    OTHER_FUNCTION,
    Keep,
    ScriptedExecutor,
)

KEY = "an idempotency key"
URL = "https://callback.test/ended"
LOGS = (LogLine("info", "hi", 1),)
USAGE = Usage(2.5, 1.5, 8.0, cold=True)
ENDINGS = {
    "a result": ExecutionResult("", Outcome.OK, "1", logs=LOGS, usage=USAGE),
    "nothing": ExecutionResult("", Outcome.OK),
    "depth": ExecutionResult("", Outcome.OK, "[" * 100_000 + "]" * 100_000),
    "an exception": replace(FAILED, logs=LOGS, usage=USAGE),
}
OTHER_ORDERS = {
    "payload": replace(ORDER, payload='{"To":"2"}'),
    "qualifier": replace(ORDER, qualifier="1"),
    "affinity": replace(ORDER, affinity="somebody"),
    "meta": replace(ORDER, origin=replace(ORIGIN, meta={})),
    "tokens": replace(ORDER, origin=replace(ORIGIN, tokens={})),
    "door": replace(ORDER, origin=replace(ORIGIN, trigger="codemash")),
    "callflow": replace(ORDER, as_callflow=True),
}


@pytest.fixture
def orders(services: Services) -> OrderService:
    return services.orders


def count_recorded(store: SqliteStore) -> int:
    return len(list(store.records.walk(ACCOUNT, FUNCTION, at_once=100)))


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("wanted", ["all", "none"])
def test_the_same_key_gets_the_same_answer_from_one_execution(
    orders: OrderService,
    keep: Keep,
    executor: ScriptedExecutor,
    wanted: str,
    ending: ExecutionResult,
) -> None:
    keep(record=wanted)
    executor.ends(ending, OK)

    first = orders.execute(ORDER, KEY)
    again = [orders.execute(ORDER, KEY) for _ in range(2)]

    [request] = executor.requests
    assert first == Execution(first.record, replace(ending, execution_id=request.execution_id))
    assert first.record.id == request.execution_id
    assert again == [replace(first, replayed=True)] * 2


def test_the_same_key_is_told_how_the_execution_stands_that_was_queued_first(
    orders: OrderService, store: SqliteStore, keep: Keep
) -> None:
    keep()

    first = orders.submit(ORDER, KEY, URL)
    again = orders.submit(ORDER, KEY, URL)
    running = first.record.begun(5)
    store.records.replace(running, 1)

    assert again == Submitted(first.record, replayed=True)
    assert orders.submit(ORDER, KEY, URL) == Submitted(running, replayed=True)
    assert count_recorded(store) == 1
    assert store.queue.next({first.record.id}) is None


@pytest.mark.parametrize("order", OTHER_ORDERS.values(), ids=OTHER_ORDERS)
@pytest.mark.parametrize("later", [False, True], ids=["now", "later"])
def test_a_key_stands_for_one_order(
    orders: OrderService, keep: Keep, executor: ScriptedExecutor, order: Order, *, later: bool
) -> None:
    keep()
    ask = orders.submit if later else orders.execute
    ask(ORDER, KEY)
    executor.requests.clear()

    with pytest.raises(IdempotencyKeyReusedError):
        ask(order, KEY)

    assert executor.requests == []


def test_a_key_stands_for_an_execution_now_or_later_and_for_who_is_told(
    orders: OrderService, keep: Keep
) -> None:
    keep()
    orders.execute(ORDER, "now")
    orders.submit(ORDER, "later", URL)

    with pytest.raises(IdempotencyKeyReusedError):
        orders.submit(ORDER, "now")
    with pytest.raises(IdempotencyKeyReusedError):
        orders.execute(ORDER, "later")
    for url in (None, f"{URL}/elsewhere"):
        with pytest.raises(IdempotencyKeyReusedError):
            orders.submit(ORDER, "later", url)


def test_the_order_of_what_is_said_and_the_id_of_the_request_make_no_other_order(
    orders: OrderService, keep: Keep
) -> None:
    keep()
    meta = dict(sorted(ORIGIN.meta.items(), reverse=True))
    alike = replace(ORDER, origin=replace(ORIGIN, meta=meta, request_id="another"))

    first = orders.execute(ORDER, KEY)

    assert orders.execute(alike, KEY) == replace(first, replayed=True)


def test_keys_of_other_functions_and_accounts_are_others(
    orders: OrderService, keep: Keep, executor: ScriptedExecutor
) -> None:
    places = [(ACCOUNT, FUNCTION), (ACCOUNT, OTHER_FUNCTION), (OTHER_ACCOUNT, FUNCTION)]
    for account_id, function_id in places:
        keep(function_id, account_id)
        order = replace(ORDER, account_id=account_id, function_id=function_id)
        assert not orders.execute(order, KEY).replayed

    assert not orders.execute(ORDER, "another key").replayed
    executed = {request.execution_id for request in executor.requests}
    assert len(executed) == len(places) + 1


@pytest.mark.parametrize(
    ("error", "order", "ending"),
    [
        (ExecutorBusyError, ORDER, ExecutorBusyError()),
        (ExecutorUnavailableError, ORDER, ExecutorUnavailableError()),
        (QualifierNotFoundError, replace(ORDER, qualifier="7"), OK),
        (PayloadTooLargeError, replace(ORDER, payload="x" * (PAYLOAD_BYTES + 1)), OK),
    ],
    ids=["busy", "unavailable", "no version", "payload"],
)
def test_an_error_frees_the_key_for_any_order(
    orders: OrderService,
    keep: Keep,
    executor: ScriptedExecutor,
    error: type[IsolambdaError],
    order: Order,
    ending: ExecutionResult | Exception,
) -> None:
    keep()
    executor.ends(ending)
    with pytest.raises(error):
        orders.execute(order, KEY)

    executor.ends(OK)
    assert not orders.execute(replace(ORDER, payload="2"), KEY).replayed


def test_a_key_stands_for_its_execution_for_a_day(
    orders: OrderService, clock: SetClock, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    first = orders.execute(ORDER, KEY)

    clock.time_ms += IDEMPOTENCY_S * 1000 - 1
    assert orders.execute(ORDER, KEY) == replace(first, replayed=True)

    clock.time_ms += 1
    assert not orders.execute(replace(ORDER, payload="2"), KEY).replayed
    assert len(executor.requests) == 2


@pytest.mark.parametrize(
    ("key", "rule"),
    [("", "minLength"), ("k" * (IDEMPOTENCY_KEY_CHARACTERS + 1), "maxLength")],
    ids=["empty", "long"],
)
def test_a_key_is_neither_empty_nor_too_long(
    orders: OrderService, keep: Keep, executor: ScriptedExecutor, key: str, rule: str
) -> None:
    keep()

    for ask in (orders.execute, orders.submit):
        with pytest.raises(InvalidDocumentError) as caught:
            ask(ORDER, key)
        [problem] = caught.value.problems
        assert (problem.path, problem.rule) == (("Idempotency-Key",), rule)

    assert executor.requests == []


@pytest.mark.parametrize("character", ["k", "\u017e", "\ud800", " "], ids=ascii)
def test_a_key_may_be_of_any_characters_and_so_long(
    orders: OrderService, keep: Keep, character: str
) -> None:
    keep()
    longest = character * IDEMPOTENCY_KEY_CHARACTERS

    first = orders.execute(ORDER, longest)

    assert orders.execute(ORDER, longest) == replace(first, replayed=True)
    assert not orders.execute(ORDER, longest[1:]).replayed


def test_the_key_itself_is_kept_nowhere(
    orders: OrderService, store: SqliteStore, keep: Keep
) -> None:
    keep()
    orders.execute(ORDER, KEY)

    with store.database.connection() as connection:
        [row] = connection.execute("SELECT * FROM claims").fetchall()
    assert hash_idempotency_key(KEY) in row
    assert KEY not in row


def test_the_answer_is_gone_when_the_function_is(
    orders: OrderService, services: Services, keep: Keep
) -> None:
    keep()
    orders.execute(ORDER, KEY)
    services.functions.remove(ACCOUNT, FUNCTION)

    with pytest.raises(FunctionNotFoundError):
        orders.execute(ORDER, KEY)


def test_the_answer_stays_when_the_function_is_disabled(
    orders: OrderService, services: Services, keep: Keep
) -> None:
    keep()
    first = orders.execute(ORDER, KEY)
    services.functions.patch(ACCOUNT, FUNCTION, {"enabled": False})

    assert orders.execute(ORDER, KEY) == replace(first, replayed=True)
