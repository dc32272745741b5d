"""Two that come with the same idempotency key, together or after one of them has died."""

from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier, Event
from typing import Any

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import (
    ExecutionInProgressError,
    ExecutorBusyError,
    IdempotencyKeyReusedError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.limits import IDEMPOTENCY_WAITS
from isolambda_core.services.executions.invocations import (
    Execution,
    InvocationService,
)
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.idempotency import SqliteIdempotencyRepository
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.faults import (
    Fault,
    KilledError,
)
from tests.support.pausing import Pause, resumed
from tests.support.samples import ACCOUNT, INVOCATION, OK, OTHER_ACCOUNT, Keep
from tests.support.services import services_on
from tests.support.sources import FakeEventSources
from tests.support.waiting import WAIT_S

KEY = "an idempotency key"
A_MINUTE_MS = 60_000
BELOW = "d" * 32


@pytest.fixture
def invocations(services: Services, clock: SetClock) -> InvocationService:
    """Return the service, which waits by the clock of the test."""

    async def wait(seconds: float) -> None:
        clock.time_ms += round(seconds * 1000)

    return waiting(services.invocations, wait)


def waiting(
    invocations: InvocationService, wait: Callable[[float], Awaitable[None]]
) -> InvocationService:
    return replace(invocations, idempotency=replace(invocations.idempotency, wait=wait))


def ask(invocations: InvocationService, invocation: Invocation = INVOCATION) -> Execution:
    return complete(invocations.execute(invocation, KEY))


class WaitsError(Exception):
    """The holder of the key waits."""


async def wait_in_vain(_: float) -> None:
    raise WaitsError


@dataclass
class SlowExecutor(ScriptedExecutor):
    """Ends no execution before it may."""

    has_begun: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)

    @override
    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        self.has_begun.set()
        assert self.may_end.wait(WAIT_S)
        return super().execute(request)


@pytest.fixture
def slow() -> SlowExecutor:
    return SlowExecutor()


@pytest.fixture
def slow_orders(store: SqliteStore, clock: SetClock, slow: SlowExecutor) -> InvocationService:
    return services_on(store, clock, slow, slow, FakeEventSources()).invocations


def test_a_second_request_waits_for_the_answer_of_the_first(
    slow_orders: InvocationService, slow: SlowExecutor, keep: Keep
) -> None:
    keep()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, slow_orders, INVOCATION)
        assert slow.has_begun.wait(WAIT_S)

        async def wait(_: float) -> None:
            slow.may_end.set()
            first.result(WAIT_S)

        second = ask(waiting(slow_orders, wait))

    assert second == replace(first.result(), replayed=True)
    assert len(slow.requests) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(INVOCATION, payload=b'{"To":"2"}'),
        replace(INVOCATION, payload=b"{}"),
        replace(INVOCATION, qualifier="1"),
        replace(INVOCATION, as_callflow=True),
    ],
    ids=["payload", "empty payload", "qualifier", "callflow"],
)
def test_another_order_with_the_key_of_one_that_runs_is_refused_without_waiting(
    slow_orders: InvocationService, slow: SlowExecutor, keep: Keep, other: Invocation
) -> None:
    keep()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, slow_orders, INVOCATION)
        assert slow.has_begun.wait(WAIT_S)
        try:
            with pytest.raises(IdempotencyKeyReusedError):
                ask(waiting(slow_orders, wait_in_vain), other)
        finally:
            slow.may_end.set()

    assert not first.result().replayed
    assert len(slow.requests) == 1


def test_of_many_that_come_at_once_one_executes_and_all_get_its_answer(
    slow_orders: InvocationService, slow: SlowExecutor, keep: Keep
) -> None:
    keep()
    together, one_has_ended = Barrier(8), Event()

    async def wait(_: float) -> None:
        slow.may_end.set()
        assert one_has_ended.wait(WAIT_S)

    def ask_together(_: int) -> Execution:
        together.wait(WAIT_S)
        answer = ask(waiting(slow_orders, wait))
        one_has_ended.set()
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask_together, range(8)))

    [request] = slow.requests
    assert {answer.result for answer in answers} == {replace(OK, execution_id=request.execution_id)}
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7


def test_who_has_waited_for_too_long_may_try_again(
    slow_orders: InvocationService, slow: SlowExecutor, keep: Keep
) -> None:
    keep()
    pauses: list[float] = []

    async def wait(seconds: float) -> None:
        pauses.append(seconds)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, slow_orders, INVOCATION)
        assert slow.has_begun.wait(WAIT_S)
        with pytest.raises(ExecutionInProgressError):
            ask(waiting(slow_orders, wait))
        slow.may_end.set()

    assert pauses[:6] == [0.05, 0.1, 0.2, 0.4, 0.8, 0.8]
    assert 26 <= sum(pauses) < 27
    assert ask(slow_orders) == replace(first.result(), replayed=True)


@dataclass
class PausedExecutor(ScriptedExecutor):
    """Ends an execution when its coroutine is resumed."""

    @override
    async def execute_async(self, request: ExecutionRequest) -> ExecutionResult:
        await Pause()
        return super().execute(request)


