"""A store says whether it can be written, and nothing in it changes by that."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from isolambda_core.adapters import dynamodb
from isolambda_core.domain.errors import StoreUnavailableError, kind_of
from isolambda_local import sqlite
from isolambda_local.sqlite import database
from tests.support.stores import Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_a_store_that_takes_writes_lets_pass(store: Store) -> None:
    store.require_writable()


def test_a_file_that_another_process_locks_is_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_TIMEOUT_SECONDS", 0.01)
    path = tmp_path / "isolambda.db"
    with (
        closing(sqlite.open_store(path)) as store,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailableError) as caught:
            store.require_writable()
        assert kind_of(caught.value) == "StoreUnavailable (SQLITE_BUSY)"

        other.execute("ROLLBACK")
        store.require_writable()


def _full(_: int) -> None:
    raise OSError(28, os.strerror(28))


def test_a_disk_that_takes_no_bytes_is_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite.open_store(tmp_path / "isolambda.db")) as store:
        monkeypatch.setattr("os.fsync", _full)

        with pytest.raises(StoreUnavailableError) as caught:
            store.require_writable()

    assert kind_of(caught.value) == "StoreUnavailable (ENOSPC)"


@pytest.mark.parametrize(
    ("is_replaced", "fault"),
    [(False, "StoreUnavailable (ENOENT)"), (True, "StoreUnavailable (ESTALE)")],
)
def test_a_file_that_was_removed_while_it_is_open_is_not_writable(
    tmp_path: Path, is_replaced: bool, fault: str
) -> None:
    path = tmp_path / "isolambda.db"
    with closing(sqlite.open_store(path)) as store:
        path.rename(tmp_path / "elsewhere.db")
        if is_replaced:
            path.touch()

        with pytest.raises(StoreUnavailableError) as caught:
            store.require_writable()

    assert kind_of(caught.value) == fault


def test_nothing_of_a_file_changes_nor_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "isolambda.db"
    version: Callable[[], Any]
    with (
        closing(sqlite.open_store(path)) as store,
        closing(sqlite3.connect(path)) as other,
    ):
        version = other.execute("PRAGMA data_version").fetchone
        before = version(), sorted(tmp_path.iterdir())
        store.require_writable()
        version = other.execute("PRAGMA data_version").fetchone

        assert (version(), sorted(tmp_path.iterdir())) == before


@pytest.mark.slow
def test_nothing_of_a_table_changes(moto: "tuple[DynamoDBClient, Any]", moto_table: str) -> None:
    client, _ = moto
    dynamodb.open_store(moto_table, client).require_writable()

    assert client.scan(TableName=moto_table)["Count"] == 0


@pytest.mark.slow
def test_a_table_that_is_not_there_is_not_writable(moto: "tuple[DynamoDBClient, Any]") -> None:
    client, _ = moto

    with pytest.raises(StoreUnavailableError):
        dynamodb.open_store("no-table", client).require_writable()
