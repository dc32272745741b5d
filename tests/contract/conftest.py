"""The stores that the contract runs on.

``ISOLAMBDA_TEST_DYNAMODB_ENDPOINT`` names a DynamoDB endpoint (``http://127.0.0.1:8000``) to run on
in addition; every test makes a table of its own there and deletes it.
"""

import os
import shutil
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from moto.core.common_types import TYPE_RESPONSE
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler

from isolambda_core.adapters import dynamodb
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.contracts.saved_calls import SavedCall
from isolambda_core.domain.documents import Document
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionRecord,
    Status,
)
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.ids import first_execution_id
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_core.ports.accounts import (
    AccountRepository,
    ApiKeyRepository,
)
from isolambda_core.ports.executions import (
    IdempotencyRepository,
    RecordRepository,
)
from isolambda_core.ports.functions import (
    AliasRepository,
    FunctionRepository,
    VersionRepository,
)
from isolambda_core.ports.key_values import KeyValueRepository
from isolambda_core.ports.triggers import TriggerRepository
from isolambda_local import sqlite
from tests.support.aws import (
    AWS_ACCOUNT,
    REGION,
    SESSION,
    emulation,
    unhooked_after,
)
from tests.support.both_clients import BothClients
from tests.support.clocks import SetClock
from tests.support.stores import Store
from tests.support.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENDPOINT = os.environ.get("ISOLAMBDA_TEST_DYNAMODB_ENDPOINT")  # noqa: TID251 - of the test run
ACCOUNT = "a" * 32
FUNCTION = "f" * 32
NOW_MS = 1_800_000_000_123

_SLOW = ["sqlite-file", "dynamodb-moto"]
if ENDPOINT is not None:
    _SLOW.append("dynamodb-endpoint")
BACKENDS = ["sqlite-memory", *(pytest.param(name, marks=pytest.mark.slow) for name in _SLOW)]


@pytest.fixture
def clock() -> SetClock:
    """Return the clock by which stores number what they write, where they do so by the time."""
    return SetClock(NOW_MS)


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, clock: SetClock) -> Iterator[Store]:
    match request.param:
        case "sqlite-memory":
            with closing(sqlite.open_store(None, clock=clock)) as opened:
                yield opened
        case "sqlite-file":
            path = request.getfixturevalue("store_file")
            with closing(sqlite.open_store(path, clock=clock)) as opened:
                yield opened
        case "dynamodb-moto":
            client, table = map(request.getfixturevalue, ("both_clients", "moto_table"))
            yield dynamodb.open_store(table, client, clock)
        case _:
            client = request.getfixturevalue("endpoint_client")
            with _table(client) as name:
                yield dynamodb.open_store(name, client, clock)


@pytest.fixture(params=["sqlite-file", *BACKENDS[2:]])
def two_of_one_store(
    request: pytest.FixtureRequest, clock: SetClock
) -> Iterator[tuple[Store, Store]]:
    """Return a store that was opened twice, as two processes or two environments have it."""
    if request.param == "sqlite-file":
        path = request.getfixturevalue("store_file")
        with (
            closing(sqlite.open_store(path, clock=clock)) as one,
            closing(sqlite.open_store(path, clock=clock)) as other,
        ):
            yield one, other
        return
    if request.param != "dynamodb-endpoint":
        client, table = map(request.getfixturevalue, ("both_clients", "moto_table"))
    else:
        client, table = map(request.getfixturevalue, ("endpoint_client", "endpoint_table"))
    yield dynamodb.open_store(table, client, clock), dynamodb.open_store(table, client, clock)


@pytest.fixture(scope="session")
def _empty_store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "isolambda.db"
    sqlite.open_store(path).close()
    return path


@pytest.fixture
def store_file(_empty_store_file: Path, tmp_path: Path) -> Path:
    """Return a file with an empty store, which takes longer to make than to copy."""
    path = tmp_path / "isolambda.db"
    shutil.copy(_empty_store_file, path)
    return path


@pytest.fixture
def functions(store: Store) -> FunctionRepository:
    return store.functions


@pytest.fixture
def versions(store: Store) -> VersionRepository:
    return store.versions


@pytest.fixture
def aliases(store: Store) -> AliasRepository:
    return store.aliases


