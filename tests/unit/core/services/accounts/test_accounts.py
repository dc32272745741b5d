from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from inspect import signature

import pytest
from typing_extensions import override

from isolambda_api.http.services import Services
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.errors import (
    AccountHasChildrenError,
    AccountNotFoundError,
    ApiKeyNotFoundError,
    ForbiddenError,
)
from isolambda_core.domain.coroutines import complete
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import (
    InvalidDocumentError,
    PreconditionFailedError,
    RevisionConflictError,
    StoreUnavailableError,
)
from isolambda_core.domain.executions.invocation import Invocation
from isolambda_core.domain.functions.aliases import (
    Alias,
    Target,
)
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.ids import is_id
from isolambda_core.domain.key_values.values import ItemKey, Value
from isolambda_core.domain.limits import ACCOUNT_DEPTH
from isolambda_core.services.accounts.accounts import AccountService
from isolambda_local.sqlite import SqliteStore
from isolambda_local.sqlite.accounts import SqliteAccountRepository
from isolambda_local.sqlite.functions import SqliteFunctionRepository
from tests.support.clocks import TickingClock

DOCUMENT: Document = {"name": "below"}
KEY = "an idempotency key"


@pytest.fixture
def service(services: Services) -> AccountService:
    return replace(
        services.accounts,
        functions=replace(services.functions, clock=TickingClock()),
        api_keys=replace(services.keys, clock=TickingClock()),
        clock=TickingClock(),
    )


@pytest.fixture
def top(service: AccountService) -> Account:
    account, _ = service.create_top("top")
    return account


def keep_function(service: AccountService, account: Account) -> Function:
    return service.functions.create(account.id, {"name": "hello", "function_js": "return 1"})


def ids(accounts: Sequence[Account]) -> list[str]:
    return [account.id for account in accounts]


def test_an_account_at_the_top_has_a_key_of_its_own(service: AccountService) -> None:
    account, secret = service.create_top("mine")

    assert is_id(account.id)
    assert account.document == {"name": "mine", "enabled": True}
    assert (account.revision, account.created_at, account.modified_at) == (1, 1, 1)
    assert account.ancestor_ids == ()
    assert service.fetch(account.id) == account
    assert service.api_keys.own(account.id) == secret


def test_an_account_below_another_has_a_key_of_its_own_too(
    service: AccountService, top: Account
) -> None:
    account = service.create(top, {"name": "below", "custom": 1, "pvt_tree": [], "id": "x"})

    assert is_id(account.id)
    assert account.document == {"name": "below", "custom": 1, "enabled": True}
    assert account.ancestor_ids == (top.id,)
    assert service.fetch(account.id) == account
    assert service.api_keys.own(account.id) != service.api_keys.own(top.id)


def test_an_account_knows_all_that_are_above_it(service: AccountService, top: Account) -> None:
    middle = service.create(top, DOCUMENT)
    bottom = service.create(middle, DOCUMENT)

    assert service.fetch(bottom.id).ancestor_ids == (top.id, middle.id)


def test_accounts_are_not_below_each_other_without_end(
    service: AccountService, top: Account
) -> None:
    account = top
    for _ in range(ACCOUNT_DEPTH - 1):
        account = service.create(account, DOCUMENT)

    with pytest.raises(ForbiddenError, match=f"at most {ACCOUNT_DEPTH} accounts"):
        service.create(account, DOCUMENT)

    assert service.children(account.id, 10, None, descending=True).items == []


@pytest.mark.parametrize("document", [{}, {"name": ""}, {"name": 5}, {"name": "x", "enabled": 0}])
def test_an_invalid_account_is_not_kept(
    service: AccountService, top: Account, document: Document
) -> None:
    with pytest.raises(InvalidDocumentError):
        service.create(top, document)

    assert service.children(top.id, 10, None, descending=True).items == []


def test_nothing_is_kept_below_an_account_that_was_removed(
    service: AccountService, top: Account
) -> None:
    service.remove(top)

    with pytest.raises(AccountNotFoundError):
        service.create(top, DOCUMENT)

    assert service.children(top.id, 10, None, descending=True).items == []


def test_the_values_of_an_account_go_with_it_and_those_of_its_parent_stay(
    service: AccountService, top: Account, store: SqliteStore
) -> None:
    child = service.create(top, DOCUMENT)
    items = [ItemKey(account.id, "orders", "17") for account in (child, top)]
    for item in items:
        store.key_values.put(item, Value(b"1"), None, 1)

    service.remove(child)

    assert [store.key_values.get(item, 1) is None for item in items] == [True, False]