def test_so_many_requests_of_a_tenant_wait_and_a_further_one_is_refused_at_once(
    store: SqliteStore, clock: SetClock, keep: Keep
) -> None:
    document: Document = {"name": "n", "enabled": True}
    for account_id, ancestor_ids in ((ACCOUNT, ()), (BELOW, (ACCOUNT,)), (OTHER_ACCOUNT, ())):
        store.accounts.add(Account(account_id, document, 1, 1, 1, ancestor_ids))
        keep(account_id=account_id)
    executor = PausedExecutor()
    invocations = services_on(store, clock, executor, executor, FakeEventSources()).invocations

    async def wait(_: float) -> None:
        await Pause()

    def asked(account_id: str) -> Coroutine[Any, Any, Execution]:
        invocation = replace(INVOCATION, account_id=account_id)
        return waiting(invocations, wait).execute(invocation, KEY)

    first = [asked(account_id) for account_id in (ACCOUNT, BELOW, OTHER_ACCOUNT)]
    own = [asked((ACCOUNT, BELOW)[number % 2]) for number in range(IDEMPOTENCY_WAITS)]
    other = asked(OTHER_ACCOUNT)
    begun = [resumed(each) for each in (*first, *own)]
    for account_id in (ACCOUNT, BELOW):
        with pytest.raises(ExecutionInProgressError, match="32 requests wait for a key"):
            resumed(asked(account_id))
    begun.append(resumed(other))
    ended = [resumed(each) for each in (*first, *own, other)]

    assert set(begun) == {None}
    assert [each is not None and each.replayed for each in ended] == [
        *[False] * len(first),
        *[True] * (IDEMPOTENCY_WAITS + 1),
    ]
    assert len(executor.requests) == len(first)
    counted = invocations.idempotency.waiting
    assert [counted.add(tenant, 0) for tenant in (ACCOUNT, OTHER_ACCOUNT)] == [0, 0]


def test_a_request_that_is_cut_off_while_it_waits_makes_room(
    store: SqliteStore, clock: SetClock, keep: Keep
) -> None:
    keep()
    executor = PausedExecutor()
    invocations = services_on(store, clock, executor, executor, FakeEventSources()).invocations

    async def wait(_: float) -> None:
        await Pause()

    first, second = (waiting(invocations, wait).execute(INVOCATION, KEY) for _ in range(2))
    waited = [resumed(first), resumed(second)]
    counted = invocations.idempotency.waiting
    waiters_before = counted.add(ACCOUNT, 0)
    second.close()
    first.close()

    assert waited == [None, None]
    assert waiters_before == 1
    assert counted.add(ACCOUNT, 0) == 0


def die_of_it(invocations: InvocationService, executor: ScriptedExecutor) -> None:
    """Be killed amid an execution, with the key."""
    executor.ends(KilledError(), OK)
    with pytest.raises(KilledError):
        ask(invocations)


def test_when_the_first_has_died_of_it_the_next_takes_over(
    invocations: InvocationService, clock: SetClock, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    die_of_it(invocations, executor)

    with pytest.raises(ExecutionInProgressError):
        ask(invocations)  # which waits for some 26 s
    clock.time_ms += A_MINUTE_MS
    second = ask(invocations)
    third = ask(invocations)

    assert not second.replayed
    assert third == replace(second, replayed=True)
    assert [request.execution_id for request in executor.requests][1:] == [
        second.result.execution_id
    ]


def test_who_takes_over_has_the_key_from_then_on(
    invocations: InvocationService, clock: SetClock, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    die_of_it(invocations, executor)
    clock.time_ms += 50_000
    die_of_it(invocations, executor)  # having waited for the first
    clock.time_ms += 55_000

    with pytest.raises(WaitsError):
        ask(waiting(invocations, wait_in_vain))

    assert len(executor.requests) == 2


def test_the_key_of_who_has_died_still_stands_for_that_order(
    invocations: InvocationService, clock: SetClock, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep()
    die_of_it(invocations, executor)
    clock.time_ms += A_MINUTE_MS

    with pytest.raises(IdempotencyKeyReusedError):
        complete(invocations.execute(replace(INVOCATION, payload=b"2"), KEY))


@dataclass(frozen=True, slots=True)
class RacedRepository(SqliteIdempotencyRepository):
    """Another request takes each claim over, right before it is taken over."""

    @override
    def replace(self, claim: IdempotencyRecord, before: IdempotencyRecord) -> None:
        SqliteIdempotencyRepository.replace(self, replace(claim, execution_id="0" * 32), before)
        SqliteIdempotencyRepository.replace(self, claim, before)


def test_of_two_that_would_take_over_one_does(
    invocations: InvocationService,
    store: SqliteStore,
    clock: SetClock,
    keep: Keep,
    executor: ScriptedExecutor,
) -> None:
    keep()
    die_of_it(invocations, executor)
    clock.time_ms += A_MINUTE_MS
    idempotency_records = RacedRepository(store.database)
    raced = replace(
        invocations,
        idempotency=replace(invocations.idempotency, idempotency_records=idempotency_records),
    )

    with pytest.raises(ExecutionInProgressError):
        ask(raced)

    assert len(executor.requests) == 1


def test_a_key_that_cannot_be_freed_runs_out(
    invocations: InvocationService,
    store: SqliteStore,
    clock: SetClock,
    keep: Keep,
    executor: ScriptedExecutor,
) -> None:
    keep()
    executor.ends(ExecutorBusyError(), OK)
    fault = Fault(StoreUnavailableError, at=1)
    idempotency_records = fault.on("claims", store.idempotency_records)
    idempotency = replace(invocations.idempotency, idempotency_records=idempotency_records)
    with pytest.raises(ExecutorBusyError):
        ask(replace(invocations, idempotency=idempotency))
    assert fault.steps == ["claims.add", "claims.remove"]

    with pytest.raises(ExecutionInProgressError):
        ask(invocations)
    clock.time_ms += A_MINUTE_MS

    assert not ask(invocations).replayed
