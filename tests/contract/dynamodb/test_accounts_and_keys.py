"""What the repositories of accounts and keys ask DynamoDB for."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters.dynamodb import (
    DynamoDbStore,
    keys,
    open_store,
)
from isolambda_core.adapters.jwt_tokens import JwtSigner
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    Scope,
)
from isolambda_core.domain.accounts.errors import AccountNotFoundError, ApiKeyNotFoundError
from isolambda_core.domain.errors import (
    RevisionConflictError,
)
from isolambda_core.services.accounts.access import AccessService
from isolambda_core.services.accounts.api_keys import KeyService
from isolambda_local.secrets.installation_secret import FileSecret
from tests.contract.dynamodb.requesting import (
    ACCOUNT,
    API_KEY,
    MakeAccount,
    keys_in,
    lose_first_answer,
)
from tests.support.clocks import SetClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow


def test_a_key_and_its_place_in_the_list_are_one_transaction(
    store: DynamoDbStore, requests: list[tuple[str, Any]]
) -> None:
    store.api_keys.add(API_KEY)
    store.api_keys.replace(API_KEY, API_KEY)
    store.api_keys.remove(API_KEY)

    assert [operation for operation, _ in requests] == ["TransactWriteItems"] * 3
    assert [len(params["TransactItems"]) for _, params in requests] == [4, 5, 5]


def test_dynamodb_gets_the_time_to_forget_a_key_in_both_of_its_places(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str
) -> None:
    store.api_keys.add(API_KEY)
    store.api_keys.replace(replace(API_KEY, expires_at=5), API_KEY)

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
        store.api_keys.replace(API_KEY, API_KEY)
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
    assert [len(params["TransactItems"]) for _, params in requests] == [5, 7, 12]


def test_a_parent_that_goes_while_a_request_knows_it_is_missed(
    store: DynamoDbStore, moto_client: "DynamoDBClient", moto_table: str, an_account: MakeAccount
) -> None:
    parent = an_account(1)
    store.accounts.add(parent)
    for _ in range(2):  # the second read of an item keeps it
        with store.catalog.reading():
            store.accounts.get(parent.id)

    with store.catalog.reading():
        store.accounts.get(parent.id)
        open_store(moto_table, moto_client).accounts.remove(parent)
        with pytest.raises(AccountNotFoundError):
            store.accounts.add(an_account(2, parent=parent))


def test_an_account_is_changed_with_a_token_by_which_dynamodb_knows_a_second_try(
    store: DynamoDbStore, moto_client: "DynamoDBClient", an_account: MakeAccount
) -> None:
    store.accounts.add(an_account())
    sent = lose_first_answer(moto_client, "TransactWriteItems")

    # moto does not honour the token of a transaction; DynamoDB answers the second try as the first.
    with pytest.raises(RevisionConflictError):
        store.accounts.replace(an_account().changed(an_account().document, 5), an_account())

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
