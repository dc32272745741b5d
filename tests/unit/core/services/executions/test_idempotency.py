"""One execution for each idempotency key, and the same answer to each repetition."""

from dataclasses import replace

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
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
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.errors import (
    FunctionNotFoundError,
    QualifierNotFoundError,
)
from isolambda_core.domain.functions.functions import LATEST
from isolambda_core.domain.limits import (
    IDEMPOTENCY_KEY_CHARACTERS,
    IDEMPOTENCY_S,
    PAYLOAD_BYTES,
)
from isolambda_core.services.executions.invocations import (
    Execution,
    InvocationService,
    Submitted,
)
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.queue import Turn
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import (
    ACCOUNT,
    FAILED,
    FUNCTION,
    INVOCATION,
    OK,
    ORIGIN,
    OTHER_ACCOUNT,
    OTHER_FUNCTION,
    Keep,
)

KEY = "an idempotency key"
URL = "https://callback.test/ended"
LOGS = (LogLine("info", "hi", 1),)
USAGE = Usage(2.5, 1.5, 8.0, cold=True)
ENDINGS = {
    "a result": ExecutionResult("", Outcome.OK, b"1", logs=LOGS, usage=USAGE),
    "nothing": ExecutionResult("", Outcome.OK),
    "depth": ExecutionResult("", Outcome.OK, b"[" * 100_000 + b"]" * 100_000),
    "an exception": replace(FAILED, logs=LOGS, usage=USAGE),
}
OTHER_ORDERS = {
    "payload": replace(INVOCATION, payload=b'{"To":"2"}'),
    "qualifier": replace(INVOCATION, qualifier="1"),
    "affinity": replace(INVOCATION, affinity="somebody"),
    "meta": replace(INVOCATION, origin=replace(ORIGIN, meta={})),
    "tokens": replace(INVOCATION, origin=replace(ORIGIN, tokens={})),
    "dialect": replace(INVOCATION, origin=replace(ORIGIN, trigger="codemash")),
    "callflow": replace(INVOCATION, as_callflow=True),
}


@pytest.fixture
def invocations(services: Services) -> InvocationService:
    return services.invocations


def count_recorded(store: SqliteStore) -> int:
    return len(list(store.records.iterate(ACCOUNT, FUNCTION, at_once=100)))


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("awaited", ["all", "none"])
def test_the_same_key_gets_the_same_answer_from_one_execution(
    invocations: InvocationService,
    keep: Keep,
    executor: ScriptedExecutor,
    awaited: str,
    ending: ExecutionResult,
) -> None:
    keep(record=awaited)
    executor.ends(ending, OK)

    first = complete(invocations.execute(INVOCATION, KEY))
    again = [complete(invocations.execute(INVOCATION, KEY)) for _ in range(2)]

    [request] = executor.requests
    assert first == Execution(replace(ending, execution_id=request.execution_id), LATEST)
    assert again == [replace(first, replayed=True)] * 2


def test_the_same_key_gets_the_state_of_the_execution_that_was_queued_first(
    invocations: InvocationService, store: SqliteStore, keep: Keep
) -> None:
    keep()

    first = complete(invocations.submit(INVOCATION, KEY, URL))
    again = complete(invocations.submit(INVOCATION, KEY, URL))
    running = first.record.begun(5)
    store.records.replace(running, 1)

    assert again == Submitted(first.record, replayed=True)
    assert complete(invocations.submit(INVOCATION, KEY, URL)) == Submitted(running, replayed=True)
    assert count_recorded(store) == 1
    assert store.queue.next(Turn(in_hand=[first.record.id])) is None


@pytest.mark.parametrize("invocation", OTHER_ORDERS.values(), ids=OTHER_ORDERS)
@pytest.mark.parametrize("later", [False, True], ids=["now", "later"])
def test_a_key_stands_for_one_order(
    invocations: InvocationService,
    keep: Keep,
    executor: ScriptedExecutor,
    invocation: Invocation,
    *,
    later: bool,
) -> None:
    keep()
    ask = invocations.submit if later else invocations.execute
    complete(ask(INVOCATION, KEY))
    executor.requests.clear()

    with pytest.raises(IdempotencyKeyReusedError):
        complete(ask(invocation, KEY))

    assert executor.requests == []


def test_a_key_stands_for_an_execution_now_or_later_and_for_its_callback(
    invocations: InvocationService, keep: Keep
) -> None:
    keep()
    complete(invocations.execute(INVOCATION, "now"))
    complete(invocations.submit(INVOCATION, "later", URL))

    with pytest.raises(IdempotencyKeyReusedError):
        complete(invocations.submit(INVOCATION, "now"))
    with pytest.raises(IdempotencyKeyReusedError):
        complete(invocations.execute(INVOCATION, "later"))
    for url in (None, f"{URL}/elsewhere"):
        with pytest.raises(IdempotencyKeyReusedError):
            complete(invocations.submit(INVOCATION, "later", url))


