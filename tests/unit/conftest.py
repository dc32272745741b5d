"""For all unit tests; the fixtures put the use cases on a store in memory and on fakes."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from isolambda_api.http.services import Services
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.functions.functions import (
    Function,
    validated_function,
)
from isolambda_core.services.executions.budgets import open_budgets
from isolambda_core.services.queue.dispatch import (
    open_dispatch,
)
from isolambda_core.services.triggers.failures import TriggerFailureService
from isolambda_local.sqlite import SqliteStore, open_store
from tests.support.clocks import SetClock
from tests.support.fakes import RecordingCallbacks, ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, SECRET, Keep
from tests.support.services import Machine, services_on
from tests.support.sources import FakeEventSources

# A busy machine is no fault of what is tested.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("unit"), max_examples=10)
settings.load_profile("unit")


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(open_store(None)) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def executor() -> ScriptedExecutor:
    return ScriptedExecutor()


@pytest.fixture
def call_executor() -> ScriptedExecutor:
    """The executor for calls."""
    return ScriptedExecutor()


@pytest.fixture
def callbacks() -> RecordingCallbacks:
    return RecordingCallbacks()


@pytest.fixture
def sources() -> FakeEventSources:
    return FakeEventSources()


@pytest.fixture
def services(
    store: SqliteStore,
    clock: SetClock,
    executor: ScriptedExecutor,
    call_executor: ScriptedExecutor,
    sources: FakeEventSources,
) -> Services:
    return services_on(store, clock, executor, call_executor, sources)


@pytest.fixture
def machine(
    store: SqliteStore,
    clock: SetClock,
    executor: ScriptedExecutor,
    callbacks: RecordingCallbacks,
    sources: FakeEventSources,
    services: Services,
) -> Machine:
    store.accounts.add(Account(ACCOUNT, {"name": "mine", "enabled": True}, 1, 1))
    alarms: list[str] = []
    failures = TriggerFailureService(
        store.triggers, services.triggers, lambda: alarms.append("disabled")
    )
    dispatch = open_dispatch(
        store,
        SECRET,
        AesGcmSealer(SECRET),
        JsonSchemaChecker(),
        clock,
        executor,
        callbacks,
        failures,
        lease_s=0,
        budgets=open_budgets(store, store.queue, clock),
    )
    return Machine(store, clock, executor, callbacks, sources, services, dispatch, alarms)


@pytest.fixture
def keep(store: SqliteStore) -> Keep:
    """Keep a function, with more keys in its document."""

    def keep(function_id: str = FUNCTION, account_id: str = ACCOUNT, **document: Any) -> Function:
        accepted = validated_function({"name": "n", "function_js": "return 1", **document})
        function = Function(account_id, function_id, accepted, 1, 1, 1)
        store.functions.add(function)
        return function

    return keep
