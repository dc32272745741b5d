"""How many reads an execution and a delivery take."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from botocore.stub import Stubber
from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    keys,
)
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.limits import TOOLS_PAGE
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.functions.live_functions import LiveFunctionService
from isolambda_core.services.functions.tools import ToolService
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import open_store as open_local_store
from tests.contract.dynamodb.requesting import (
    ACCOUNT,
    Make,
    MakeAccount,
    MakeAlias,
    MakeTrigger,
    MakeVersion,
)
from tests.support.clocks import SetClock
from tests.support.fakes import UnusedExecutor
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources

pytestmark = pytest.mark.slow


def test_the_draft_takes_one_read_a_version_two_and_an_alias_three(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    a_function: Make,
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    function_id = a_function().id
    store.functions.add(a_function())
    store.versions.add(a_version(1, function_id=function_id))
    store.aliases.add(an_alias(1, function_id=function_id))
    executions = open_executions(
        store, AesGcmSealer(FileSecret(bytes(32))), JsonSchemaChecker(), SetClock()
    )

    def reads(qualifier: str) -> list[str]:
        requests.clear()
        executions.resolve(Invocation(ACCOUNT, function_id, b"{}", qualifier))
        assert all(params["ConsistentRead"] is True for _, params in requests)
        return [operation for operation, _ in requests]

    assert reads("$LATEST") == ["GetItem"]
    assert reads("1") == ["GetItem"] * 2
    assert reads("live") == ["GetItem"] * 3


def test_a_delivery_to_a_webhook_reads_each_item_once(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    an_account: MakeAccount,
    a_function: Make,
    a_trigger: MakeTrigger,
) -> None:
    account = an_account(1)
    function = a_function(2, account_id=account.id)
    secret = "0123456789abcdef" * 2
    webhook = a_trigger(
        "webhook",
        3,
        account_id=account.id,
        function_id=function.id,
        secret=secret,
        signature="token",
    )
    store.accounts.add(account)
    store.functions.add(function)
    store.triggers.add(webhook)
    with closing(open_local_store(None)) as local:
        executor, sources = UnusedExecutor(), FakeEventSources()
        services = compose(
            store,
            SECRET,
            SetClock(),
            executor=executor,
            call_executor=executor,
            queue=local.queue,
            sources=sources,
            rate_limits=None,
            size=RateLimit(),
        )
        client = TestClient(create_app(services))
        requests.clear()
        answer = client.post(
            f"/webhooks/{account.id}/{function.id}/{webhook.id}",
            headers={"x-webhook-token": secret},
        )

    assert answer.status_code == 202
    read = [params["Key"] for operation, params in requests if operation == "GetItem"]
    record = keys.of_record(account.id, function.id, answer.json()["data"]["execution_id"])
    assert read == [
        keys.of_function(account.id, function.id).attributes(),
        keys.of_trigger(account.id, function.id, webhook.id).attributes(),
        keys.of_account(account.id).attributes(),
        record.attributes(),
        keys.of_execution_usage(account.id).attributes(),
    ]


def test_lists_of_what_is_live_read_together_also_in_a_new_environment(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    a_function: Make,
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    tool = {"description": "It says."}
    for number in range(TOOLS_PAGE):
        function_id = f"{number:032x}"
        store.functions.add(a_function(number, name=f"f{number}", tool=tool))
        store.versions.add(a_version(1, function_id=function_id))
        store.aliases.add(an_alias(1, function_id=function_id))
    executions = open_executions(
        store, AesGcmSealer(FileSecret(bytes(32))), JsonSchemaChecker(), SetClock()
    )
    service = ToolService(store.functions, executions)
    live = LiveFunctionService(store.functions, store.versions, store.aliases)

    def operations(list_all: Callable[[], int]) -> list[str]:
        requests.clear()
        with store.catalog.reading():
            assert list_all() == TOOLS_PAGE
        return [operation for operation, _ in requests]

    def list_tools() -> int:
        tools = service.page(ACCOUNT, "", TOOLS_PAGE + 1)
        return len(service.documents(ACCOUNT, tools))

    def list_live() -> int:
        return len(live.list(ACCOUNT, TOOLS_PAGE, None).items)

    # The functions, their aliases, and the versions that these point to.
    assert operations(list_tools) == ["Query", "BatchGetItem", "BatchGetItem"]
    assert operations(list_live) == ["Query", "BatchGetItem", "BatchGetItem"]
    with store.catalog.reading():
        kept = [store.aliases.get(ACCOUNT, "0" * 32, "live") for _ in range(2)]
    assert operations(list_tools)[:2] == ["TransactGetItems", "Query"]
    assert operations(list_tools) == ["GetItem", "BatchGetItem", "BatchGetItem"]  # of the epoch
    asked = [params for operation, params in requests if operation == "BatchGetItem"]
    [of_aliases] = asked[0]["RequestItems"].values()
    assert (len(of_aliases["Keys"]), of_aliases["ConsistentRead"]) == (TOOLS_PAGE - 1, True)
    assert kept[0] == kept[1]


def test_what_dynamodb_has_no_room_for_is_read_again_and_not_for_ever(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = store.aliases.table
    pauses: list[float] = []
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table.sleep", pauses.append)
    wanted = [keys.of_alias(ACCOUNT, f"{number:032x}", "live") for number in range(3)]
    items = [{**key.attributes(), "said": {"S": key.pk}} for key in wanted]

    def answer(found: list[Any], left: list[keys.Key]) -> dict[str, Any]:
        names = {table.name: {"Keys": [dict(key.attributes()) for key in left]}} if left else {}
        return {"Responses": {table.name: found}, "UnprocessedKeys": names}

    stub.add_response("batch_get_item", answer(items[2:], wanted[:2]))
    stub.add_response("batch_get_item", answer([], wanted[:2]))
    stub.add_response("batch_get_item", answer(items[:1], []))
    assert table.get_each(wanted) == [items[0], None, items[2]]
    for _ in range(5):
        stub.add_response("batch_get_item", answer([], wanted))
    with pytest.raises(StoreUnavailableError):
        table.get_each(wanted)
    stub.assert_no_pending_responses()

    assert len(pauses) == 1 + 4
