"""What the DynamoDB adapter asks for, and what it makes of an answer that is late or bad."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber
from starlette.testclient import TestClient

from isolambda_api.app import create_app
from isolambda_api.composition import compose
from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    client_config,
    keys,
    open_store,
    source_parts,
)
from isolambda_core.adapters.jwt_tokens import JwtSigner
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ApiKey,
    Scope,
)
from isolambda_core.domain.accounts.errors import ApiKeyNotFoundError, QuotaExceededError
from isolambda_core.domain.accounts.quotas import RULES, Quota
from isolambda_core.domain.accounts.rate_limits import RateLimit
from isolambda_core.domain.errors import (
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionResult,
    Outcome,
)
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.errors import (
    FunctionExistsError,
    FunctionNotFoundError,
    QualifierNotFoundError,
    VersionExistsError,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.key_values.values import ItemKey, Value
from isolambda_core.domain.limits import SOURCE_BYTES, TRIGGERS
from isolambda_core.domain.secrets.documents import SecretInput
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.domain.triggers.errors import (
    SourceInUseError,
    TriggerNotFoundError,
)
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.accounts.api_keys import KeyService
from isolambda_core.services.executions.execution import open_executions
from isolambda_core.services.paging import fill_page
from isolambda_local.secrets.installation_secret import FileSecret
from isolambda_local.sqlite import open_store as open_local_store
from tests.support.clocks import SetClock
from tests.support.fakes import UnusedExecutor
from tests.support.samples import SECRET
from tests.support.sources import FakeEventSources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

Make = Callable[..., Function]
MakeAccount = Callable[..., Account]
MakeVersion = Callable[..., Version]
MakeAlias = Callable[..., Alias]
MakeRecord = Callable[..., ExecutionRecord]
MakeClaim = Callable[..., IdempotencyRecord]
MakeTrigger = Callable[..., Trigger]

ACCOUNT = "a" * 32
FUNCTION = "f" * 32
TOPIC = "arn:aws:sns:eu-central-1:000000000000:news"
LONG = ascii(
    "".join(map(chr, range(0x3000, 0x9000)))
).encode()  # more than fits beside a record's head
API_KEY = ApiKey("0" * 64, "0" * 32, ACCOUNT, 1)
UNAVAILABLE = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "ResourceNotFoundException",
    "AccessDeniedException",
]


@pytest.fixture
def store(moto_client: "DynamoDBClient", moto_table: str, an_account: MakeAccount) -> DynamoDbStore:
    """Return a store with an account, of which it knows that none is above it."""
    opened = open_store(moto_table, moto_client)
    opened.accounts.add(replace(an_account(), id=ACCOUNT))
    assert opened.functions.quotas.path_of(ACCOUNT) == (ACCOUNT,)
    return opened


@pytest.fixture
def requests(moto_client: "DynamoDBClient") -> list[tuple[str, Any]]:
    """Return the requests made from now on, each as its operation and its parameters."""
    made: list[tuple[str, Any]] = []

    def note(model: Any, params: dict[str, Any], **_: object) -> None:
        made.append((model.name, params))

    moto_client.meta.events.register("provide-client-params.dynamodb", note)
    return made


@pytest.fixture
def stub(moto_client: "DynamoDBClient") -> Iterator[Stubber]:
    with Stubber(moto_client) as stubber:
        yield stubber


def lose_first_answer(client: "DynamoDBClient", operation: str) -> list[bytes]:
    """Make botocore send the next ``operation`` again after it succeeded; return what it sent."""
    sent: list[bytes] = []

    def note(request: Any, **_: object) -> None:
        sent.append(request.body)

    def send_again(attempts: int, **_: object) -> Any:  # seconds to wait, or None for no retry
        return 0 if attempts == 1 else None

    client.meta.events.register_last(f"request-created.dynamodb.{operation}", note)
    client.meta.events.register_first(f"needs-retry.dynamodb.{operation}", send_again)
    return sent


def keys_in(client: "DynamoDBClient", table: str) -> list[Any]:
    """Return the items of API keys, and of their places in the list."""
    items = client.scan(TableName=table)["Items"]
    return [item for item in items if "sha256" in item]


def cancel(stub: Stubber, *codes: str) -> None:
    """Let DynamoDB cancel the next transaction, for a reason for each of its writes."""
    stub.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
    )


def test_a_function_is_read_by_one_strongly_consistent_get(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    with pytest.raises(FunctionNotFoundError):
        store.functions.get(ACCOUNT, a_function().id)

    assert [operation for operation, _ in requests] == ["GetItem"]
    assert requests[0][1]["ConsistentRead"] is True


@pytest.fixture
def parts(moto_client: "DynamoDBClient", moto_table: str) -> Callable[[], list[str]]:
    """Count the parts of sources, by the beginnings of their keys."""

    def count() -> list[str]:
        pages = moto_client.get_paginator("scan").paginate(TableName=moto_table)
        found = sorted(item["sk"]["S"] for page in pages for item in page["Items"])
        return [key.rsplit("#", 2)[0] for key in found if "_SOURCE#" in key]

    return count


def long_source(seed: int) -> str:
    """Return a source that is deflated to more than DynamoDB's item holds, and less than two."""
    return random.Random(seed).randbytes(SOURCE_BYTES // 2).hex()  # noqa: S311 - no secret


def test_a_long_source_is_written_in_parts_before_its_function_and_read_after(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    function = a_function(function_js=long_source(0))
    requests.clear()

    store.functions.add(function)
    assert store.functions.get(ACCOUNT, function.id) == function

    operations = [operation for operation, _ in requests]
    assert operations == ["BatchWriteItem", "TransactWriteItems", "GetItem", "Query"]


def test_no_part_stays_that_no_function_names(
    store: DynamoDbStore, a_function: Make, parts: Callable[[], list[str]]
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    for number in (1, 2):
        with pytest.raises(FunctionExistsError):
            store.functions.add(a_function(function_js=long_source(number)))
    assert parts() == ["DRAFT_SOURCE#0000000001"] * 2

    second = replace(a_function(function_js=long_source(1)), revision=2)
    store.functions.replace(second, 1)
    with pytest.raises(RevisionConflictError):
        store.functions.replace(second, 1)
    assert parts() == ["DRAFT_SOURCE#0000000002"] * 2

    store.functions.replace(replace(a_function(), revision=3), 2)
    assert parts() == []
    store.functions.replace(replace(first, revision=4), 3)
    store.functions.remove(ACCOUNT, first.id, 4)
    assert parts() == []

    store.functions.add(first)
    store.functions.remove_all(ACCOUNT)
    assert parts() == []


def test_a_change_that_leaves_a_long_source_as_it_is_writes_no_part_of_it(
    store: DynamoDbStore,
    a_function: Make,
    parts: Callable[[], list[str]],
    requests: list[tuple[str, Any]],
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    second = replace(first.changed({**first.document, "name": "renamed"}, 2), revision=2)
    requests.clear()

    store.functions.replace(second, 1)

    assert "BatchWriteItem" not in [operation for operation, _ in requests]
    with pytest.raises(RevisionConflictError):  # a writer that comes too late takes nothing along
        store.functions.replace(second, 1)
    assert parts() == ["DRAFT_SOURCE#0000000001"] * 2
    assert store.functions.get(ACCOUNT, first.id) == second

    third = replace(second.changed({**second.document, "name": "again"}, 3), revision=3)
    fourth = replace(a_function(function_js=long_source(1)), revision=4)
    store.functions.replace(third, 2)
    store.functions.replace(fourth, 3)
    assert parts() == ["DRAFT_SOURCE#0000000004"] * 2
    assert store.functions.get(ACCOUNT, first.id) == fourth


def test_a_writer_that_loses_to_another_leaves_the_parts_that_both_name(
    store: DynamoDbStore, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_function(function_js=long_source(0))
    store.functions.add(first)
    renamed = [
        replace(first.changed({**first.document, "name": name}, 2), revision=2) for name in "ab"
    ]
    kept, waiting = source_parts.store, [renamed[0]]

    def change_before(*asked: Any) -> Any:
        found = kept(*asked)
        if waiting:
            store.functions.replace(waiting.pop(), 1)
        return found

    monkeypatch.setattr(source_parts, "store", change_before)

    with pytest.raises(RevisionConflictError):
        store.functions.replace(renamed[1], 1)

    assert store.functions.get(ACCOUNT, first.id) == renamed[0]


def test_no_part_stays_that_no_version_names(
    store: DynamoDbStore, a_version: MakeVersion, parts: Callable[[], list[str]]
) -> None:
    versions = [a_version(number, function_js=long_source(number)) for number in (1, 2)]
    for version in versions:
        store.versions.add(version)
    with pytest.raises(VersionExistsError):
        store.versions.add(a_version(1, function_js=long_source(3)))
    assert store.versions.get(ACCOUNT, versions[0].function_id, 1) == versions[0]
    assert parts() == [
        *["VERSION_SOURCE#0000000001#0000000001"] * 2,
        *["VERSION_SOURCE#0000000002#0000000001"] * 2,
    ]

    store.versions.remove(versions[0])
    assert parts() == ["VERSION_SOURCE#0000000002#0000000001"] * 2
    store.versions.remove_all(ACCOUNT, versions[0].function_id)
    assert parts() == []


def test_a_function_whose_parts_went_while_it_was_read_is_read_again(
    store: DynamoDbStore, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.functions.add(a_function(function_js=long_source(0)))
    second = replace(a_function(function_js=long_source(1)), revision=2)
    find, waiting = source_parts.find, [second]

    def change_before(*asked: Any) -> bytes:
        if waiting:
            store.functions.replace(waiting.pop(), 1)
        return find(*asked)

    monkeypatch.setattr(source_parts, "find", change_before)

    assert store.functions.get(ACCOUNT, second.id) == second


def test_a_page_is_one_query(
    store: DynamoDbStore, a_function: Make, requests: list[tuple[str, Any]]
) -> None:
    for number in range(5):
        store.functions.add(a_function(number))
    requests.clear()

    fill_page(store.functions.iterate(ACCOUNT, at_once=4), 3)

    assert [operation for operation, _ in requests] == ["Query"]
    assert requests[0][1]["Limit"] == 4


def test_the_functions_of_an_account_are_removed_and_counted_by_key_8_at_a_time(
    store: DynamoDbStore, a_function: Make, requests: list[tuple[str, Any]]
) -> None:
    for number in range(26):
        store.functions.add(a_function(number))
    requests.clear()

    store.functions.remove_all(ACCOUNT)

    operations = [operation for operation, _ in requests]
    assert operations == [*["Query", "TransactWriteItems"] * 4, "Query"]
    assert requests[0][1]["ProjectionExpression"] == "pk, sk, deleted, in_parts"


def test_what_dynamodb_had_no_room_to_remove_is_removed_next_time(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    table = store.aliases.table.name
    found = [keys.of_alias(ACCOUNT, FUNCTION, f"a{number}").attributes() for number in range(2)]
    removals = [{"DeleteRequest": {"Key": key}} for key in found]
    stub.add_response("query", {"Items": found})
    for left in (removals[1:], []):
        stub.add_response("batch_write_item", {"UnprocessedItems": {table: left} if left else {}})
    stub.add_response("transact_write_items", {})

    store.aliases.remove_all(ACCOUNT, FUNCTION)

    stub.assert_no_pending_responses()


def test_when_dynamodb_never_has_room_the_store_is_unavailable(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    key = keys.of_alias(ACCOUNT, FUNCTION, "live").attributes()
    left = {store.aliases.table.name: [{"DeleteRequest": {"Key": key}}]}
    stub.add_response("query", {"Items": [key]})
    for _ in range(5):
        stub.add_response("batch_write_item", {"UnprocessedItems": left})

    with pytest.raises(StoreUnavailableError):
        store.aliases.remove_all(ACCOUNT, FUNCTION)


def test_as_long_as_dynamodb_has_room_for_something_it_is_asked_for_the_rest(
    store: DynamoDbStore, stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    table = store.aliases.table.name
    found = [keys.of_alias(ACCOUNT, FUNCTION, f"a{number}").attributes() for number in range(9)]
    removals = [{"DeleteRequest": {"Key": key}} for key in found]
    stub.add_response("query", {"Items": found})
    for done in range(1, 9):  # one at a time
        stub.add_response("batch_write_item", {"UnprocessedItems": {table: removals[done:]}})
    stub.add_response("batch_write_item", {"UnprocessedItems": {}})
    stub.add_response("transact_write_items", {})

    store.aliases.remove_all(ACCOUNT, FUNCTION)

    stub.assert_no_pending_responses()


def test_a_key_and_its_place_in_the_list_are_one_transaction(
    store: DynamoDbStore, requests: list[tuple[str, Any]]
) -> None:
    store.api_keys.add(API_KEY)
    store.api_keys.replace(API_KEY)
    store.api_keys.remove(API_KEY)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 3
    assert [len(params["TransactItems"]) for _, params in requests] == [2, 3, 3]


def test_dynamodb_gets_the_time_to_forget_a_key_in_both_of_its_places(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str
) -> None:
    store.api_keys.add(API_KEY)
    store.api_keys.replace(replace(API_KEY, expires_at=5))

    items = keys_in(moto_client, moto_table)

    assert [item["expires_at"] for item in items] == [{"N": "5"}] * 2


@pytest.mark.parametrize(
    "forgotten",
    [keys.of_api_key("0" * 64), keys.of_listed_api_key(ACCOUNT, "0" * 64)],
    ids=["the key", "its place in the list"],
)
def test_a_key_of_which_dynamodb_forgot_a_half_can_only_be_removed(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, forgotten: keys.Key
) -> None:
    store.api_keys.add(API_KEY)
    moto_client.delete_item(TableName=moto_table, Key=forgotten.attributes())

    with pytest.raises(ApiKeyNotFoundError):
        store.api_keys.replace(API_KEY)
    assert len(keys_in(moto_client, moto_table)) == 1
    store.api_keys.remove(API_KEY)

    assert keys_in(moto_client, moto_table) == []


def test_a_key_takes_two_reads_to_come_in_and_a_token_three_and_another_account_one_more(
    store: DynamoDbStore, requests: list[tuple[str, Any]], an_account: MakeAccount
) -> None:
    secret, clock = FileSecret(b"the secret of an installation..."), SetClock()
    access = AccessService(
        store.accounts, store.api_keys, store.revoked_tokens, JwtSigner(secret), clock
    )
    own = an_account(1)
    below = an_account(2, parent=own)
    for account in (own, below):
        store.accounts.add(account)
    key = KeyService(store.api_keys, secret, clock).create_own(own.id)
    _, token = access.issue(key)

    def reads(credential: str, account: Account) -> list[str]:
        requests.clear()
        access.authorize(access.authenticate(credential), account.id, Scope.MANAGE)
        return [operation for operation, _ in requests]

    assert reads(key, own) == ["GetItem"] * 2
    assert reads(token, own) == ["GetItem"] * 3
    assert reads(key, below) == ["GetItem"] * 3
    assert reads(token, below) == ["GetItem"] * 4


def test_an_account_its_row_and_its_place_in_the_count_are_one_transaction(
    store: DynamoDbStore, requests: list[tuple[str, Any]], an_account: MakeAccount
) -> None:
    parent = an_account(1)
    child = an_account(2, parent=parent)
    store.accounts.add(parent)

    store.accounts.add(child)
    store.accounts.remove(child)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 3
    assert [len(params["TransactItems"]) for _, params in requests] == [3, 5, 9]


def test_an_account_is_changed_with_a_token_by_which_dynamodb_knows_a_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", an_account: MakeAccount
) -> None:
    store.accounts.add(an_account())
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.accounts.replace(an_account().changed(an_account().document, 5), 1)

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]


def test_an_account_that_went_while_its_row_was_read_is_passed_over(
    store: DynamoDbStore, an_account: MakeAccount
) -> None:
    parent = an_account(1)
    store.accounts.add(parent)
    for number in (2, 3, 4):
        store.accounts.add(an_account(number, parent=parent))

    iterate = store.accounts.children(parent.id, descending=False, at_once=50)
    first = next(iterate)
    store.accounts.remove(an_account(3, parent=parent))

    assert [first, *iterate] == [an_account(number, parent=parent) for number in (2, 4)]


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
    executions = open_executions(store, AesGcmSealer(FileSecret(bytes(32))), SetClock())

    def reads(qualifier: str) -> list[str]:
        requests.clear()
        executions.resolve(Invocation(ACCOUNT, function_id, b"{}", qualifier))
        assert all(params["ConsistentRead"] is True for _, params in requests)
        return [operation for operation, _ in requests]

    assert reads("$LATEST") == ["GetItem"]
    assert reads("1") == ["GetItem"] * 2
    assert reads("live") == ["GetItem"] * 3


def test_secrets_take_one_read_more_and_none_once_they_are_remembered(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_function: Make
) -> None:
    function = a_function(secrets=["KEY", "OTHER"])
    store.functions.add(function)
    sealer = AesGcmSealer(FileSecret(bytes(32)))
    executions = open_executions(store, sealer, SetClock())
    for name in function.secret_names:
        given = SecretInput("a good value", sign=True)
        executions.secrets.put(Place(ACCOUNT), name, given)

    def reads() -> list[str]:
        requests.clear()
        with store.catalog.reading():
            resolved = executions.resolve(Invocation(ACCOUNT, function.id, b"{}"))
        assert [secret.name for secret in resolved.secrets] == ["KEY", "OTHER"]
        return [operation for operation, _ in requests]

    assert reads() == ["GetItem", "TransactGetItems"]
    assert reads() == ["TransactGetItems"] * 2  # the second time they are kept
    assert reads() == ["GetItem"]  # of the epoch of the account


def test_secrets_count_in_memory_with_what_is_sealed(
    store: DynamoDbStore, requests: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.catalog.CATALOG_CHARACTERS", 2_000)
    place = Place(ACCOUNT)
    for name, length in (("SHORT", 100), ("LONG", 2_000)):
        store.secrets.add(Secret(place, name, (), True, "A" * length, 1, 1))

    def reads_after_two(name: str) -> list[str]:
        for _ in range(3):
            requests.clear()
            with store.catalog.reading():
                store.secrets.for_function(ACCOUNT, "f" * 32, [name])
        return [operation for operation, _ in requests]

    assert reads_after_two("SHORT") == ["GetItem"]
    assert reads_after_two("LONG") == ["TransactGetItems"]


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


def test_an_alias_and_what_its_versions_know_of_it_are_one_transaction(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    a_version: MakeVersion,
    an_alias: MakeAlias,
) -> None:
    for number in (1, 2, 3, 4):
        store.versions.add(a_version(number))
    requests.clear()
    alias = an_alias(1, 2, 0.5)
    elsewhere = alias.moved(Target(3, 4, 0.5), "", "", 5)
    nowhere_else = elsewhere.moved(Target(3, 4, 0.6), "", "", 5)

    store.aliases.add(alias)
    store.aliases.replace(elsewhere, alias)
    store.aliases.replace(nowhere_else, elsewhere)
    store.aliases.remove(nowhere_else)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 4
    assert [len(params["TransactItems"]) for _, params in requests] == [3, 6, 2, 4]


def test_the_last_number_is_one_query_for_one_key(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_version: MakeVersion
) -> None:
    for number in (1, 2):
        store.versions.add(a_version(number))
    requests.clear()

    store.versions.last_number(ACCOUNT, a_version().function_id)

    [(operation, params)] = requests
    assert operation == "Query"
    assert (params["Limit"], params["ProjectionExpression"]) == (1, "pk, sk")


def test_a_version_that_its_last_alias_left_meanwhile_is_removed_after_all(
    store: DynamoDbStore, stub: Stubber, a_version: MakeVersion
) -> None:
    cancel(stub, "ConditionalCheckFailed")
    stub.add_response("get_item", {"Item": {"removed": {"BOOL": False}}})
    stub.add_response("get_item", {"Item": {"versions_used": {"N": "1"}}})
    stub.add_response("transact_write_items", {})

    store.versions.remove(a_version())

    stub.assert_no_pending_responses()


def test_a_removed_version_takes_its_source_along(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, a_version: MakeVersion
) -> None:
    store.versions.add(a_version())
    store.versions.remove(a_version())

    items = moto_client.scan(TableName=moto_table)["Items"]
    [item] = [item for item in items if item["sk"]["S"].startswith("VERSION#")]

    assert set(item) == {"pk", "sk", "removed"}
    with pytest.raises(QualifierNotFoundError):
        store.versions.get(ACCOUNT, a_version().function_id, 1)


def test_an_add_whose_answer_was_lost_counts_once(
    store: DynamoDbStore,
    moto_client: "DynamoDBClient",
    a_record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = RULES[Quota.WAITING_EXECUTIONS]
    monkeypatch.setitem(RULES, Quota.WAITING_EXECUTIONS, replace(rule, limit=2))
    sent = lose_first_answer(moto_client, "PutItem")

    store.records.add(a_record(1), ExecutionPayload(b"1"))

    assert len(sent) == 2
    assert store.records.get(ACCOUNT, FUNCTION, a_record(1).id) == a_record(1)
    store.records.add(a_record(2), ExecutionPayload(b"1"))
    with pytest.raises(QuotaExceededError):
        store.records.add(a_record(3), ExecutionPayload(b"1"))


def test_an_addition_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(FunctionExistsError):
        store.functions.add(a_function())

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]
    assert store.functions.get(ACCOUNT, a_function().id) == a_function()


def test_a_change_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    second = a_function().changed({**a_function().document, "function_js": "return 2"}, 5)
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.functions.replace(second, 1)

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]
    assert store.functions.get(ACCOUNT, second.id) == second


def test_a_race_lost_on_the_second_try_is_still_lost(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_trigger: MakeTrigger
) -> None:
    store.triggers.add(a_trigger())
    sent = lose_first_answer(moto_client, "PutItem")

    with pytest.raises(RevisionConflictError):
        store.triggers.replace(a_trigger().changed(a_trigger().document, None, 5), 7)

    assert len(sent) == 2


def test_a_removal_is_sent_again_with_the_token_that_dynamodb_knows_it_by(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make
) -> None:
    store.functions.add(a_function())
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.functions.remove(ACCOUNT, a_function().id, 1)

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]


def test_a_transaction_whose_condition_does_not_hold_is_a_lost_race(
    store: DynamoDbStore, stub: Stubber, a_function: Make
) -> None:
    cancel(stub, "None", "TransactionConflict", "ConditionalCheckFailed")
    stub.add_response("get_item", {})  # its source is not in parts

    with pytest.raises(RevisionConflictError):
        store.functions.replace(a_function().changed(a_function().document, 5), 1)


def test_a_transaction_that_met_another_is_made_again(
    store: DynamoDbStore, stub: Stubber, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    cancel(stub, "None", "TransactionConflict")
    cancel(stub, "TransactionConflict", "None")
    stub.add_response("transact_write_items", {})
    stub.add_response("query", {"Items": []})  # of the parts of its source

    store.functions.remove(ACCOUNT, a_function().id, 1)

    stub.assert_no_pending_responses()


def test_a_transaction_that_meets_others_again_and_again_is_an_outage(
    store: DynamoDbStore, stub: Stubber, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_core.adapters.dynamodb.table._RETRY_SECONDS", 0)
    for _ in range(7):
        cancel(stub, "TransactionConflict")

    with pytest.raises(StoreUnavailableError):
        store.functions.remove(ACCOUNT, a_function().id, 1)

    stub.assert_no_pending_responses()


def test_a_transaction_cancelled_for_want_of_capacity_is_an_outage(
    store: DynamoDbStore, stub: Stubber, a_function: Make
) -> None:
    cancel(stub, "ThrottlingError")

    with pytest.raises(StoreUnavailableError):
        store.functions.remove(ACCOUNT, a_function().id, 1)


def test_a_write_during_a_transaction_on_the_same_item_is_a_lost_race(
    store: DynamoDbStore, stub: Stubber, a_trigger: MakeTrigger
) -> None:
    stub.add_client_error("put_item", "TransactionConflictException")

    with pytest.raises(RevisionConflictError):
        store.triggers.replace(a_trigger(), 1)


def test_a_record_is_counted_written_read_changed_and_ended_by_one_request_each(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    records, record = store.records, a_record()

    records.add(record, ExecutionPayload(b"1", result=ExecutionResult("1" * 32, Outcome.OK)))
    records.get(ACCOUNT, FUNCTION, record.id)
    records.get_whole(ACCOUNT, FUNCTION, record.id)
    records.replace(record.begun(1), 1, ExecutionResult("1" * 32, Outcome.OK))

    operations = [operation for operation, _ in requests]
    assert operations == ["UpdateItem", "PutItem", "GetItem", "GetItem", "UpdateItem"]
    assert [params.get("ConsistentRead") for _, params in requests[2:4]] == [True, True]

    requests.clear()
    records.replace(record.begun(1).ended(ExecutionResult("1" * 32, Outcome.OK), 1), 2)

    assert [operation for operation, _ in requests] == ["UpdateItem"] * 2
    assert [params["Key"]["sk"]["S"] for _, params in requests][1] == "USAGE#EXECUTIONS"


def test_the_record_of_an_execution_that_has_ended_is_one_request(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    ended = a_record(status=Status.SUCCEEDED)

    store.records.add(ended, ExecutionPayload(b"1"))
    store.records.replace(replace(ended, revision=2), 1)

    assert [operation for operation, _ in requests] == ["PutItem", "UpdateItem"]


def test_what_is_long_is_written_before_the_record_that_names_it_and_read_after(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    records, record = store.records, a_record()

    records.add(record, ExecutionPayload(LONG))
    records.replace(record.begun(1), 1, ExecutionResult("1" * 32, Outcome.OK, result=LONG))
    records.get_whole(ACCOUNT, FUNCTION, record.id)

    assert [operation for operation, _ in requests] == [
        *("UpdateItem", "BatchWriteItem", "PutItem"),
        *("BatchWriteItem", "UpdateItem"),
        *("GetItem", "Query", "Query"),
    ]
    assert {params["ConsistentRead"] for _, params in requests[5:]} == {True}


def test_a_page_of_records_is_one_query_for_their_heads(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_record: MakeRecord
) -> None:
    for number in range(5):
        store.records.add(a_record(number), ExecutionPayload(LONG))
    requests.clear()

    fill_page(store.records.iterate(ACCOUNT, FUNCTION, at_once=4), 3)

    [(operation, params)] = requests
    assert operation == "Query"
    assert (params["Limit"], params["ProjectionExpression"]) == (4, "head")


def test_a_change_of_a_record_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_record: MakeRecord
) -> None:
    store.records.add(a_record(), ExecutionPayload(b"1"))
    result = ExecutionResult("1" * 32, Outcome.OK, result=b"2")
    begun = a_record().begun(5)
    sent = lose_first_answer(moto_client, "UpdateItem")

    store.records.replace(begun, 1, result)

    assert len(sent) == 2
    assert store.records.get_whole(ACCOUNT, FUNCTION, begun.id) == (
        begun,
        ExecutionPayload(b"1", result=result),
    )


def test_a_change_of_a_record_that_was_too_late_is_still_so_on_the_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_record: MakeRecord
) -> None:
    store.records.add(a_record(), ExecutionPayload(b"1"))
    begun = a_record().begun(5)
    store.records.replace(begun, 1)
    sent = lose_first_answer(moto_client, "UpdateItem")

    with pytest.raises(RevisionConflictError):  # though it is the same to the last letter
        store.records.replace(begun, 1)

    assert len(sent) == 2


def test_a_key_is_claimed_by_a_read_and_a_transaction_with_its_count(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_claim: MakeClaim
) -> None:
    store.idempotency_records.add(a_claim(1), 0)
    store.idempotency_records.add(a_claim(2), 0)
    store.idempotency_records.replace(a_claim(2), a_claim(1))
    store.idempotency_records.remove(a_claim(2))

    operations = [operation for operation, _ in requests]
    assert operations == [
        *("GetItem", "TransactWriteItems"),
        "GetItem",
        "PutItem",
        *("GetItem", "GetItem", "TransactWriteItems"),
    ]


def test_what_an_event_is_known_by_is_claimed_by_one_request(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_claim: MakeClaim
) -> None:
    for number in (1, 2):
        store.idempotency_records.add(replace(a_claim(number), lease_until_ms=0), 0)

    assert [operation for operation, _ in requests] == ["UpdateItem"] * 2


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem"])
def test_a_claim_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_claim: MakeClaim, operation: str
) -> None:
    sent = lose_first_answer(moto_client, operation)

    assert store.idempotency_records.add(a_claim(1), 0) == a_claim(1)
    store.idempotency_records.replace(a_claim(2), a_claim(1))
    store.idempotency_records.remove(a_claim(2))

    assert len(sent) in (2, 4)
    assert store.idempotency_records.add(a_claim(3), 0) == a_claim(3)


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_a_record_and_a_claim_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_record: MakeRecord, a_claim: MakeClaim, code: str
) -> None:
    for operation in ("update_item", "batch_write_item", "get_item", "update_item", "get_item"):
        stub.add_client_error(operation, code)

    with pytest.raises(StoreUnavailableError):
        store.records.add(a_record(), ExecutionPayload(LONG))
    with pytest.raises(StoreUnavailableError):
        store.records.add(a_record(status=Status.SUCCEEDED), ExecutionPayload(LONG))
    with pytest.raises(StoreUnavailableError):
        store.records.get_whole(ACCOUNT, FUNCTION, a_record().id)
    with pytest.raises(StoreUnavailableError):
        store.records.replace(a_record(), 1)
    with pytest.raises(StoreUnavailableError):
        store.idempotency_records.add(a_claim(), 0)
    stub.add_client_error("get_item", code)
    with pytest.raises(StoreUnavailableError):
        store.idempotency_records.remove(a_claim())


def test_a_trigger_is_read_by_one_get_and_found_by_its_source_with_one_more(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    store.triggers.add(trigger)
    requests.clear()

    store.triggers.get(ACCOUNT, FUNCTION, trigger.id)
    store.triggers.of_source(TOPIC)
    with pytest.raises(TriggerNotFoundError):
        store.triggers.of_source(TOPIC + "2")

    assert [operation for operation, _ in requests] == ["GetItem"] * 4
    assert {params["ConsistentRead"] for _, params in requests} == {True}


def test_the_triggers_of_a_function_are_one_query(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_trigger: MakeTrigger
) -> None:
    for number in range(TRIGGERS):
        store.triggers.add(a_trigger(number=number))
    requests.clear()

    assert len(store.triggers.of_function(ACCOUNT, FUNCTION)) == TRIGGERS

    [(operation, params)] = requests
    assert (operation, params["ConsistentRead"]) == ("Query", True)


def test_a_trigger_its_source_and_its_place_in_the_count_are_one_transaction(
    store: DynamoDbStore,
    requests: list[tuple[str, Any]],
    a_trigger: MakeTrigger,
) -> None:
    with_source, without = a_trigger("topic", 1, topic_arn=TOPIC), a_trigger("webhook", 2)
    for trigger in (with_source, without):
        store.triggers.add(trigger)
        store.triggers.remove(trigger)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 4
    assert [len(params["TransactItems"]) for _, params in requests] == [3, 3, 2, 2]


def test_a_trigger_is_changed_and_its_failures_counted_by_one_request_each(
    store: DynamoDbStore, requests: list[tuple[str, Any]], a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    store.triggers.add(trigger)
    requests.clear()

    store.triggers.count_failure(trigger)
    store.triggers.forget_failures(trigger)
    store.triggers.replace(trigger.changed(trigger.document, None, 5), 1)
    store.triggers.count_failure(trigger)  # of a revision that is over

    operations = [operation for operation, _ in requests]
    assert operations == ["UpdateItem", "UpdateItem", "PutItem", "UpdateItem"]


def test_a_change_of_a_trigger_whose_answer_was_lost_is_no_lost_race(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger()
    store.triggers.add(trigger)
    changed = trigger.changed(trigger.document, None, 5)
    sent = lose_first_answer(moto_client, "PutItem")

    store.triggers.replace(changed, 1)

    assert len(sent) == 2
    assert store.triggers.get(ACCOUNT, FUNCTION, trigger.id) == changed


def test_a_trigger_is_added_with_a_token_by_which_dynamodb_knows_a_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_trigger: MakeTrigger
) -> None:
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(SourceInUseError):
        store.triggers.add(a_trigger("topic", topic_arn=TOPIC))

    assert len(sent) == 2
    assert b"ClientRequestToken" in sent[0]
    assert sent[0] == sent[1]


def test_a_trigger_that_went_while_its_source_was_read_is_not_found(
    store: DynamoDbStore, stub: Stubber, a_trigger: MakeTrigger
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    row = {
        "account_id": {"S": ACCOUNT},
        "function_id": {"S": FUNCTION},
        "trigger_id": {"S": trigger.id},
    }
    stub.add_response("get_item", {"Item": row})
    stub.add_response("get_item", {})

    with pytest.raises(TriggerNotFoundError):
        store.triggers.of_source(TOPIC)


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_a_trigger_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_trigger: MakeTrigger, code: str
) -> None:
    trigger = a_trigger("topic", topic_arn=TOPIC)
    refused: list[tuple[str, Callable[[], object]]] = [
        ("transact_write_items", lambda: store.triggers.add(trigger)),
        ("get_item", lambda: store.triggers.get(ACCOUNT, FUNCTION, trigger.id)),
        ("get_item", lambda: store.triggers.of_source(TOPIC)),
        ("query", lambda: store.triggers.of_function(ACCOUNT, FUNCTION)),
        ("put_item", lambda: store.triggers.replace(trigger, 1)),
        ("transact_write_items", lambda: store.triggers.remove(trigger)),
        ("update_item", lambda: store.triggers.count_failure(trigger)),
        ("update_item", lambda: store.triggers.forget_failures(trigger)),
    ]
    for operation, ask in refused:
        stub.add_client_error(operation, code)
        with pytest.raises(StoreUnavailableError):
            ask()


@pytest.mark.parametrize("code", UNAVAILABLE)
def test_what_dynamodb_refuses_makes_the_store_unavailable(
    store: DynamoDbStore, stub: Stubber, a_function: Make, code: str
) -> None:
    for operation in ("get_item", *["transact_write_items"] * 3, "query"):
        stub.add_client_error(operation, code)

    with pytest.raises(StoreUnavailableError):
        store.functions.get(ACCOUNT, a_function().id)
    with pytest.raises(StoreUnavailableError):
        store.functions.add(a_function())
    with pytest.raises(StoreUnavailableError):
        store.functions.replace(a_function(), 1)
    with pytest.raises(StoreUnavailableError):
        store.functions.remove(ACCOUNT, a_function().id, 1)
    with pytest.raises(StoreUnavailableError):
        next(store.functions.iterate(ACCOUNT, at_once=10))


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_no_way_to_dynamodb_makes_the_store_unavailable(
    store: DynamoDbStore, moto_client: "DynamoDBClient", a_function: Make, failure: Exception
) -> None:
    def fail(**_: object) -> None:
        raise failure

    moto_client.meta.events.register_first("before-send.dynamodb.GetItem", fail)
    # No second try, since botocore sleeps before it.
    moto_client.meta.events.unregister("needs-retry.dynamodb", unique_id="retry-config-dynamodb")

    with pytest.raises(StoreUnavailableError) as caught:
        store.functions.get(ACCOUNT, a_function().id)

    assert caught.value.__cause__ is failure


def test_the_client_gives_up_within_the_time_of_a_request() -> None:
    config: Any = client_config()

    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts < 29


def test_a_value_is_read_and_written_over_by_one_request(
    store: DynamoDbStore, requests: list[tuple[str, Any]]
) -> None:
    item, now = ItemKey(ACCOUNT, "orders", "17"), 1_800_000_000
    text, number = Value(b'"text"'), Value(b"1")
    store.key_values.put(item, text, now + 60, now)
    requests.clear()

    store.key_values.get(item, now)
    store.key_values.put(item, Value(b'{"other":"text"}'), now + 120, now)
    store.key_values.put(item, number, now + 120, now)
    store.key_values.compare_and_set(item, number, Value(b"2"), now + 180, now)
    store.key_values.compare_and_set(item, number, Value(b"3"), now + 180, now)
    store.key_values.increment(item, 5, now)

    assert [operation for operation, _ in requests] == ["GetItem", *["UpdateItem"] * 5]


def test_a_new_value_and_its_counts_are_one_transaction(
    store: DynamoDbStore, requests: list[tuple[str, Any]], an_account: MakeAccount
) -> None:
    parent = an_account(1)
    child = an_account(2, parent=parent)
    store.accounts.add(parent)
    store.accounts.add(child)
    requests.clear()

    store.key_values.put(ItemKey(child.id, "orders", "17"), Value(b"1"), None, 1_800_000_000)

    writes = [params for operation, params in requests if operation == "TransactWriteItems"]
    assert [len(params["TransactItems"]) for params in writes] == [3]


def test_an_increment_that_was_made_but_not_answered_is_made_once(
    store: DynamoDbStore, moto_client: "DynamoDBClient"
) -> None:
    item, now = ItemKey(ACCOUNT, "orders", "17"), 1_800_000_000
    store.key_values.increment(item, 1, now)
    update_item = moto_client.update_item

    def sent_twice(**request: Any) -> Any:
        update_item(**request)
        return update_item(**request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moto_client, "update_item", sent_twice)
        assert store.key_values.increment(item, 2, now) == 3
        assert store.key_values.compare_and_set(item, Value(b"3"), Value(b"9"), None, now)

    assert store.key_values.increment(item, 1, now) == 10
