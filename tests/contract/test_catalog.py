"""What is kept in memory is exact: a change is seen by the next request of another environment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from isolambda_core.adapters.aes_gcm import AesGcmSealer
from isolambda_core.adapters.dynamodb import DynamoDbStore, open_store
from isolambda_core.adapters.dynamodb import catalog as kept
from isolambda_core.adapters.json_schemas import JsonSchemaChecker
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey
from isolambda_core.domain.accounts.errors import AccountNotFoundError, ApiKeyNotFoundError
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import IsolambdaError
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import Alias, Target
from isolambda_core.domain.functions.errors import FunctionNotFoundError, QualifierNotFoundError
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.limits import CATALOG_ACCOUNTS, CATALOG_ITEMS, CATALOG_S
from isolambda_core.services.executions.execution import open_executions
from isolambda_local.secrets.installation_secret import FileSecret
from tests.support.clocks import SetClock
from tests.support.stores import Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT = "a" * 32
FUNCTION = f"{1:032x}"
KEY = ApiKey("0" * 64, "0" * 32, ACCOUNT, 1)

Change = Callable[[Store], object]


@dataclass(frozen=True)
class Environments:
    """Two environments of one store; a process on one machine has one for both."""

    here: Store
    there: Store


@dataclass(frozen=True)
class Content:
    """What is stored, as a request reads it."""

    account: Account
    function: Function
    version: Version
    alias: Alias
    api_key: ApiKey = KEY


@pytest.fixture
def environments(two_of_one_store: tuple[Store, Store]) -> Environments:
    return Environments(*two_of_one_store)


@pytest.fixture
def content(
    environments: Environments,
    an_account: Callable[..., Account],
    a_function: Callable[..., Function],
    a_version: Callable[..., Version],
    an_alias: Callable[..., Alias],
) -> Content:
    """Store an account with a key, a function, two versions and an alias."""
    content = Content(
        replace(an_account(), id=ACCOUNT),
        a_function(),
        a_version(1, function_id=FUNCTION),
        an_alias(1, function_id=FUNCTION),
    )
    store = environments.there
    store.accounts.add(content.account)
    store.api_keys.add(content.api_key)
    store.functions.add(content.function)
    store.versions.add(content.version)
    store.versions.add(a_version(2, function_id=FUNCTION))
    store.aliases.add(content.alias)
    return content


def request_of(store: Store) -> list[object]:
    """Read all that a request to execute reads; in place of what is not there, its error."""
    reads: list[Callable[[], object]] = [
        lambda: store.api_keys.get(KEY.sha256),
        lambda: store.accounts.get(ACCOUNT),
        lambda: store.functions.get(ACCOUNT, FUNCTION),
        lambda: store.versions.get(ACCOUNT, FUNCTION, 1),
        lambda: store.aliases.get(ACCOUNT, FUNCTION, "live"),
    ]
    found: list[object] = []
    with store.catalog.reading():
        for read in reads:
            try:
                found.append(read())
            except IsolambdaError as error:
                found.append(type(error))
    return found


def all_of(content: Content) -> list[object]:
    return [
        content.api_key,
        content.account,
        content.function,
        content.version,
        content.alias,
    ]


def warm(store: Store, content: Content) -> None:
    """Make a store keep all that a request reads."""
    for _ in range(3):
        assert request_of(store) == all_of(content)


DISABLED: Document = {"name": "mine", "enabled": False}
OTHER_SOURCE: Document = {"name": "hello", "function_js": "return 2", "enabled": True}

CHANGES: dict[str, tuple[Callable[[Store, Content], object], Callable[[Content], list[object]]]] = {
    "a key is revoked": (
        lambda store, _: store.api_keys.remove(KEY),
        lambda then: [ApiKeyNotFoundError, *all_of(then)[1:]],
    ),
    "a key is to expire": (
        lambda store, _: store.api_keys.replace(replace(KEY, expires_at=5), KEY),
        lambda then: [replace(KEY, expires_at=5), *all_of(then)[1:]],
    ),
    "an account is disabled": (
        lambda store, then: store.accounts.replace(then.account.changed(DISABLED, 5), then.account),
        lambda then: [KEY, then.account.changed(DISABLED, 5), *all_of(then)[2:]],
    ),
    "a function is changed": (
        lambda store, then: store.functions.replace(
            then.function.changed(OTHER_SOURCE, 5), then.function
        ),
        lambda then: [*all_of(then)[:2], then.function.changed(OTHER_SOURCE, 5), *all_of(then)[3:]],
    ),
    "a function is deleted softly": (
        lambda store, then: store.functions.replace(then.function.removed(5), then.function),
        lambda then: [*all_of(then)[:2], FunctionNotFoundError, *all_of(then)[3:]],
    ),
    "a function is removed": (
        lambda store, then: store.functions.remove(then.function),
        lambda then: [*all_of(then)[:2], FunctionNotFoundError, *all_of(then)[3:]],
    ),
    "all functions are removed": (
        lambda store, _: store.functions.remove_all(ACCOUNT),
        lambda then: [*all_of(then)[:2], FunctionNotFoundError, *all_of(then)[3:]],
    ),
    "an alias is moved": (
        lambda store, then: store.aliases.replace(moved(then), then.alias),
        lambda then: [*all_of(then)[:4], moved(then)],
    ),
    "an alias is removed": (
        lambda store, then: store.aliases.remove(then.alias),
        lambda then: [*all_of(then)[:4], QualifierNotFoundError],
    ),
    "all aliases are removed": (
        lambda store, _: store.aliases.remove_all(ACCOUNT, FUNCTION),
        lambda then: [*all_of(then)[:4], QualifierNotFoundError],
    ),
    "a version is removed": (
        lambda store, then: (store.aliases.remove(then.alias), store.versions.remove(then.version)),
        lambda then: [*all_of(then)[:3], QualifierNotFoundError, QualifierNotFoundError],
    ),
    "all versions are removed": (
        lambda store, _: store.versions.remove_all(ACCOUNT, FUNCTION),
        lambda then: [*all_of(then)[:3], QualifierNotFoundError, then.alias],
    ),
    "an account is removed": (
        lambda store, then: store.accounts.remove(then.account),
        lambda then: [KEY, AccountNotFoundError, *all_of(then)[2:]],
    ),
}


def moved(content: Content) -> Alias:
    return content.alias.moved(Target(2), "", "", 5)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_by_the_next_request_of_every_environment(
    environments: Environments, content: Content, name: str
) -> None:
    change, expected = CHANGES[name]
    warm(environments.here, content)
    warm(environments.there, content)

    change(environments.there, content)

    for store in (environments.here, environments.there, environments.here):
        assert request_of(store) == expected(content)


def test_a_request_sees_what_it_wrote_itself(environments: Environments, content: Content) -> None:
    store = environments.here
    warm(store, content)
    changed = content.function.changed(OTHER_SOURCE, 5)

    with store.catalog.reading():
        assert store.functions.get(ACCOUNT, FUNCTION) == content.function
        store.functions.replace(changed, replace(changed, revision=1))
        assert store.functions.get(ACCOUNT, FUNCTION) == changed


def test_the_tools_of_an_account_are_seen_as_they_are_by_the_next_request(
    environments: Environments, content: Content, a_function: Callable[..., Function]
) -> None:
    def tools(store: Store) -> list[tuple[str, int]]:
        with store.catalog.reading():
            return [(each.id, each.revision) for each in store.functions.tools(ACCOUNT)]

    tool = a_function(7, tool={"description": "d"})
    here, there = environments.here, environments.there
    seen = [[tools(here), tools(here), tools(here)]]
    there.functions.add(tool)
    seen.append([tools(here), tools(there), tools(here)])
    changed = content.function.changed({**content.function.document, **tool.document}, 5)
    there.functions.replace(changed, replace(changed, revision=1))
    seen.append([tools(here), tools(here)])
    there.functions.remove(replace(tool, revision=1))
    seen.append([tools(here), tools(here)])

    assert seen == [
        [[]] * 3,
        [[(tool.id, 1)]] * 3,
        [[(FUNCTION, 2), (tool.id, 1)]] * 2,
        [[(FUNCTION, 2)]] * 2,
    ]


def test_no_request_that_begins_after_a_change_sees_what_was_before(
    environments: Environments, content: Content
) -> None:
    revisions: list[int] = [1]
    done = Event()

    def write() -> None:
        current = content.function
        try:
            for _ in range(25):
                changed = current.changed(OTHER_SOURCE, 5)
                environments.there.functions.replace(changed, current)
                current = changed
                revisions.append(current.revision)
        finally:
            done.set()

    def ask() -> int:
        asked = 0
        while not done.is_set() or not asked:
            at_least = revisions[-1]
            with environments.here.catalog.reading():
                found = environments.here.functions.get(ACCOUNT, FUNCTION)
            assert found.revision >= at_least
            asked += 1
        return asked

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        pool.submit(write).result()
        assert all(each.result() for each in asking)
    with environments.here.catalog.reading():
        assert environments.here.functions.get(ACCOUNT, FUNCTION).revision == revisions[-1]


@dataclass
class Asked:
    """The requests that were made of DynamoDB, by their operations."""

    operations: list[str] = field(default_factory=list)

    def of(self, ask: Callable[[], object]) -> list[str]:
        self.operations.clear()
        ask()
        return list(self.operations)


@pytest.fixture
def asked(moto_client: "DynamoDBClient") -> Asked:
    asked = Asked()

    def note(model: Any, **_: object) -> None:
        asked.operations.append(model.name)

    moto_client.meta.events.register("provide-client-params.dynamodb", note)
    return asked


@pytest.fixture
def store(moto_client: "DynamoDBClient", moto_table: str) -> DynamoDbStore:
    return open_store(moto_table, moto_client)


class TestDynamoDb:
    """What it takes DynamoDB, and what is kept."""

    pytestmark = pytest.mark.slow

    @pytest.fixture
    def environments(self, store: DynamoDbStore) -> Environments:
        return Environments(store, store)

    def test_a_request_is_one_read_once_all_is_kept(
        self, store: DynamoDbStore, content: Content, asked: Asked
    ) -> None:
        each = [asked.of(lambda: request_of(store)) for _ in range(4)]

        assert each[0] == ["GetItem"] * 5
        assert each[1] == ["TransactGetItems"] * 5
        assert each[2] == each[3] == ["GetItem"]
        assert request_of(store) == all_of(content)

    def test_outside_of_a_request_each_read_asks_the_table(
        self, store: DynamoDbStore, content: Content, asked: Asked
    ) -> None:
        warm(store, content)

        assert asked.of(lambda: store.functions.get(ACCOUNT, FUNCTION)) == ["GetItem"]

    @pytest.mark.usefixtures("content")
    def test_what_is_not_there_is_not_kept(self, store: DynamoDbStore, asked: Asked) -> None:
        def ask() -> None:
            with store.catalog.reading(), pytest.raises(FunctionNotFoundError):
                store.functions.get(ACCOUNT, "0" * 32)

        assert [asked.of(ask) for _ in range(3)] == [["GetItem"]] * 3

    def test_while_an_item_is_written_it_is_read_and_not_kept(
        self, store: DynamoDbStore, moto_client: "DynamoDBClient", content: Content, asked: Asked
    ) -> None:
        with store.catalog.reading():
            store.functions.get(ACCOUNT, FUNCTION)
        with Stubber(moto_client) as stub:
            stub.add_client_error(
                "transact_get_items",
                "TransactionCanceledException",
                modeled_fields={"CancellationReasons": [{"Code": "TransactionConflict"}] * 2},
            )
            stub.add_response("get_item", {})
            with store.catalog.reading(), pytest.raises(FunctionNotFoundError):
                store.functions.get(ACCOUNT, FUNCTION)

        def ask() -> None:
            with store.catalog.reading():
                assert store.functions.get(ACCOUNT, FUNCTION) == content.function

        assert [asked.of(ask) for _ in range(3)] == [["GetItem"], ["TransactGetItems"], ["GetItem"]]

    def test_what_something_else_wrote_is_seen_in_a_minute(
        self,
        store: DynamoDbStore,
        moto_client: "DynamoDBClient",
        moto_table: str,
        content: Content,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        clock = SetClock()
        monkeypatch.setattr(store.catalog, "_clock", clock)
        warm(store, content)
        [item] = [
            item
            for item in moto_client.scan(TableName=moto_table)["Items"]
            if item["sk"]["S"] == f"FUNCTION#{FUNCTION}"
        ]
        moto_client.put_item(TableName=moto_table, Item={**item, "revision": {"N": "7"}})

        clock.time_ms += 1000 * CATALOG_S
        with store.catalog.reading():
            assert store.functions.get(ACCOUNT, FUNCTION).revision == 7

    def test_so_many_accounts_are_kept(
        self, store: DynamoDbStore, an_account: Callable[..., Account], asked: Asked
    ) -> None:
        accounts = [an_account(number) for number in range(CATALOG_ACCOUNTS + 1)]

        def ask(account: Account) -> None:
            with store.catalog.reading():
                store.accounts.get(account.id)

        for account in accounts:
            store.accounts.add(account)
            ask(account)
            ask(account)

        assert asked.of(lambda: ask(accounts[1])) == ["GetItem"]
        asked.of(lambda: ask(accounts[0]))
        assert asked.of(lambda: ask(accounts[0])) == ["TransactGetItems"]

    def test_so_many_items_of_an_account_are_kept_and_none_of_another_go_for_them(
        self,
        store: DynamoDbStore,
        a_function: Callable[..., Function],
        asked: Asked,
    ) -> None:
        def ask(function: Function) -> None:
            with store.catalog.reading():
                store.functions.get(function.account_id, function.id)

        other = a_function(account_id="b" * 32)
        functions = [a_function(number) for number in range(CATALOG_ITEMS + 1)]
        for function in (other, *functions):
            store.functions.add(function)
            ask(function)
            ask(function)

        assert asked.of(lambda: ask(other)) == ["GetItem"]
        asked.of(lambda: ask(functions[0]))
        assert asked.of(lambda: ask(functions[0])) == ["TransactGetItems"]

    def test_so_many_characters_of_an_account_are_kept(
        self,
        store: DynamoDbStore,
        a_function: Callable[..., Function],
        asked: Asked,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(kept, "CATALOG_CHARACTERS", 5_000)

        def ask(function: Function) -> None:
            with store.catalog.reading():
                store.functions.get(function.account_id, function.id)

        functions = [a_function(number, function_js="x" * 2_000) for number in range(3)]
        for function in functions:
            store.functions.add(function)
            ask(function)
            ask(function)

        assert asked.of(lambda: ask(functions[2])) == ["GetItem"]
        asked.of(lambda: ask(functions[0]))
        assert asked.of(lambda: ask(functions[0])) == ["TransactGetItems"]


def test_a_ceiling_that_another_environment_sets_above_an_account_holds_for_the_next_request(
    environments: Environments,
    an_account: Callable[..., Account],
    a_function: Callable[..., Function],
) -> None:
    here, there = environments.here, environments.there
    top = an_account(11, net={"allow": ["*.example.com"]})
    below = an_account(12, parent=top)
    function = a_function(13, account_id=below.id, net={"allow": ["a.example.com"]})
    for account in (top, below):
        here.accounts.add(account)
    here.functions.add(function)
    executions = open_executions(
        there, AesGcmSealer(FileSecret(bytes(32))), JsonSchemaChecker(), SetClock()
    )

    def net() -> tuple[tuple[str, ...], ...]:
        with there.catalog.reading():
            return executions.resolve(Invocation(below.id, function.id, b"{}")).net

    for _ in range(3):  # the second read keeps what the third finds in memory
        assert net() == (("a.example.com",), ("*.example.com",))
    document = {**top.document, "net": {"allow": []}}
    here.accounts.replace(top.changed(document, 5), top)

    assert net() == (("a.example.com",), ())
