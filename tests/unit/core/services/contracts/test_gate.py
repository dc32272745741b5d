"""An alias that enforces a contract is written only as it, and the saved calls, were checked."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.contracts.outcomes import Difference, Played
from isolambda_core.domain.contracts.reports import Report
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import InvalidDocumentError, RevisionConflictError
from isolambda_core.domain.executions.errors import ExecutorBusyError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import Alias, Contract, Target
from isolambda_core.domain.functions.errors import ContractFailedError, QualifierNotFoundError
from isolambda_core.domain.limits import SAVED_CALLS_S
from isolambda_core.ports.blocking import directly
from isolambda_core.ports.contracts import SavedCallRepository
from isolambda_core.services.contracts.gate import AliasGate, Mover
from isolambda_core.services.contracts.runs import SavedCallRunner
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock

ACCOUNT, KEY = "a" * 32, "c" * 32


@dataclass(frozen=True)
class Runner(SavedCallRunner):
    """Executes nothing: those on ``broken`` fail, and ``meanwhile`` something happens."""

    calls: SavedCallRepository
    ran: list[str] = field(default_factory=list)
    until: list[int] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    @override
    async def run(self, invocation: Invocation, until_ms: int) -> Report:
        changes = self.calls.changes(invocation.account_id, invocation.function_id)
        version = invocation.qualifier
        self.ran.append(version)
        self.until.append(until_ms)
        for happens in self.meanwhile:
            happens()
        difference = Difference("", "is another value", 1, 2) if version in self.broken else None
        return Report(version, [Played("greets", version, difference)], changes)


@pytest.fixture
def runner(store: SqliteStore, services: Services) -> Runner:
    return Runner(store.saved_calls, services.invocations, services.saved_call_runner.schemas)


@pytest.fixture
def gate(services: Services, store: SqliteStore, runner: Runner) -> AliasGate:
    return AliasGate(services.aliases, store.versions, runner, directly)


@pytest.fixture
def mover(services: Services) -> Mover:
    """Who moves the aliases of a function with the versions 1 to 3."""
    made = services.functions.create(ACCOUNT, {"name": "hello", "function_js": "return 0"})
    for number in (1, 2, 3):
        services.functions.patch(ACCOUNT, made.id, {"function_js": f"return {number}"})
        services.versions.publish(ACCOUNT, made.id, "")
    return Mover(ACCOUNT, made.id, ACCOUNT, "request", KEY)


@pytest.fixture
def live(gate: AliasGate, mover: Mover, runner: Runner) -> Alias:
    """An alias of version 1 that enforces the contract."""
    made = complete(gate.create(mover, "live", Target(1), "", Contract.ENFORCED))
    runner.ran.clear()
    return made


def change(gate: AliasGate, mover: Mover, *target: int | float) -> Alias:
    return complete(gate.change(mover, "live", Target(*target), "", None))  # type: ignore[arg-type]


def where(services: Services, mover: Mover) -> Target:
    return services.aliases.fetch(ACCOUNT, mover.function_id, "live").target


def test_both_versions_of_an_alias_with_a_weight_are_checked(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner
) -> None:
    change(gate, mover, 1, 2, 0.1)
    change(gate, mover, 2)

    assert live.contract is Contract.ENFORCED
    assert runner.ran == ["1", "2", "2"]


def test_there_is_time_for_one_run_whatever_the_number_of_versions(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner, clock: SetClock
) -> None:
    def wait() -> None:
        clock.time_ms += 10_000

    began_ms = clock.time_ms
    runner.until.clear()
    runner.meanwhile.append(wait)

    change(gate, mover, 1, 2, 0.1)

    assert live.contract is Contract.ENFORCED
    assert runner.until == [began_ms + SAVED_CALLS_S * 1000] * 2


def test_a_saved_call_that_comes_during_the_check_keeps_the_alias_where_it_is(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner, services: Services
) -> None:
    def save() -> None:
        document: Document = {"input": 1, "expect": {"equal": 2}}
        services.saved_calls.put(ACCOUNT, mover.function_id, "new", document, None)

    runner.meanwhile.append(save)

    with pytest.raises(RevisionConflictError):
        change(gate, mover, 2)

    assert where(services, mover) == live.target
    runner.meanwhile.clear()
    assert change(gate, mover, 2).target == Target(2)


def test_a_move_that_comes_during_the_check_is_not_overwritten(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner, services: Services
) -> None:
    def move() -> None:
        services.aliases.change(ACCOUNT, mover.function_id, "live", Target(3), "", KEY)

    runner.meanwhile.append(move)

    with pytest.raises(RevisionConflictError):
        change(gate, mover, 2)

    assert where(services, mover) == Target(3) != live.target


def test_a_version_that_is_removed_during_the_check_is_not_pointed_to(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner, services: Services
) -> None:
    runner.meanwhile.append(lambda: remove(services, mover, 2))

    with pytest.raises(QualifierNotFoundError):
        change(gate, mover, 2)

    assert where(services, mover) == live.target


def remove(services: Services, mover: Mover, number: int) -> None:
    services.versions.remove(ACCOUNT, mover.function_id, number)


def test_an_executor_without_time_keeps_the_alias_where_it_is(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner, services: Services
) -> None:
    def be_busy() -> None:
        raise ExecutorBusyError

    runner.meanwhile.append(be_busy)

    with pytest.raises(ExecutorBusyError):
        change(gate, mover, 2)

    assert where(services, mover) == live.target


def test_a_rollback_is_checked_on_the_version_before(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner, services: Services
) -> None:
    change(gate, mover, 2)
    runner.broken.add("1")

    with pytest.raises(ContractFailedError) as caught:
        complete(gate.rollback(mover, "live"))

    assert caught.value.calls[0]["version"] == "1"
    assert where(services, mover) == Target(2) != live.target


def test_where_nothing_is_left_to_go_back_to_nothing_is_executed(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner
) -> None:
    assert live.previous is None

    with pytest.raises(InvalidDocumentError):
        complete(gate.rollback(mover, "live"))

    assert runner.ran == []


def test_what_breaks_a_rule_of_aliases_is_not_executed(
    gate: AliasGate, mover: Mover, live: Alias, runner: Runner
) -> None:
    assert live.target == Target(1)

    with pytest.raises(InvalidDocumentError):
        change(gate, mover, 2, 2, 0.5)

    assert runner.ran == []