def test_children_are_listed_page_by_page(service: AccountService, top: Account) -> None:
    children = sorted(service.create(top, DOCUMENT).id for _ in range(3))
    grandchild = service.create(service.fetch(children[0]), DOCUMENT)

    first = service.children(top.id, 2, None, descending=False)
    rest = service.children(top.id, 2, first.next_after, descending=False)
    whole = service.children(top.id, 3, None, descending=True)

    assert (ids(first.items), first.next_after) == (children[:2], children[1])
    assert (ids(rest.items), rest.next_after) == (children[2:], None)
    assert (ids(whole.items), whole.next_after) == (children[::-1], None)
    dependents = service.children(children[0], 2, None, descending=False)
    assert (dependents.items, dependents.next_after) == ([grandchild], None)


def test_a_change_replaces_the_whole_document(service: AccountService, top: Account) -> None:
    made = service.create(top, {"name": "below", "note": "x", "enabled": False})

    changed = service.change(made.id, {"name": "changed", "_read_only": {}})

    assert changed.document == {"name": "changed", "enabled": True}
    assert (changed.revision, changed.created_at) == (2, made.created_at)
    assert changed.modified_at > made.modified_at
    assert changed.ancestor_ids == made.ancestor_ids
    assert service.fetch(made.id) == changed


def test_a_patch_changes_what_it_names(service: AccountService, top: Account) -> None:
    made = service.create(top, {"name": "below", "note": "x", "tags": {"a": 1, "b": 2}})

    patched = service.patch(made.id, {"note": None, "tags": {"b": None}, "enabled": False})

    assert patched.document == {"name": "below", "tags": {"a": 1}, "enabled": False}
    assert service.fetch(made.id) == patched


def test_a_write_that_breaks_the_document_changes_nothing(
    service: AccountService, top: Account
) -> None:
    with pytest.raises(InvalidDocumentError):
        service.change(top.id, {})
    with pytest.raises(InvalidDocumentError):
        service.patch(top.id, {"name": None})

    assert service.fetch(top.id) == top


def test_a_write_is_made_over_the_revision_that_the_client_expects(
    service: AccountService, top: Account
) -> None:
    def is_first(etag: str) -> bool:
        return etag == top.etag

    second = service.change(top.id, {"name": "second"}, is_first)

    with pytest.raises(PreconditionFailedError):
        service.change(top.id, {"name": "third"}, is_first)
    with pytest.raises(PreconditionFailedError):
        service.patch(top.id, {"name": "third"}, is_first)
    assert service.fetch(top.id) == second
    third = service.patch(top.id, {"name": "third"}, lambda etag: etag == second.etag)
    assert service.fetch(top.id) == third


def test_what_is_not_there_is_not_found(service: AccountService, top: Account) -> None:
    service.remove(top)

    with pytest.raises(AccountNotFoundError):
        service.fetch(top.id)
    with pytest.raises(AccountNotFoundError):
        service.change(top.id, DOCUMENT)
    with pytest.raises(AccountNotFoundError):
        service.patch(top.id, DOCUMENT)
    with pytest.raises(RevisionConflictError):
        service.remove(top)


def test_an_account_takes_its_own_keys_and_functions_along_alone(
    store: SqliteStore, service: AccountService, top: Account
) -> None:
    goes, stays = service.create(top, DOCUMENT), service.create(top, DOCUMENT)
    gone, kept = keep_function(service, goes), keep_function(service, stays)

    service.remove(goes)

    with pytest.raises(ApiKeyNotFoundError):
        service.api_keys.own(goes.id)
    assert service.api_keys.own(stays.id)
    assert service.functions.fetch(stays.id, kept.id) == kept
    assert service.children(top.id, 10, None, descending=True).items == [stays]
    store.functions.add(gone)  # the id is free, so nothing was left behind


def test_an_account_with_others_below_it_loses_nothing(
    service: AccountService, top: Account
) -> None:
    child = service.create(top, DOCUMENT)
    function = keep_function(service, top)
    own = service.api_keys.own(top.id)

    with pytest.raises(AccountHasChildrenError):
        service.remove(top)

    assert service.fetch(top.id) == top
    assert service.api_keys.own(top.id) == own
    assert service.functions.fetch(top.id, function.id) == function
    service.remove(child)
    service.remove(top)