@pytest.fixture
def accounts(store: Store) -> AccountRepository:
    return store.accounts


@pytest.fixture
def api_keys(store: Store) -> ApiKeyRepository:
    return store.api_keys


@pytest.fixture
def records(store: Store) -> RecordRepository:
    return store.records


@pytest.fixture
def idempotency_records(store: Store) -> IdempotencyRepository:
    return store.idempotency_records


@pytest.fixture
def triggers(store: Store) -> TriggerRepository:
    return store.triggers


@pytest.fixture
def key_values(store: Store) -> KeyValueRepository:
    return store.key_values


@pytest.fixture
def a_function() -> Callable[..., Function]:
    """Return a maker of functions: ``number`` is the id, other keywords are of the document."""

    def make(number: int = 1, *, account_id: str = ACCOUNT, **document: Any) -> Function:
        return Function(
            account_id=account_id,
            id=f"{number:032x}",
            document={
                "name": "hello",
                "function_js": "return 1",
                "enabled": True,
                "language_pack": "javascript",
                **document,
            },
            revision=1,
            created_at=1_700_000_000,
            modified_at=1_700_000_000,
        )

    return make


@pytest.fixture
def a_version() -> Callable[..., Version]:
    """Return a maker of versions, by their number; other keywords are of the document."""

    def make(
        number: int = 1,
        *,
        account_id: str = ACCOUNT,
        function_id: str = FUNCTION,
        description: str = "",
        **document: Any,
    ) -> Version:
        frozen = {"function_js": f"return {number}", "language_pack": "javascript", **document}
        return Version(account_id, function_id, number, description, frozen, 1_700_000_000)

    return make


@pytest.fixture
def an_alias() -> Callable[..., Alias]:
    """Return a maker of aliases, by what they point to."""

    def make(
        version: int = 1,
        additional_version: int | None = None,
        weight: float = 0.0,
        *,
        name: str = "live",
        function_id: str = FUNCTION,
        description: str = "",
    ) -> Alias:
        target = Target(version, additional_version, weight)
        return Alias(ACCOUNT, function_id, name, target, description, 1_700_000_000, 1_700_000_000)

    return make


@pytest.fixture
def a_saved_call() -> Callable[..., SavedCall]:
    """Return a maker of saved calls, by their names."""

    def make(
        name: str = "greets",
        input_: Any = None,
        *,
        account_id: str = ACCOUNT,
        function_id: str = FUNCTION,
    ) -> SavedCall:
        expect: Document = {"equal": {"hello": "Ada"}}
        return SavedCall(
            account_id, function_id, name, input_, expect, 1_700_000_000, 1_700_000_000
        )

    return make


@pytest.fixture
def an_account() -> Callable[..., Account]:
    """Return a maker of accounts: ``number`` is the id, other keywords are of the document."""

    def make(number: int = 1, *, parent: Account | None = None, **document: Any) -> Account:
        return Account(
            id=f"{number:032x}",
            document={"name": "mine", "enabled": True, **document},
            created_at=1_700_000_000,
            modified_at=1_700_000_000,
            ancestor_ids=(*parent.ancestor_ids, parent.id) if parent else (),
        )

    return make


@pytest.fixture
def a_record() -> Callable[..., ExecutionRecord]:
    """Return a maker of records: ``number`` counts those of a moment, other keywords are fields."""

    def make(
        number: int = 1,
        asked_at_ms: int = NOW_MS,
        *,
        account_id: str = ACCOUNT,
        function_id: str = FUNCTION,
        **fields: Any,
    ) -> ExecutionRecord:
        execution_id = f"{first_execution_id(asked_at_ms)[:12]}{number:020x}"
        known = {
            "version": "$LATEST",
            "qualifier": "$LATEST",
            "draft_revision": 7,
            "trigger": "kazoo",
            "request_id": "r",
            "status": Status.QUEUED,
        }
        return ExecutionRecord(execution_id, account_id, function_id, **{**known, **fields})

    return make


