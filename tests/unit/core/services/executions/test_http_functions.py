"""Finding the function of a path, from memory while nothing has changed, and what it reaches."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.errors import AccountNotFoundError
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.errors import ExecutorBusyError, PayloadTooLargeError
from isolambda_core.domain.executions.execution import ExecutionResult, Outcome
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.domain.functions.aliases import Target
from isolambda_core.domain.functions.errors import FunctionDisabledError
from isolambda_core.domain.limits import PAYLOAD_BYTES
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.errors import MissingSecretError
from isolambda_core.domain.secrets.secrets import Place
from isolambda_core.domain.triggers.errors import TriggerNotFoundError
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.domain.triggers.types.http import source_of
from isolambda_core.services.executions.http_functions import (
    HttpFunctionService,
    open_http_functions,
)
from isolambda_local.sqlite import SqliteStore
from tests.support.clocks import SetClock
from tests.support.fakes import ScriptedExecutor
from tests.support.services import services_on
from tests.support.sources import FakeEventSources

VALUE = "a key that signs"
ANSWER = ExecutionResult("", Outcome.OK, b'{"status":200,"headers":[],"body":"aGk="}')


class Changes:
    """Says that something has changed when a test does."""

    number = 1

    def count(self) -> int:
        return self.number


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def executor() -> ScriptedExecutor:
    return ScriptedExecutor([ANSWER])


@pytest.fixture
def services(store: SqliteStore, executor: ScriptedExecutor) -> Services:
    return services_on(store, SetClock(), executor, executor, FakeEventSources())


@pytest.fixture
def account_id(services: Services) -> str:
    return services.accounts.create_top("acme")[0].id


@pytest.fixture
def publish(services: Services, account_id: str) -> Callable[..., Trigger]:
    def make(path: str = "shop", **keys: Any) -> Trigger:
        reach: Document = {
            key: keys.pop(key) for key in ("net", "kv", "secrets", "fallback") if key in keys
        }
        document: Document = {"name": "n", "function_js": "return 1", **reach}
        function = services.functions.create(account_id, document)
        trigger = {"name": "n", "type": "http", "path": path, "auth": {"type": "none"}, **keys}
        return services.triggers.create(account_id, function.id, trigger)

    return make


@pytest.fixture
def found_by(
    store: SqliteStore, services: Services, changes: Changes
) -> Callable[..., HttpFunctionService]:
    """The service, with what counts changes or without."""

    def make(*, counting: bool = True) -> HttpFunctionService:
        return open_http_functions(store, services.invocations, changes if counting else None)

    return make


def path_of(account_id: str, name: str) -> str:
    return source_of(account_id, {"path": name})


def test_a_function_is_read_again_when_anything_has_changed(
    services: Services,
    changes: Changes,
    publish: Callable[..., Trigger],
    found_by: Callable[..., HttpFunctionService],
) -> None:
    trigger = publish()
    service, path = found_by(), path_of(trigger.account_id, "shop")
    first = complete(service.find(path))
    services.triggers.patch(
        trigger.account_id, trigger.function_id, trigger.id, {"methods": ["GET"]}
    )

    assert complete(service.find(path)) is first
    changes.number += 1
    assert complete(service.find(path)).trigger.document["methods"] == ["GET"]


def test_what_is_not_counted_is_read_for_each_request(
    services: Services,
    publish: Callable[..., Trigger],
    found_by: Callable[..., HttpFunctionService],
) -> None:
    trigger = publish()
    service = found_by(counting=False)
    assert complete(service.find(path_of(trigger.account_id, "shop"))).trigger.enabled

    services.triggers.patch(trigger.account_id, trigger.function_id, trigger.id, {"enabled": False})

    assert not complete(service.find(path_of(trigger.account_id, "shop"))).trigger.enabled


def test_a_path_is_found_in_its_account_alone(
    services: Services,
    publish: Callable[..., Trigger],
    found_by: Callable[..., HttpFunctionService],
) -> None:
    trigger = publish()
    other = services.accounts.create_top("other")[0].id

    for account_id, path in ((other, "shop"), (trigger.account_id, "other"), ("0" * 32, "shop")):
        with pytest.raises((TriggerNotFoundError, AccountNotFoundError)):
            complete(found_by().find(path_of(account_id, path)))


def test_an_alias_is_resolved_for_each_request(
    services: Services,
    publish: Callable[..., Trigger],
    found_by: Callable[..., HttpFunctionService],
    executor: ScriptedExecutor,
) -> None:
    trigger = publish(qualifier="live")
    of_function = (trigger.account_id, trigger.function_id)
    services.versions.publish(*of_function, "")
    services.aliases.create(*of_function, "live", Target(1), "")
    service = found_by()
    found = complete(service.find(path_of(trigger.account_id, "shop")))

    answer = complete(service.answer(found, b"{}", ""))

    assert (answer.status, answer.body) == (200, b"hi")
    assert found.resolved is None
    assert executor.requests[-1].version == "1"


@pytest.mark.parametrize("qualifier", ["$LATEST", "1", "live"])
def test_an_execution_reaches_what_its_document_names(
    services: Services,
    publish: Callable[..., Trigger],
    found_by: Callable[..., HttpFunctionService],
    executor: ScriptedExecutor,
    qualifier: str,
) -> None:
    reach = {"net": {"allow": ["a.test"]}, "kv": ["orders"], "secrets": ["KEY"]}
    trigger = publish(qualifier=qualifier, **reach)
    of_function = (trigger.account_id, trigger.function_id)
    services.secrets.put(Place(*of_function), "KEY", SecretInput(VALUE, sign=True))
    services.accounts.patch(trigger.account_id, {"net": {"allow": ["*.b.test"]}})
    services.versions.publish(*of_function, "")
    services.aliases.create(*of_function, "live", Target(1), "")
    service = found_by()

    complete(service.answer(complete(service.find(path_of(trigger.account_id, "shop"))), b"{}", ""))

    request = executor.requests[-1]
    assert request.net == (("a.test",), ("*.b.test",))
    assert request.kv == KvGrant(("orders",))
    [secret] = request.secrets
    assert (secret.name, secret.value) == ("KEY", VALUE)
    assert json.loads(request.context)["secrets"] == {"KEY": secret.placeholder}


def test_a_secret_that_is_missing_refuses_unless_a_fallback_answers(
    publish: Callable[..., Trigger], found_by: Callable[..., HttpFunctionService]
) -> None:
    account_id = publish("without", secrets=["KEY"]).account_id
    publish("with", secrets=["KEY"], fallback={"status": 503})
    service = found_by()
    without = complete(service.find(path_of(account_id, "without")))
    fallen_back = complete(service.find(path_of(account_id, "with")))

    with pytest.raises(MissingSecretError):
        complete(service.answer(without, b"{}", ""))
    answer = complete(service.answer(fallen_back, b"{}", ""))

    assert answer.status == 503


def test_a_fallback_that_answers_a_request_is_told(
    publish: Callable[..., Trigger],
    found_by: Callable[..., HttpFunctionService],
    executor: ScriptedExecutor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = found_by()
    trigger = publish(fallback={"status": 200})
    found = complete(service.find(path_of(trigger.account_id, "shop")))
    executor.script = [ExecutorBusyError(), ExecutionResult("e", Outcome.EXCEEDED_WALL_TIME)]

    for _ in range(2):
        assert complete(service.answer(found, b"{}", "")).status == 200

    reasons = ("ExecutorBusy", "exceeded_wall_time")
    told = [f"{trigger.function_id}: its fallback answers: {reason}" for reason in reasons]
    assert caplog.messages == told


def test_what_cannot_be_executed_is_refused(
    publish: Callable[..., Trigger], found_by: Callable[..., HttpFunctionService]
) -> None:
    service = found_by()
    found = complete(service.find(path_of(publish().account_id, "shop")))
    assert found.resolved is not None
    off = replace(found.function, document={**found.function.document, "enabled": False})

    with pytest.raises(PayloadTooLargeError):
        complete(service.answer(found, b"1" * (PAYLOAD_BYTES + 1), ""))
    disabled = replace(found, resolved=replace(found.resolved, function=off))
    with pytest.raises(FunctionDisabledError):
        complete(service.answer(disabled, b"{}", ""))
