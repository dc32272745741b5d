"""What a file of SQLite promises besides the contract: durability, and clear refusals."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from isolambda_core.adapters.codecs.messages import dump_message
from isolambda_core.adapters.codecs.records import dump_record
from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import (
    ALL_SCOPES,
    ApiKey,
)
from isolambda_core.domain.compression import encode_source
from isolambda_core.domain.documents import Document
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.executions.idempotency import IdempotencyRecord
from isolambda_core.domain.executions.records import (
    ExecutionPayload,
    ExecutionRecord,
)
from isolambda_core.domain.functions.aliases import Alias
from isolambda_core.domain.functions.breakers import Breaker
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.json_text import dump
from isolambda_core.domain.queue.messages import QueuedExecution, ReconcileTrigger
from isolambda_core.domain.triggers.triggers import Trigger, TriggerRef, TriggerType
from isolambda_local.sqlite import NewerSchemaError, migrations, open_store
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from isolambda_local.sqlite.queue import DueSchedule, Turn, Unread, Waiting

MIGRATIONS = sorted(Path(migrations.__file__).parent.glob("*.sql"))

Make = Callable[..., Function]

ACCOUNT = "a" * 32

WRITE_UNTIL_KILLED = """
import itertools, sys
from pathlib import Path
from isolambda_core.domain.functions.functions import Function
from isolambda_local.sqlite import open_store

functions = open_store(Path(sys.argv[1])).functions
document = {"name": "n", "function_js": "x" * 20_000, "enabled": True}
for number in itertools.count():
    function = Function("a" * 32, f"{number:032x}", document, 1, 1, 1)
    functions.add(function)
    functions.replace(function.changed(document, 2), function)
    print(number, flush=True)
"""

VERSION_1 = """
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE api_keys (
    sha256 TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_of_account ON api_keys (account_id, sha256);
CREATE TABLE functions (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    document TEXT NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;
PRAGMA user_version = 1;
"""

QUEUE_OF_VERSION_4 = """
DROP TABLE queue;
CREATE TABLE queue (
    execution_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    received INTEGER NOT NULL,
    dead INTEGER NOT NULL
) STRICT;
CREATE INDEX queue_by_due ON queue (dead, due_at_ms);
PRAGMA user_version = 4;
"""

QUEUE_OF_VERSION_7 = """
DROP TABLE queue;
CREATE TABLE queue (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    due_at_ms INTEGER NOT NULL,
    received INTEGER NOT NULL,
    dead INTEGER NOT NULL
) STRICT;
CREATE INDEX queue_by_due ON queue (dead, due_at_ms);
PRAGMA user_version = 7;
"""

RECORDS_OF_VERSION_3 = """
CREATE TABLE records (
    account_id TEXT NOT NULL,
    function_id TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    record TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, function_id, sort_key)
) STRICT;
CREATE INDEX records_by_expiry ON records (expires_at);
PRAGMA user_version = 3;
"""

RECORD_OF_VERSION_13 = """
INSERT INTO records (
    account_id, function_id, execution_id, revision, record, input, expires_at
) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "isolambda.db"


def test_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(40)]
        writer.kill()
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL

    with closing(open_store(path)) as store:
        for number in acknowledged:
            assert store.functions.get(ACCOUNT, f"{number:032x}").revision == 2
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_everything_is_there_when_the_file_is_opened_again(path: Path, a_function: Make) -> None:
    account = Account(ACCOUNT, {"name": "mine", "enabled": True}, 1, 1)
    api_key = ApiKey("0" * 64, "0" * 32, ACCOUNT, 1)
    with closing(open_store(path)) as store:
        store.accounts.add(account)
        store.api_keys.add(api_key)
        store.functions.add(a_function())

    with closing(open_store(path)) as store:
        assert store.accounts.get(ACCOUNT) == account
        assert store.api_keys.of_account(ACCOUNT) == [api_key]
        assert store.functions.get(ACCOUNT, a_function().id) == a_function()


