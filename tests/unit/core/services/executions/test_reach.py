"""What an execution may reach: its document below the ceilings of every account above it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.executions.execution import ExecutionRequest
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.reach import KvGrant
from isolambda_core.ports.accounts import AccountRepository
from isolambda_core.services.executions.execution import ExecutionService
from tests.support.fakes import ScriptedExecutor
from tests.support.samples import ACCOUNT, FUNCTION, Keep
from tests.support.services import Machine

ID = "1" * 32
INVOCATION = Invocation(ACCOUNT, FUNCTION, b"null")

MakeTree = Callable[..., str]


@pytest.fixture
def executions(services: Services) -> ExecutionService:
    return services.invocations.executions


@pytest.fixture
def tree(services: Services) -> MakeTree:
    """Make accounts below each other, each with a ``net`` or None, and return the last's id."""

    def make(*ceilings: list[str] | None) -> str:
        made: list[Account] = []
        for index, allow in enumerate(ceilings):
            document: dict[str, Any] = {"name": "n", "enabled": True}
            if allow is not None:
                document["net"] = {"allow": allow}
            above = tuple(account.id for account in made)
            made.append(Account(f"{index + 1:032x}", document, 1, 1, ancestor_ids=above))
            services.accounts.accounts.add(made[-1])
        return made[-1].id

    return make


def request_of(executions: ExecutionService, account_id: str = ACCOUNT) -> ExecutionRequest:
    invocation = Invocation(account_id, FUNCTION, b"null")
    return executions.prepare(invocation, executions.resolve(invocation), ID)


def test_a_function_that_names_nothing_reaches_nothing_and_has_nothing_read(
    executions: ExecutionService, keep: Keep
) -> None:
    keep()  # of an account that is not there

    request = request_of(executions)

    assert (request.net, request.secrets, request.kv) == ((), (), None)
    assert not {"secrets", "kv"} & json.loads(request.context).keys()


def test_a_host_is_in_the_list_of_the_document_and_of_each_account_above(
    executions: ExecutionService, keep: Keep, tree: MakeTree
) -> None:
    account_id = tree(["*.example.com", "a.test"], None, [], ["a.test"])
    keep(account_id=account_id, net={"allow": ["a.test", "b.test"]})

    assert set(request_of(executions, account_id).net) == {
        ("a.test", "b.test"), ("*.example.com", "a.test"), (), ("a.test",)
    }  # fmt: skip


def test_a_document_without_a_host_reaches_none_below_no_ceiling(
    executions: ExecutionService, keep: Keep, tree: MakeTree
) -> None:
    account_id = tree(["a.test"])
    keep(account_id=account_id, net={"allow": []})

    assert request_of(executions, account_id).net == ()


def test_another_ceiling_holds_for_the_next_execution(
    executions: ExecutionService, services: Services, keep: Keep, tree: MakeTree
) -> None:
    account_id = tree(None, None)
    keep(account_id=account_id, net={"allow": ["a.test"]})
    top = services.accounts.fetch(account_id).ancestor_ids[0]
    assert request_of(executions, account_id).net == (("a.test",),)

    services.accounts.patch(top, {"net": {"allow": ["b.test"]}})

    assert request_of(executions, account_id).net == (("a.test",), ("b.test",))


def test_a_version_keeps_its_hosts_and_gets_the_ceilings_of_now(
    executions: ExecutionService, services: Services, keep: Keep, tree: MakeTree
) -> None:
    account_id = tree(None)
    keep(account_id=account_id, net={"allow": ["a.test"]})
    services.versions.publish(account_id, FUNCTION, "")
    services.functions.patch(account_id, FUNCTION, {"net": {"allow": ["b.test"]}})
    services.accounts.patch(account_id, {"net": {"allow": ["c.test"]}})

    invocation = Invocation(account_id, FUNCTION, b"null", qualifier="1")
    resolved = executions.resolve(invocation)

    assert executions.prepare(invocation, resolved, ID).net == (("a.test",), ("c.test",))


def test_namespaces_are_granted_and_shown(executions: ExecutionService, keep: Keep) -> None:
    keep(kv=["orders", "carts"])

    request = request_of(executions)

    assert request.kv == KvGrant(("orders", "carts"))
    assert json.loads(request.context)["kv"] == ["orders", "carts"]


def test_what_is_queued_is_resolved_without_what_it_may_reach(
    services: Services, keep: Keep
) -> None:
    keep(net={"allow": ["a.test"]})  # of an account that is not there

    assert complete(services.invocations.submit(INVOCATION)).record.function_id == FUNCTION


def test_a_queued_execution_reaches_what_its_document_and_its_account_allow(
    machine: Machine, keep: Keep, executor: ScriptedExecutor
) -> None:
    keep(net={"allow": ["a.test"]}, kv=["orders"])
    machine.services.accounts.patch(ACCOUNT, {"net": {"allow": ["*.b.test"]}})
    message = machine.submit()

    machine.perform_all(message)

    [request] = executor.requests
    assert request.execution_id == message.execution_id
    assert request.net == (("a.test",), ("*.b.test",))
    assert request.kv == KvGrant(("orders",))


def test_an_account_is_read_once_for_the_ceilings(
    executions: ExecutionService, keep: Keep, tree: MakeTree
) -> None:
    account_id = tree(None, ["a.test"], None)
    keep(account_id=account_id, net={"allow": ["a.test"]})
    read: list[str] = []

    class Counted:
        def get(self, account_id: str) -> Account:
            read.append(account_id)
            return executions.accounts.get(account_id)

    accounts: AccountRepository = Counted()  # type: ignore[assignment]
    counting = replace(executions, accounts=accounts)

    counting.resolve(Invocation(account_id, FUNCTION, b"null"))

    assert sorted(read) == [f"{number:032x}" for number in (1, 2, 3)]
