"""Queued executions that the shadow of their alias is to repeat, once they have ended."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.functions.aliases import NO_SHADOW, Shadow, Target
from isolambda_core.domain.queue.messages import Acknowledge, Disposition, QueuedExecution, Retry
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.services.queue.dispatch import DispatchService
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep
from tests.support.services import Machine

LIVE = Invocation(ACCOUNT, FUNCTION, b'{"To":"1"}', "live", origin=Origin("codemash"))
RECORDED = replace(OK, recorded=RecordedOperations())
DRAWN = 0.2
Publish = Callable[..., None]


@dataclass
class TakingQueue:
    """Takes what is to be repeated, and notes when it was waited for that it was added."""

    machine: Machine
    taken: list[Shadowed] = field(default_factory=list)
    were_stored: list[bool] = field(default_factory=list)

    def begin(self, shadowed: Shadowed) -> Callable[[], None]:
        record = shadowed.record
        of = (record.account_id, record.function_id, record.id)
        self.were_stored.append(self.machine.store.records.get(*of) == record)
        return lambda: self.taken.append(shadowed)


@pytest.fixture
def queue(machine: Machine) -> TakingQueue:
    return TakingQueue(machine)


@pytest.fixture
def dispatch(machine: Machine, queue: TakingQueue) -> DispatchService:
    executions = replace(machine.dispatch.executions, share=lambda: DRAWN)
    return replace(machine.dispatch, executions=executions, shadows=queue)


@pytest.fixture
def publish(machine: Machine, keep: Keep) -> Publish:
    """Keep a function, and the alias ``live`` of its version 1."""

    def publish(shadow: Shadow, **document: object) -> None:
        keep(function_js="return 1", **document)
        services = machine.services
        services.versions.publish(ACCOUNT, FUNCTION, "")
        services.aliases.create(ACCOUNT, FUNCTION, "live", Target(1), "", shadow=shadow)

    return publish


def all_of(dispatch: DispatchService, message: QueuedExecution) -> Disposition:
    found = dispatch.perform(message, 1)
    return dispatch.perform(message, 2) if isinstance(found, Retry) else found


def test_what_has_ended_is_handed_over_with_its_record_and_what_was_recorded(
    machine: Machine, publish: Publish, dispatch: DispatchService, queue: TakingQueue
) -> None:
    publish(Shadow(1.0))
    machine.executor.ends(RECORDED)
    message = machine.submit(LIVE)

    assert all_of(dispatch, message) == Acknowledge()

    [request] = machine.executor.requests
    assert request.record_operations
    [shadowed] = queue.taken
    assert (shadowed.record, shadowed.payload) == machine.whole(message)
    assert shadowed.payload.result is not None
    assert shadowed.payload.result.recorded == RecordedOperations()
    assert (shadowed.alias.name, shadowed.is_recorded) == ("live", True)
    assert queue.were_stored == [True]


def test_of_several_attempts_the_last_is_repeated(
    machine: Machine, publish: Publish, dispatch: DispatchService, queue: TakingQueue
) -> None:
    publish(Shadow(1.0), attempts=2)
    machine.executor.ends(FAILED, RECORDED)
    message = machine.submit(LIVE)

    assert isinstance(dispatch.perform(message, 1), Retry)
    assert queue.taken == []
    assert dispatch.perform(message, 2) == Acknowledge()

    assert [each.record.attempts for each in queue.taken] == [2]


@pytest.mark.parametrize(
    ("shadow", "qualifier"),
    [
        (NO_SHADOW, "live"),
        (Shadow(DRAWN), "live"),
        (Shadow(1.0, 1), "live"),  # the version itself
        (Shadow(1.0), "1"),
        (Shadow(1.0), "$LATEST"),
    ],
)
def test_other_executions_are_not_repeated_nor_recorded_for_it(
    machine: Machine,
    publish: Publish,
    dispatch: DispatchService,
    queue: TakingQueue,
    shadow: Shadow,
    qualifier: str,
) -> None:
    publish(shadow)

    all_of(dispatch, machine.submit(replace(LIVE, qualifier=qualifier)))

    [request] = machine.executor.requests
    assert not request.record_operations
    assert queue.taken == []


def test_an_execution_outlives_its_alias_and_is_repeated_no_more(
    machine: Machine, publish: Publish, dispatch: DispatchService, queue: TakingQueue
) -> None:
    publish(Shadow(1.0))
    message = machine.submit(LIVE)
    machine.store.aliases.remove(machine.store.aliases.get(ACCOUNT, FUNCTION, "live"))

    assert all_of(dispatch, message) == Acknowledge()

    assert machine.found(message).qualifier == "live"
    assert queue.taken == []


def test_the_shadow_is_that_of_the_alias_when_the_execution_begins(
    machine: Machine, publish: Publish, dispatch: DispatchService, queue: TakingQueue
) -> None:
    publish(NO_SHADOW)
    message = machine.submit(LIVE)
    alias = machine.store.aliases.get(ACCOUNT, FUNCTION, "live")
    changed = machine.services.aliases.change(
        ACCOUNT, FUNCTION, "live", alias.target, "", "k" * 32, shadow=Shadow(1.0)
    )

    all_of(dispatch, message)

    assert [each.alias for each in queue.taken] == [changed]
