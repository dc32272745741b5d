"""The contract of ``ClaimRepository``."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.domain.errors import RevisionConflictError
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.ports.executions import (
    IdempotencyRepository,
    RecordRepository,
)
from isolambda_local import sqlite
from isolambda_local.sqlite import SqliteStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Make = Callable[..., IdempotencyRecord]

ACCOUNT, OTHER_ACCOUNT = "a" * 32, "b" * 32
FUNCTION, OTHER_FUNCTION = "f" * 32, "e" * 32
NOW = 1_800_000_000


@pytest.fixture
def sqlite_store() -> Iterator[SqliteStore]:
    with closing(sqlite.open_store(None)) as opened:
        yield opened


def held(
    idempotency_records: IdempotencyRepository, claim: IdempotencyRecord
) -> IdempotencyRecord | None:
    """Return the holder of the key of ``claim``, or None, and leave it so."""
    probe = replace(claim, execution_id="9" * 32)
    found = idempotency_records.add(probe, 0)
    if found != probe:
        return found
    idempotency_records.remove(probe)
    return None


def test_a_key_is_given_to_the_first_and_the_others_learn_its_holder(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    first = a_claim(1)

    assert idempotency_records.add(first, NOW) == first
    for number in (2, 3):
        assert idempotency_records.add(a_claim(number), NOW) == first


def test_the_same_claim_once_more_is_still_the_one(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    for _ in range(2):
        assert idempotency_records.add(a_claim(), NOW) == a_claim()


def test_a_claim_comes_back_with_numbers_of_every_size(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    claim = replace(a_claim(expires_at=2**53), lease_until_ms=2**53 - 1)
    idempotency_records.add(claim, NOW)

    assert idempotency_records.add(a_claim(2), NOW) == claim


def test_a_claim_holds_until_it_expires_and_not_longer(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    first = a_claim(1, expires_at=NOW + 10)
    second, third = a_claim(2, expires_at=NOW + 20), a_claim(3, expires_at=NOW + 30)
    idempotency_records.add(first, NOW)

    assert idempotency_records.add(second, NOW + 9) == first
    assert idempotency_records.add(second, NOW + 10) == second
    assert idempotency_records.add(third, NOW + 19) == second
    assert idempotency_records.add(third, NOW + 1_000_000) == third


def test_every_key_of_every_function_of_every_account_is_one_of_its_own(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    apart = [
        a_claim(1),
        a_claim(2, key_sha256="1" * 64),
        a_claim(3, function_id=OTHER_FUNCTION),
        a_claim(4, account_id=OTHER_ACCOUNT),
        a_claim(5, account_id=FUNCTION, function_id=ACCOUNT),
    ]

    assert [idempotency_records.add(claim, NOW) for claim in apart] == apart
    assert [held(idempotency_records, claim) for claim in apart] == apart


def test_a_claim_is_written_over_the_one_that_it_was_made_for(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    idempotency_records.add(a_claim(1), NOW)
    second = a_claim(2, expires_at=NOW + 99)

    idempotency_records.replace(second, a_claim(1))

    assert held(idempotency_records, a_claim()) == second

    longer = replace(second, lease_until_ms=5)
    idempotency_records.replace(longer, second)

    assert held(idempotency_records, a_claim()) == longer


def test_a_claim_is_written_over_no_other(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    with pytest.raises(RevisionConflictError):
        idempotency_records.replace(a_claim(2), a_claim(1))
    assert held(idempotency_records, a_claim()) is None
    idempotency_records.add(a_claim(1), NOW)
    idempotency_records.replace(a_claim(2), a_claim(1))

    for rival, before in ((a_claim(3), a_claim(1)), (a_claim(2), a_claim(1))):
        with pytest.raises(RevisionConflictError):
            idempotency_records.replace(rival, before)

    assert held(idempotency_records, a_claim()) == a_claim(2)


def test_a_claim_that_is_removed_leaves_the_key_free(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    other = a_claim(1, key_sha256="1" * 64)
    for claim in (a_claim(1), other):
        idempotency_records.add(claim, NOW)

    for _ in range(2):  # one that is gone stays so
        idempotency_records.remove(a_claim(1))

    assert idempotency_records.add(a_claim(2), NOW) == a_claim(2)
    assert held(idempotency_records, other) == other


def test_a_claim_that_lost_its_key_cannot_free_it(
    idempotency_records: IdempotencyRepository, a_claim: Make
) -> None:
    idempotency_records.add(a_claim(1), NOW)
    idempotency_records.replace(a_claim(2), a_claim(1))

    idempotency_records.remove(a_claim(1))

    assert held(idempotency_records, a_claim()) == a_claim(2)


def test_all_claims_of_a_function_are_removed_and_nothing_else(
    idempotency_records: IdempotencyRepository,
    records: RecordRepository,
    a_claim: Make,
    a_record: Callable[..., ExecutionRecord],
) -> None:
    kept = [a_claim(function_id=OTHER_FUNCTION), a_claim(account_id=OTHER_ACCOUNT)]
    many = [a_claim(number, key_sha256=f"{number:064x}") for number in range(130)]
    for claim in (*kept, *many):
        idempotency_records.add(claim, NOW)
    records.add(a_record(), ExecutionPayload(b"{}"))

    idempotency_records.remove_all(ACCOUNT, FUNCTION)

    assert [held(idempotency_records, claim) for claim in kept] == kept
    assert {held(idempotency_records, claim) for claim in many} == {None}
    assert records.get(ACCOUNT, FUNCTION, a_record().id) == a_record()


def test_dynamodb_gets_the_time_when_a_claim_may_go(
    moto_client: "DynamoDBClient", moto_table: str, a_claim: Make
) -> None:
    idempotency_records = dynamodb.open_store(moto_table, moto_client).idempotency_records
    idempotency_records.add(a_claim(1, expires_at=NOW + 5), NOW)
    idempotency_records.replace(a_claim(2, expires_at=NOW + 7), a_claim(1))
    idempotency_records.add(a_claim(3, key_sha256="1" * 64, expires_at=NOW + 9), NOW)

    items = moto_client.scan(TableName=moto_table)["Items"]
    claims = [item for item in items if not item["sk"]["S"].startswith("USAGE#")]  # which counts

    assert [item["expires_at"]["N"] for item in claims] == [str(NOW + 7), str(NOW + 9)]


def test_sqlite_lets_go_of_what_expired_a_bounded_number_at_a_time(
    sqlite_store: SqliteStore, a_claim: Make
) -> None:
    for number in range(150):
        sqlite_store.idempotency_records.add(
            a_claim(function_id=f"{number:032x}", expires_at=NOW), NOW - 1
        )
    later = a_claim(expires_at=NOW + 1)

    sqlite_store.idempotency_records.add(later, NOW)
    after_one = count(sqlite_store)
    assert sqlite_store.idempotency_records.add(a_claim(2), NOW) == later

    assert (after_one, count(sqlite_store)) == (51, 1)


def count(store: SqliteStore) -> int:
    with store.database.connection() as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM claims").fetchall()
    return int(rows)
