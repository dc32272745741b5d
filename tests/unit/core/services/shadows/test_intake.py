"""Executions of which a shadow repeats a share, and that their callers wait for nothing of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.errors import ExecutionNotFoundError
from isolambda_core.domain.executions.execution import Origin
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.operations import RecordedOperations
from isolambda_core.domain.functions.aliases import NO_SHADOW, Shadow, Target
from isolambda_core.domain.shadows.shadowed import Shadowed
from isolambda_core.ports.blocking import Blocking
from isolambda_core.services.executions.execution import ExecutionService
from isolambda_core.services.executions.invocations import InvocationService
from isolambda_core.services.executions.pivot_calls import CallService
from isolambda_core.services.shadows.intake import ShadowIntake
from isolambda_local.sqlite import SqliteStore
from tests.support.callflows import TTS
from tests.support.fakes import ScriptedExecutor
from tests.support.faults import Fault
from tests.support.samples import ACCOUNT, FAILED, FUNCTION, OK, Keep

ORIGIN = Origin("codemash", meta={"who": "Ada"})
INVOCATION = Invocation(ACCOUNT, FUNCTION, b'{"To":"1"}', "live", origin=ORIGIN)
RECORDED = replace(OK, recorded=RecordedOperations())
DRAWN = 0.2


@dataclass
class Events:
    """What happens for a request, in order; a queue that lets nothing, or itself, be waited for."""

    happened: list[str] = field(default_factory=list)
    taken: list[Shadowed] = field(default_factory=list)
    is_waited_for: bool = False

    def begin(self, shadowed: Shadowed) -> Callable[[], None] | None:
        self.taken.append(shadowed)
        self.happened.append("hand over")
        return self.wait if self.is_waited_for else None

    def wait(self) -> None:
        self.happened.append("wait")

    async def blocking(self, call: Callable[..., Any], *arguments: object) -> Any:
        called = getattr(call, "func", call)
        if called != self.wait and called.__name__ != "flush":  # of counts, once in a while
            self.happened.append(called.__name__)
        return call(*arguments)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def alias(services: Services, keep: Keep) -> Callable[..., None]:
    """Keep a function, and an alias of its version 1 with a shadow."""

    def with_shadow(shadow: Shadow, **document: Any) -> None:
        keep(function_js="return 1", **document)
        services.versions.publish(ACCOUNT, FUNCTION, "")
        services.aliases.create(ACCOUNT, FUNCTION, "live", Target(1), "", shadow=shadow)

    return with_shadow


@pytest.fixture
def invocations(services: Services, events: Events) -> InvocationService:
    made, blocking = services.invocations, cast_blocking(events)
    executions = replace(made.executions, share=lambda: DRAWN)
    intake = ShadowIntake(events, services.records, blocking, services.clock)
    return replace(made, executions=executions, blocking=blocking, shadows=intake)


@pytest.fixture
def calls(services: Services, invocations: InvocationService) -> CallService:
    return replace(
        services.calls,
        executor=invocations.executor,
        executions=invocations.executions,
        blocking=invocations.blocking,
        shadows=invocations.shadows,
    )


def cast_blocking(events: Events) -> Blocking:
    blocking: Any = events.blocking
    found: Blocking = blocking
    return found


def test_a_share_of_the_executions_through_an_alias_is_handed_over_as_it_was(
    alias: Callable[..., None],
    invocations: InvocationService,
    events: Events,
    executor: ScriptedExecutor,
) -> None:
    alias(Shadow(0.25))
    executor.ends(RECORDED)

    done = complete(invocations.execute(INVOCATION))

    [shadowed] = events.taken
    assert executor.requests[0].record_operations is True
    assert shadowed.alias.shadow == Shadow(0.25)
    assert shadowed.record.execution_id == done.result.execution_id
    assert (shadowed.record.version, shadowed.record.qualifier) == ("1", "live")
    assert shadowed.payload.input == INVOCATION.payload
    assert shadowed.payload.origin == Origin(meta=ORIGIN.meta)
    assert shadowed.payload.result == done.result


@pytest.mark.parametrize(
    ("shadow", "qualifier"),
    [(Shadow(DRAWN), "live"), (NO_SHADOW, "live"), (Shadow(1.0, 1), "live"), (Shadow(1.0), "1")],
    ids=["not drawn", "no shadow", "of the version itself", "not through the alias"],
)
def test_others_are_as_if_there_were_no_shadow(
    alias: Callable[..., None],
    invocations: InvocationService,
    events: Events,
    executor: ScriptedExecutor,
    shadow: Shadow,
    qualifier: str,
) -> None:
    alias(shadow)

    complete(invocations.execute(replace(INVOCATION, qualifier=qualifier)))

    assert events.taken == []
    assert executor.requests[0].record_operations is False
    assert "hand over" not in events.happened


def test_nothing_is_waited_for_where_the_queue_needs_no_record(
    alias: Callable[..., None], invocations: InvocationService, events: Events
) -> None:
    alias(Shadow(1.0), record="none")

    complete(invocations.execute(INVOCATION))

    assert events.happened == ["resolve", "hand over"]
    assert events.taken[0].is_recorded is False


def test_what_is_recorded_anyhow_waits_for_its_record_alone(
    alias: Callable[..., None], invocations: InvocationService, events: Events, store: SqliteStore
) -> None:
    alias(Shadow(1.0), record="all")

    done = complete(invocations.execute(INVOCATION))

    assert events.happened == ["resolve", "hand over", "save"]
    assert events.taken[0].is_recorded is True
    store.records.get(ACCOUNT, FUNCTION, done.result.execution_id)


@pytest.mark.parametrize(
    ("record", "write"), [("all", "save"), ("replayable", "save"), ("none", "save_for_shadow")]
)
def test_where_the_queue_needs_a_record_one_write_goes_beside_the_message(
    alias: Callable[..., None],
    invocations: InvocationService,
    events: Events,
    store: SqliteStore,
    executor: ScriptedExecutor,
    record: str,
    write: str,
) -> None:
    alias(Shadow(1.0), record=record)
    executor.ends(RECORDED)
    events.is_waited_for = True

    done = complete(invocations.execute(INVOCATION))

    assert events.happened == ["resolve", "hand over", write, "wait"]
    _, payload = store.records.get_whole(ACCOUNT, FUNCTION, done.result.execution_id)
    assert payload.origin.meta == ORIGIN.meta


def test_a_record_that_is_for_the_shadow_alone_counts_no_failure(
    alias: Callable[..., None],
    invocations: InvocationService,
    events: Events,
    executor: ScriptedExecutor,
    store: SqliteStore,
) -> None:
    alias(Shadow(1.0), record="none", disable_after_failures=1)
    events.is_waited_for = True
    executor.ends(FAILED)

    for _ in range(2):
        complete(invocations.execute(INVOCATION))

    assert len(events.taken) == 2
    assert store.functions.get(ACCOUNT, FUNCTION).breakers == {}


def test_a_record_for_the_shadow_that_cannot_be_kept_changes_no_answer(
    alias: Callable[..., None],
    invocations: InvocationService,
    events: Events,
    services: Services,
    store: SqliteStore,
) -> None:
    alias(Shadow(1.0), record="none")
    events.is_waited_for = True
    refusing = Fault(StoreUnavailableError).on("records", store.records)
    intake = replace(invocations.shadows, records=replace(services.records, records=refusing))

    done = complete(replace(invocations, shadows=intake).execute(INVOCATION))

    assert done.result.outcome is OK.outcome
    with pytest.raises(ExecutionNotFoundError):
        store.records.get(ACCOUNT, FUNCTION, done.result.execution_id)


def test_the_calls_of_pivot_are_handed_over_as_well(
    alias: Callable[..., None], calls: CallService, events: Events, executor: ScriptedExecutor
) -> None:
    alias(Shadow(1.0), record="none")
    executor.ends(replace(OK, result=TTS))

    complete(calls.answer(replace(INVOCATION, as_callflow=True)))

    [shadowed] = events.taken
    assert events.happened == ["resolve", "hand over"]
    assert shadowed.record.as_callflow is True


def test_one_draw_decides_for_the_version_and_another_for_the_shadow(
    alias: Callable[..., None], services: Services, invocations: InvocationService
) -> None:
    alias(Shadow(0.5))
    services.functions.patch(ACCOUNT, FUNCTION, {"function_js": "return 2"})
    services.versions.publish(ACCOUNT, FUNCTION, "")
    services.aliases.change(ACCOUNT, FUNCTION, "live", Target(1, 2, 0.5), "", "")
    draws = iter([0.4, 0.6, 0.6, 0.4])
    executions: ExecutionService = replace(invocations.executions, share=draws.__next__)

    found = [executions.resolve(INVOCATION) for _ in range(2)]

    assert [(each.version, each.shadow is not None) for each in found] == [
        ("2", False),
        ("1", True),
    ]