@pytest.fixture
def a_claim() -> Callable[..., IdempotencyRecord]:
    """Return a maker of claims of one key, by the number of who claims it."""

    def make(
        number: int = 1,
        *,
        account_id: str = ACCOUNT,
        function_id: str = FUNCTION,
        key_sha256: str = "0" * 64,
        expires_at: int = NOW_MS // 1000 + 60,
    ) -> IdempotencyRecord:
        return IdempotencyRecord(
            account_id=account_id,
            function_id=function_id,
            key_sha256=key_sha256,
            fingerprint=f"{number:064x}",
            execution_id=f"{number:032x}",
            lease_until_ms=NOW_MS + number,
            expires_at=expires_at,
        )

    return make


@pytest.fixture
def a_trigger() -> Callable[..., Trigger]:
    """Return a maker of triggers, by the document's type and the ``number`` that is the id.

    Other keywords are of the document, which need not be one that would be accepted.
    """

    def make(
        trigger_type: str = "webhook",
        number: int = 1,
        *,
        account_id: str = ACCOUNT,
        function_id: str = FUNCTION,
        own_queue_arn: str | None = None,
        secret: str | None = None,
        **document: Any,
    ) -> Trigger:
        known: Document = {
            "name": "hello",
            "enabled": True,
            "qualifier": "$LATEST",
            "type": trigger_type,
        }
        return Trigger(
            account_id,
            function_id,
            f"{number:032x}",
            {**known, **document},
            1_700_000_000,
            1_700_000_000,
            own_queue_arn=own_queue_arn,
            secret=secret,
        )

    return make


@pytest.fixture(scope="module")
def moto() -> Iterator[tuple["DynamoDBClient", str]]:
    """Return a client of moto, one request at a time, and a table for one test after the other.

    moto 5.2 checks a condition and writes the item in two steps without a lock between them
    (``Table.put_item``), and a refused transaction puts back a copy of the whole table
    (``transact_write_items``). DynamoDB does neither; without the lock the races are moto's.
    """
    one_at_a_time = Lock()
    call_action: Callable[[DynamoHandler], TYPE_RESPONSE] = DynamoHandler.call_action

    def call_action_alone(handler: DynamoHandler) -> TYPE_RESPONSE:
        with one_at_a_time:
            return call_action(handler)

    with pytest.MonkeyPatch.context() as patch, emulation(), closing(_client()) as client:
        patch.setattr(DynamoHandler, "call_action", call_action_alone)
        with _table(client) as name:
            yield client, name


@pytest.fixture(scope="session")
def _forms_of_calls() -> set[Hashable]:
    return set()


@pytest.fixture(scope="module")
def both_clients(moto: tuple["DynamoDBClient", str], _forms_of_calls: set[Hashable]) -> BothClients:
    """Return a client that stands for the product's own and for boto3's."""
    client, _ = moto
    return BothClients(client, _forms_of_calls)


@pytest.fixture
def moto_client(moto: tuple["DynamoDBClient", str]) -> Iterator["DynamoDBClient"]:
    """Return the client, for a test to hook into."""
    client, _ = moto
    with unhooked_after(client):
        yield client


@pytest.fixture
def moto_table(moto: tuple["DynamoDBClient", str]) -> Iterator[str]:
    """Return the name of the table, which is empty again after the test."""
    _, name = moto
    yield name
    dynamodb_backends[AWS_ACCOUNT][REGION].tables[name].items.clear()


@pytest.fixture(scope="session")  # to make a client takes longer than most tests ask it
def endpoint_client() -> Iterator["DynamoDBClient"]:
    if ENDPOINT is None:
        pytest.skip("ISOLAMBDA_TEST_DYNAMODB_ENDPOINT names none: ran on SQLite and moto alone")
    with closing(_client(ENDPOINT)) as client:
        yield client


@pytest.fixture
def endpoint_table(endpoint_client: "DynamoDBClient") -> Iterator[str]:
    with _table(endpoint_client) as name:
        yield name


def _client(endpoint: str | None = None) -> "DynamoDBClient":
    return SESSION.client(
        "dynamodb",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - what local endpoints take for their owner
    )


@contextmanager
def _table(client: "DynamoDBClient") -> Iterator[str]:
    name = f"isolambda-contract-{uuid4().hex}"
    made = make_table(client, name)
    if made["TableDescription"].get("TableStatus") != "ACTIVE":  # a local one is at once
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    try:
        yield name
    finally:
        client.delete_table(TableName=name)