def test_the_order_of_keys_and_the_id_of_the_request_make_no_other_invocation(
    invocations: InvocationService, keep: Keep
) -> None:
    keep()
    meta = dict(sorted(ORIGIN.meta.items(), reverse=True))
    alike = replace(INVOCATION, origin=replace(ORIGIN, meta=meta, request_id="another"))

    first = complete(invocations.execute(INVOCATION, KEY))

    assert complete(invocations.execute(alike, KEY)) == replace(first, replayed=True)


def test_keys_of_other_functions_and_accounts_are_others(
    invocations: InvocationService, keep: Keep, executor: ScriptedExecutor
) -> None:
    places = [(ACCOUNT, FUNCTION), (ACCOUNT, OTHER_FUNCTION), (OTHER_ACCOUNT, FUNCTION)]
    for account_id, function_id in places:
        keep(function_id, account_id)
        invocation = replace(INVOCATION, account_id=account_id, function_id=function_id)
        assert not complete(invocations.execute(invocation, KEY)).replayed

    assert not complete(invocations.execute(INVOCATION, "another key")).replayed
    executed = {request.execution_id for request in executor.requests}
    assert len(executed) == len(places) + 1


@pytest.mark.parametrize(
    ("error", "invocation", "ending"),
    [
        (ExecutorBusyError, INVOCATION, ExecutorBusyError()),
        (ExecutorUnavailableError, INVOCATION, ExecutorUnavailableError()),
        (QualifierNotFoundError, replace(INVOCATION, qualifier="7"), OK),
        (PayloadTooLargeError, replace(INVOCATION, payload=b"x" * (PAYLOAD_BYTES + 1)), OK),
    ],
    ids=["busy", "unavailable", "no version", "payload"],
)
def test_an_error_frees_the_key_for_any_order(
    invocations: InvocationService,
    keep: Keep,
    executor: ScriptedExecutor,
    error: type[IsolambdaError],
    invocation: Invocation,
    ending: ExecutionResult | Exception,
) -> None:
    keep()
    executor.ends(ending)
    with pytest.raises(error):
        complete(invocations.execute(invocation, KEY))

    executor.ends(OK)
    assert not complete(invocations.execute(replace(INVOCATION, payload=b"2"), KEY)).replayed


def test_a_key_stands_for_its_execution_for_a_day(
    invocations: InvocationService, clock: SetClock, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    first = complete(invocations.execute(INVOCATION, KEY))

    clock.time_ms += IDEMPOTENCY_S * 1000 - 1
    assert complete(invocations.execute(INVOCATION, KEY)) == replace(first, replayed=True)

    clock.time_ms += 1
    assert not complete(invocations.execute(replace(INVOCATION, payload=b"2"), KEY)).replayed
    assert len(executor.requests) == 2


@pytest.mark.parametrize(
    ("key", "rule"),
    [("", "minLength"), ("k" * (IDEMPOTENCY_KEY_CHARACTERS + 1), "maxLength")],
    ids=["empty", "long"],
)
def test_a_key_is_neither_empty_nor_too_long(
    invocations: InvocationService, keep: Keep, executor: ScriptedExecutor, key: str, rule: str
) -> None:
    keep()

    for ask in (invocations.execute, invocations.submit):
        with pytest.raises(InvalidDocumentError) as caught:
            complete(ask(INVOCATION, key))
        [violation] = caught.value.violations
        assert (violation.path, violation.rule) == (("Idempotency-Key",), rule)

    assert executor.requests == []


@pytest.mark.parametrize("character", ["k", "\u017e", "\ud800", " "], ids=ascii)
def test_a_key_may_be_of_any_characters_and_so_long(
    invocations: InvocationService, keep: Keep, character: str
) -> None:
    keep()
    longest = character * IDEMPOTENCY_KEY_CHARACTERS

    first = complete(invocations.execute(INVOCATION, longest))

    assert complete(invocations.execute(INVOCATION, longest)) == replace(first, replayed=True)
    assert not complete(invocations.execute(INVOCATION, longest[1:])).replayed


def test_the_key_itself_is_kept_nowhere(
    invocations: InvocationService, store: SqliteStore, keep: Keep
) -> None:
    keep()
    complete(invocations.execute(INVOCATION, KEY))

    with store.database.connection() as connection:
        [row] = connection.execute("SELECT * FROM claims").fetchall()
    assert hash_idempotency_key(KEY) in row
    assert KEY not in row


def test_the_answer_is_gone_when_the_function_is(
    invocations: InvocationService, services: Services, keep: Keep
) -> None:
    keep()
    complete(invocations.execute(INVOCATION, KEY))
    services.functions.remove(ACCOUNT, FUNCTION)

    with pytest.raises(FunctionNotFoundError):
        complete(invocations.execute(INVOCATION, KEY))


def test_the_answer_stays_when_the_function_is_disabled(
    invocations: InvocationService, services: Services, keep: Keep
) -> None:
    keep()
    first = complete(invocations.execute(INVOCATION, KEY))
    services.functions.patch(ACCOUNT, FUNCTION, {"enabled": False})

    assert complete(invocations.execute(INVOCATION, KEY)) == replace(first, replayed=True)