def test_a_file_of_version_1_keeps_its_account_its_key_and_its_function(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(VERSION_1)
        connection.execute(
            "INSERT INTO accounts VALUES (?, ?, ?)", (ACCOUNT, r'"a \"name\" \ud800"', 5)
        )
        connection.execute("INSERT INTO api_keys VALUES (?, ?, ?)", ("0" * 64, ACCOUNT, 6))
        connection.execute(
            "INSERT INTO functions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (ACCOUNT, "1" * 32, 3, 7, 8, 0, '{"name":"hello"}', encode_source("return 1")),
        )

    account = Account(ACCOUNT, {"name": 'a "name" \ud800', "enabled": True}, 5, 5)
    api_key = ApiKey("0" * 64, "0" * 32, ACCOUNT, 6, ALL_SCOPES, own=True)
    document = {"name": "hello", "function_js": "return 1"}
    function = Function(ACCOUNT, "1" * 32, document, 3, 7, 8)
    for _ in range(2):  # brought up to date, and then opened as any other
        with closing(open_store(path)) as store:
            assert store.accounts.get(ACCOUNT) == account
            assert list(store.accounts.children(None, at_once=9)) == [account]
            assert store.api_keys.of_account(ACCOUNT) == [api_key]
            assert store.functions.get(ACCOUNT, function.id) == function

    with closing(open_store(path)) as store:
        store.accounts.replace(account.changed({**account.document, "name": "new"}, 9), account)
        assert store.accounts.get(ACCOUNT).name == "new"


def test_a_file_of_version_2_keeps_its_function_which_can_be_published_then(
    path: Path,
    a_function: Make,
    a_version: Callable[..., Version],
    an_alias: Callable[..., Alias],
) -> None:
    with closing(open_store(path)) as store:
        store.functions.add(a_function())
    with closing(sqlite3.connect(path)) as connection:
        make_it_version_3(connection)
        for table in ("versions", "aliases", "alias_targets"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 2")

    for _ in range(2):  # brought up to date, and then opened as any other
        with closing(open_store(path)) as store:
            assert store.functions.get(ACCOUNT, a_function().id) == a_function()

    with closing(open_store(path)) as store:
        store.versions.add(a_version(1))
        store.aliases.add(an_alias(1))
    with closing(open_store(path)) as store:
        assert store.versions.get(ACCOUNT, a_version().function_id, 1) == a_version(1)
        assert store.aliases.of_function(ACCOUNT, a_version().function_id) == [an_alias(1)]


def test_a_file_of_version_3_lets_go_of_its_records_and_takes_new_ones(
    path: Path,
    a_function: Make,
    a_version: Callable[..., Version],
    a_record: Callable[..., ExecutionRecord],
    a_claim: Callable[..., IdempotencyRecord],
) -> None:
    record = a_record()
    with closing(open_store(path)) as store:
        store.functions.add(a_function())
        store.versions.add(a_version())
    with closing(sqlite3.connect(path)) as connection, connection:
        make_it_version_3(connection)
        old = (ACCOUNT, record.function_id, f"1800000000123-{'1' * 32}", "{}", 2**40)
        connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?)", old)

    for _ in range(2):  # brought up to date, and then opened as any other
        with closing(open_store(path)) as store:
            assert store.functions.get(ACCOUNT, a_function().id) == a_function()
            assert store.versions.get(ACCOUNT, a_version().function_id, 1) == a_version()
            assert list(store.records.iterate(ACCOUNT, record.function_id, at_once=9)) == []

    with closing(open_store(path)) as store:
        store.records.add(record, ExecutionPayload(b"1"))
        store.idempotency_records.add(a_claim(1), 0)
    with closing(open_store(path)) as store:
        found = store.records.get_whole(ACCOUNT, record.function_id, record.id)
        assert found == (record, ExecutionPayload(b"1"))
        assert store.idempotency_records.add(a_claim(2), 0) == a_claim(1)


def test_a_file_of_version_4_keeps_what_waits_and_the_dead_letters(
    path: Path, a_record: Callable[..., ExecutionRecord], a_trigger: Callable[..., Trigger]
) -> None:
    record = a_record()
    with closing(open_store(path)) as store:
        store.records.add(record, ExecutionPayload(b"1"))
    with closing(sqlite3.connect(path)) as connection, connection:
        make_it_version_4(connection)
        for row in (
            ("1" * 32, ACCOUNT, "f" * 32, 1_800_000_000_001, 1_800_000_060_000, 3, 0),
            ("2" * 32, ACCOUNT, "f" * 32, 1_800_000_000_002, 1_800_000_000_009, 7, 1),
        ):
            connection.execute("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    message = QueuedExecution(ACCOUNT, "f" * 32, "1" * 32, 1_800_000_000_001)
    letter = QueuedExecution(ACCOUNT, "f" * 32, "2" * 32, 1_800_000_000_002)
    for _ in range(2):  # brought up to date, and then opened as any other
        with closing(open_store(path)) as store:
            assert store.queue.next() == Waiting("1" * 32, message, 1_800_000_060_000, ACCOUNT, 3)
            dead = Waiting("2" * 32, letter, 1_800_000_000_009, ACCOUNT, 7, dead=True)
            assert store.queue.dead(9) == [dead]
            assert store.records.get(ACCOUNT, record.function_id, record.id) == record

    trigger = a_trigger()
    with closing(open_store(path)) as store:
        store.triggers.add(trigger)
        store.queue.send(letter)
    with closing(open_store(path)) as store:
        assert store.triggers.get(ACCOUNT, trigger.function_id, trigger.id) == trigger
        assert store.queue.dead(9) == []


def test_a_file_of_version_6_tries_again_what_was_disabled_and_leaves_what_its_owner_disabled(
    path: Path, a_function: Make
) -> None:
    on = a_function(1, custom={"a": [1, 2.5, "\ud800"]})
    failed, off = a_function(2), a_function(3, enabled=False)
    with closing(open_store(path)) as store:
        for function in (on, failed, off):
            store.functions.add(function)
    with closing(sqlite3.connect(path)) as connection, connection:
        make_it_version_6(connection)
        connection.execute(
            "UPDATE functions SET disable_reason = ?, document = json_set(document, '$.enabled', "
            "json('false')) WHERE id = ?",
            (r'"6 failures; \udfff \"x\""', failed.id),
        )

    breakers = {"$LATEST": Breaker.opened('6 failures; \udfff "x"', failed.modified_at)}
    for _ in range(2):  # brought up to date, and then opened as any other
        with closing(open_store(path)) as store:
            found = [store.functions.get(ACCOUNT, each.id) for each in (on, failed, off)]
            assert found == [on, replace(failed, breakers=breakers), off]


def test_a_file_of_version_7_serves_what_waits_by_tenant(path: Path) -> None:
    below, other, gone = "b" * 32, "c" * 32, "d" * 32
    executions = {
        f"{number}" * 32: QueuedExecution(account, "f" * 32, f"{number}" * 32, 1_800_000_000_000)
        for number, account in enumerate((ACCOUNT, below, other, gone), 1)
    }
    trigger = TriggerRef(below, "f" * 32, "7" * 32, TriggerType.QUEUE, None)
    reconcile = ReconcileTrigger(trigger, 1_800_000_000_000)
    due = DueSchedule(below, "f" * 32, "8" * 32, 1_800_000_000_000)
    bodies = {
        **{message_id: dump_message(message) for message_id, message in executions.items()},
        "7" * 32: dump_message(reconcile),
        "8" * 32: dump({"due": asdict(due)}),
        "9" * 32: '{"execution":"of a newer version"}',
    }
    with closing(open_store(path)) as store:
        for account_id, ancestor_ids in ((ACCOUNT, ()), (below, (ACCOUNT,)), (other, ())):
            document: Document = {"name": "n", "enabled": True}
            store.accounts.add(Account(account_id, document, 1, 1, ancestor_ids=ancestor_ids))
    with closing(sqlite3.connect(path)) as connection, connection:
        make_it_version_7(connection)
        for message_id, body in bodies.items():
            row = (message_id, body, 5, 2, message_id == "9" * 32)
            connection.execute("INSERT INTO queue VALUES (?, ?, ?, ?, ?)", row)

    for _ in range(2):  # brought up to date, and then opened as any other
        with closing(open_store(path)) as store:
            found: dict[str, Waiting] = {}
            while waiting := store.queue.next(Turn(list(found))):
                found[waiting.id] = waiting
            messages: dict[str, QueuedExecution | ReconcileTrigger | DueSchedule] = {
                **executions,
                "7" * 32: reconcile,
                "8" * 32: due,
            }
            tenants = {"3" * 32: other, "4" * 32: gone}
            assert found == {
                message_id: Waiting(message_id, message, 5, tenants.get(message_id, ACCOUNT), 2)
                for message_id, message in messages.items()
            }
            assert store.queue.next(callbacks=True) is None
            assert store.queue.dead(9) == [Waiting("9" * 32, Unread(), 5, "", 2, dead=True)]


def test_a_file_of_version_13_lists_its_records_before_those_that_come(
    path: Path, a_record: Callable[..., ExecutionRecord]
) -> None:
    old = [a_record(2), a_record(1, function_id="e" * 32), a_record(3)]
    with closing(sqlite3.connect(path)) as connection, connection:
        for migration in MIGRATIONS[:13]:
            connection.executescript(migration.read_text("ascii"))
        for record in old:
            row = (ACCOUNT, record.function_id, record.id, 1, dump_record(record), b"", 2**40)
            connection.execute(RECORD_OF_VERSION_13, row)
        connection.execute("PRAGMA user_version = 13")

    with closing(open_store(path)) as store:
        store.records.add(a_record(0), ExecutionPayload(b"1"))
        found = store.records.iterate_account(ACCOUNT, "!", descending=False, at_once=2)
        assert [each.record for each in found] == [
            a_record(1, function_id="e" * 32),
            old[0],
            old[2],
            a_record(0),
        ]


def test_the_number_of_an_account_that_is_removed_goes_with_it(
    path: Path, a_record: Callable[..., ExecutionRecord]
) -> None:
    account = Account(ACCOUNT, {"name": "n", "enabled": True}, 1, 1)
    with closing(open_store(path)) as store:
        store.accounts.add(account)
        store.records.add(a_record(), ExecutionPayload(b"1"))
        store.accounts.remove(account)

        with store.database.connection() as connection:
            assert connection.execute("SELECT * FROM record_numbers").fetchall() == []


def make_it_version_7(connection: sqlite3.Connection) -> None:
    drop_what_was_made_after(7, connection)
    connection.executescript(QUEUE_OF_VERSION_7)


def make_it_version_6(connection: sqlite3.Connection) -> None:
    make_it_version_7(connection)
    drop_what_was_made_after(6, connection)
    connection.execute("ALTER TABLE functions ADD COLUMN disable_reason TEXT")
    connection.execute("PRAGMA user_version = 6")


def make_it_version_4(connection: sqlite3.Connection) -> None:
    make_it_version_6(connection)
    drop_what_was_made_after(4, connection)
    connection.executescript(QUEUE_OF_VERSION_4)


def make_it_version_3(connection: sqlite3.Connection) -> None:
    make_it_version_4(connection)
    for table in ("records", "claims", "queue"):
        connection.execute(f"DROP TABLE {table}")
    connection.executescript(RECORDS_OF_VERSION_3)


def drop_what_was_made_after(version: int, connection: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(":memory:")) as old:
        for migration in MIGRATIONS[:version]:
            old.executescript(migration.read_text("ascii"))
        for kind in ("trigger", "index", "table"):
            for name in names_of(kind, connection) - names_of(kind, old):
                connection.execute(f"DROP {kind} {name}")
        for table in names_of("table", old) - {"queue"}:  # a script makes that
            before = columns_of(table, old)
            for column in reversed(columns_of(table, connection)):  # others may be made of one
                if column not in before:
                    connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def names_of(kind: str, connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL", (kind,)
    )
    return {name for (name,) in rows}


def columns_of(table: str, connection: sqlite3.Connection) -> list[str]:
    return [name for _, name, *_ in connection.execute(f"PRAGMA table_xinfo({table})")]


def schema_of(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT type, name FROM sqlite_schema ORDER BY 1, 2").fetchall()


def put_a_row_in_each_table(connection: sqlite3.Connection) -> None:
    """Put a row into each table that has none; a text that is no key is JSON."""
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in found:
        if connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,):  # noqa: S608
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            samples = {"INTEGER": 1, "BLOB": b"", "TEXT": '{"name":"n"}'}
            row = [ACCOUNT if key else samples[kind] for _, _, kind, *_, key in columns]
            names = ", ".join(name for _, name, *_ in columns)
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", row)  # noqa: S608


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_file_of_any_version_with_rows_gets_the_schema_of_a_new_one(
    path: Path, version: int
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for migration in MIGRATIONS[:version]:
            connection.executescript(migration.read_text("ascii"))
        connection.execute(f"PRAGMA user_version = {version}")
        put_a_row_in_each_table(connection)
        connection.commit()

    open_store(path).close()

    new = path.with_name("new.db")
    open_store(new).close()
    assert schema_of(path) == schema_of(new)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("accounts", "api_keys", "functions"):
            [(count,)] = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            assert (table, count) == (table, 1)


def test_two_stores_on_one_file_see_each_other(path: Path, a_function: Make) -> None:
    with closing(open_store(path)) as one, closing(open_store(path)) as other:
        one.functions.add(a_function())

        assert other.functions.get(ACCOUNT, a_function().id) == a_function()


def test_two_stores_in_memory_do_not(a_function: Make) -> None:
    with closing(open_store(None)) as one, closing(open_store(None)) as other:
        one.functions.add(a_function())

        assert list(other.functions.iterate(ACCOUNT, at_once=10)) == []


def test_every_commit_waits_for_the_disk(path: Path) -> None:
    with closing(open_store(path)) as store, store.database.connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path, a_function: Make) -> None:
    for round_ in range(5):
        path = tmp_path / f"{round_}.db"
        with ThreadPoolExecutor(8) as pool:
            stores = list(pool.map(open_store, [path] * 8))
        for number, store in enumerate(stores):
            store.functions.add(a_function(number))
            store.close()

        with closing(open_store(path)) as store:
            assert len(list(store.functions.iterate(ACCOUNT, at_once=10))) == 8


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    with closing(open_store(path)):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    with pytest.raises(NewerSchemaError, match=rf"schema version {SCHEMA_VERSION + 1}"):
        open_store(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"#!/bin/sh\n" * 200)

    with pytest.raises(StoreUnavailableError):
        open_store(path)

    assert path.read_bytes() == b"#!/bin/sh\n" * 200


def test_a_file_in_a_folder_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        open_store(tmp_path / "none" / "isolambda.db")


def test_a_lock_that_does_not_open_makes_the_store_unavailable(
    path: Path, a_function: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_local.sqlite.database._TIMEOUT_SECONDS", 0.05)
    with closing(open_store(path)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailableError):
            store.functions.add(a_function())
        assert list(store.functions.iterate(ACCOUNT, at_once=10)) == []  # readers do not wait

        other.rollback()
        store.functions.add(a_function())


def test_a_statement_that_is_wrong_is_a_bug_and_not_an_outage() -> None:
    with (
        closing(open_store(None)) as store,
        pytest.raises(sqlite3.OperationalError, match="no such table"),
        store.database.connection() as connection,
    ):
        connection.execute("SELECT 1 FROM elsewhere")


def test_a_store_may_be_closed_twice_and_is_of_no_use_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("isolambda_local.sqlite.database._TIMEOUT_SECONDS", 0.05)
    store = open_store(None)

    store.close()
    store.close()

    with pytest.raises(StoreUnavailableError):
        next(store.functions.iterate(ACCOUNT, at_once=10))


def test_closing_waits_for_readers(a_function: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isolambda_local.sqlite.database._TIMEOUT_SECONDS", 0.05)
    store = open_store(None)
    store.functions.add(a_function())

    with store.database.connection() as connection:
        with pytest.raises(StoreUnavailableError):
            store.close()
        assert connection.execute("SELECT count(*) FROM functions").fetchone() == (1,)
    store.close()
