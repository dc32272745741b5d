"""The contract of ``RevokedTokenRepository``."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.adapters.dynamodb import DynamoDbStore
from isolambda_core.domain.accounts.api_keys import Token
from isolambda_core.domain.limits import TOKEN_S
from isolambda_core.ports.accounts import RevokedTokenRepository
from isolambda_local import sqlite
from isolambda_local.sqlite import SqliteStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_800_000_000


@pytest.fixture
def revoked(store: SqliteStore | DynamoDbStore) -> RevokedTokenRepository:
    return store.revoked_tokens


def a_token(number: int = 1, issued_at: int = NOW) -> Token:
    return Token(f"{number:032x}", "a" * 32, "0" * 64, issued_at, issued_at + TOKEN_S)


def test_a_token_is_revoked_once_it_was_added(revoked: RevokedTokenRepository) -> None:
    assert not revoked.has(a_token())

    revoked.add(a_token())

    assert revoked.has(a_token())


def test_a_token_may_be_revoked_once_more(revoked: RevokedTokenRepository) -> None:
    revoked.add(a_token())
    revoked.add(a_token())

    assert revoked.has(a_token())


def test_a_token_of_the_same_key_and_time_is_another(revoked: RevokedTokenRepository) -> None:
    revoked.add(a_token(1))

    assert not revoked.has(a_token(2))


def test_a_token_stays_revoked_until_it_expires(revoked: RevokedTokenRepository) -> None:
    revoked.add(a_token(1))
    for number in (2, 3, 4):
        revoked.add(a_token(number, issued_at=NOW + TOKEN_S))

    assert revoked.has(a_token(1))


def test_many_may_revoke_a_token_at_once(revoked: RevokedTokenRepository) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(revoked.add, [a_token(1), a_token(2)] * 8))

    assert revoked.has(a_token(1))
    assert revoked.has(a_token(2))


def test_sqlite_forgets_what_expired_before_another_was_issued() -> None:
    with closing(sqlite.open_store(None)) as store:
        store.revoked_tokens.add(a_token(1))
        store.revoked_tokens.add(a_token(2, issued_at=NOW + TOKEN_S + 1))

        with store.database.connection() as connection:
            left = connection.execute("SELECT id, expires_at FROM revoked_tokens").fetchall()

    assert left == [(a_token(2).id, NOW + 2 * TOKEN_S + 1)]


def test_dynamodb_gets_the_time_to_forget(moto_client: "DynamoDBClient", moto_table: str) -> None:
    dynamodb.open_store(moto_table, moto_client).revoked_tokens.add(a_token())

    [item] = moto_client.scan(TableName=moto_table)["Items"]

    assert item["expires_at"] == {"N": str(NOW + TOKEN_S)}