def test_an_account_takes_all_that_is_below_its_functions_along(
    store: SqliteStore, service: AccountService, services: Services, top: Account
) -> None:
    functions = [keep_function(service, top) for _ in range(2)]
    for function in functions:
        version, _ = services.versions.publish(top.id, function.id, "")
        store.aliases.add(Alias(top.id, function.id, "live", Target(version.number), "", 1, 1))
        assert not complete(
            services.invocations.execute(Invocation(top.id, function.id, b"1"), KEY)
        ).replayed
    service.functions.remove(top.id, functions[0].id)  # deleted, but still kept

    service.remove(top)

    for function in functions:
        assert store.versions.last_number(top.id, function.id) == 0
        assert store.aliases.of_function(top.id, function.id) == []
        assert list(store.records.iterate(top.id, function.id, at_once=10)) == []
        store.functions.add(function)
        assert not complete(
            services.invocations.execute(Invocation(top.id, function.id, b"2"), KEY)
        ).replayed


def test_every_repository_that_can_forget_a_function_forgets_one_that_is_removed(
    store: SqliteStore, service: AccountService
) -> None:
    repositories = [getattr(store, each.name) for each in fields(store)]
    forgetting = [
        each
        for each in repositories
        if hasattr(each, "remove_all") and "function_id" in signature(each.remove_all).parameters
    ]

    assert store.aliases in forgetting
    assert [each for each in forgetting if each not in service.functions.dependents] == []


@dataclass(frozen=True, slots=True)
class FunctionsThatFailOnce(SqliteFunctionRepository):
    """The store goes away, once, in the middle of a removal."""

    failed: list[str] = field(default_factory=list)

    @override
    def remove_all(self, account_id: str) -> None:
        if not self.failed:
            self.failed.append(account_id)
            raise StoreUnavailableError
        SqliteFunctionRepository.remove_all(self, account_id)


@dataclass(frozen=True, slots=True)
class AccountsThatFailOnce(SqliteAccountRepository):
    """The store goes away, once, at the end of a removal."""

    failed: list[str] = field(default_factory=list)

    @override
    def remove(self, account: Account) -> None:
        if not self.failed:
            self.failed.append(account.id)
            raise StoreUnavailableError
        SqliteAccountRepository.remove(self, account)


@pytest.mark.parametrize("failing", ["functions", "accounts"])
def test_a_removal_that_was_cut_off_is_finished_by_asking_again(
    store: SqliteStore, service: AccountService, top: Account, failing: str
) -> None:
    account = service.create(top, DOCUMENT)
    function = keep_function(service, account)
    failing_functions = replace(
        service.functions, functions=FunctionsThatFailOnce(store.database, store.audit)
    )
    cut_off = {
        "functions": replace(service, functions=failing_functions),
        "accounts": replace(service, accounts=AccountsThatFailOnce(store.database, store.audit)),
    }[failing]

    with pytest.raises(StoreUnavailableError):
        cut_off.remove(account)
    assert service.fetch(account.id) == account
    cut_off.remove(account)

    with pytest.raises(AccountNotFoundError):
        service.fetch(account.id)
    assert service.api_keys.list(account.id) == []
    store.functions.add(function)  # the id is free, so nothing was left behind


@dataclass(frozen=True, slots=True)
class RacedAccounts(SqliteAccountRepository):
    """Another client writes, once, right after an account was read."""

    raced: list[str] = field(default_factory=list)

    @override
    def get(self, account_id: str) -> Account:
        account = SqliteAccountRepository.get(self, account_id)
        if not self.raced:
            self.raced.append(account_id)
            self.replace(account.changed({**account.document, "name": "theirs"}, 99), account)
        return account


@pytest.mark.parametrize("write", ["change", "patch", "remove"])
def test_a_write_that_lost_a_race_changes_nothing(
    store: SqliteStore, service: AccountService, top: Account, write: str
) -> None:
    raced = replace(service, accounts=RacedAccounts(store.database, store.audit))
    writes: dict[str, Callable[[], object]] = {
        "change": lambda: raced.change(top.id, DOCUMENT),
        "patch": lambda: raced.patch(top.id, {"name": "mine"}),
        "remove": lambda: raced.remove(raced.fetch(top.id)),
    }

    with pytest.raises(RevisionConflictError):
        writes[write]()

    assert service.fetch(top.id).name == "theirs"


def test_an_account_made_while_its_parent_goes_keeps_the_parent(
    store: SqliteStore, service: AccountService, top: Account
) -> None:
    @dataclass(frozen=True, slots=True)
    class FunctionsInTheMeantime(SqliteFunctionRepository):
        @override
        def remove_all(self, account_id: str) -> None:
            service.create(top, DOCUMENT)

    functions = replace(
        service.functions, functions=FunctionsInTheMeantime(store.database, store.audit)
    )
    raced = replace(service, functions=functions)

    with pytest.raises(AccountHasChildrenError):
        raced.remove(top)

    assert service.fetch(top.id) == top
    assert len(service.children(top.id, 10, None, descending=True).items) == 1
