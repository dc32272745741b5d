"""A server knows at once whether what it remembers of the database has changed."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from isolambda_core.domain.accounts.accounts import Account
from isolambda_core.domain.accounts.api_keys import ApiKey, Token
from isolambda_core.domain.errors import StoreUnavailableError
from isolambda_core.domain.functions.aliases import Alias, Target
from isolambda_core.domain.functions.functions import Function
from isolambda_core.domain.functions.versions import Version
from isolambda_core.domain.queue.messages import QueuedExecution
from isolambda_core.domain.secrets.secrets import Place, Secret
from isolambda_core.domain.triggers.triggers import Trigger
from isolambda_local.sqlite import SqliteStore, open_store
from isolambda_local.sqlite import changes as module
from isolambda_local.sqlite.changes import SqliteChanges
from isolambda_local.sqlite.wal_index import wal_index_of
from tests.support.faults import KilledError

ACCOUNT, FUNCTION = "a" * 32, "f" * 32
AN_ACCOUNT = Account(ACCOUNT, {"name": "n", "enabled": True}, 1, 1)
A_FUNCTION = Function(ACCOUNT, FUNCTION, {"name": "n", "function_js": "", "enabled": True}, 1, 1, 1)
A_VERSION = Version(ACCOUNT, FUNCTION, 1, "", A_FUNCTION.document, 1)
AN_ALIAS = Alias(ACCOUNT, FUNCTION, "live", Target(1), "", 1, 1)
A_KEY = ApiKey("0" * 64, "1" * 32, ACCOUNT, 1)
A_TRIGGER = Trigger(
    ACCOUNT, FUNCTION, "5" * 32, {"type": "webhook", "name": "n", "enabled": True}, 1, 1
)
A_SECRET = Secret(Place(ACCOUNT, FUNCTION), "KEY", (), True, "c2VhbGVk", 1, 1)
A_TOKEN = Token("2" * 32, ACCOUNT, A_KEY.sha256, 1, 2_000_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "database"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(path)) as store:
        store.accounts.add(AN_ACCOUNT)
        store.functions.add(A_FUNCTION)
        store.versions.add(A_VERSION)
        store.aliases.add(AN_ALIAS)
        store.api_keys.add(A_KEY)
        store.secrets.add(A_SECRET)
        yield store


@pytest.fixture
def changes(store: SqliteStore, path: Path) -> Iterator[SqliteChanges]:  # noqa: ARG001 - its tables
    with closing(SqliteChanges(path)) as changes:
        yield changes


WRITES: dict[str, Callable[[SqliteStore], object]] = {
    "an account": lambda store: store.accounts.replace(
        AN_ACCOUNT.changed({"name": "n", "enabled": False}, 2), AN_ACCOUNT
    ),
    "a key is added": lambda store: store.api_keys.add(ApiKey("3" * 64, "4" * 32, ACCOUNT, 1)),
    "a key is removed": lambda store: store.api_keys.remove(A_KEY),
    "a token is revoked": lambda store: store.revoked_tokens.add(A_TOKEN),
    "a function": lambda store: store.functions.replace(
        A_FUNCTION.changed(A_FUNCTION.document, 2), A_FUNCTION
    ),
    "a function goes": lambda store: store.functions.remove_all(ACCOUNT),
    "an alias": lambda store: store.aliases.remove(AN_ALIAS),
    "a secret": lambda store: store.secrets.add(replace(A_SECRET, name="OTHER")),
    "a secret is rotated": lambda store: store.secrets.replace(
        replace(A_SECRET, sealed="bmV3"), A_SECRET
    ),
    "a secret is removed": lambda store: store.secrets.remove(A_SECRET),
    "the secrets of a function": lambda store: store.secrets.remove_all(ACCOUNT, FUNCTION),
    "a trigger": lambda store: store.triggers.add(A_TRIGGER),
    "versions": lambda store: store.versions.remove_all(ACCOUNT, FUNCTION),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_each_change_of_what_requests_read_counts(
    store: SqliteStore, changes: SqliteChanges, write: Callable[[SqliteStore], object]
) -> None:
    before = changes.count()
    assert changes.count() == before

    write(store)

    assert changes.count() != before
    assert changes.count() == changes.count()


def test_what_no_request_reads_first_does_not_count(
    store: SqliteStore, changes: SqliteChanges
) -> None:
    before = changes.count()

    store.queue.send(QueuedExecution(ACCOUNT, FUNCTION, "e" * 32, 1))

    assert changes.count() == before


def test_a_trigger_changes_and_its_failures_do_not_count(
    store: SqliteStore, changes: SqliteChanges
) -> None:
    store.triggers.add(A_TRIGGER)
    before = changes.count()

    store.triggers.count_failure(A_TRIGGER)
    store.triggers.forget_failures(A_TRIGGER)
    assert changes.count() == before

    changed = A_TRIGGER.changed({**A_TRIGGER.document, "enabled": False}, None, 2)
    store.triggers.replace(changed, replace(changed, revision=1))
    assert changes.count() != before
    again = changes.count()
    store.triggers.remove(changed)
    assert changes.count() != again


def test_a_change_by_another_process_counts(
    store: SqliteStore,  # noqa: ARG001 - open meanwhile
    changes: SqliteChanges,
    path: Path,
) -> None:
    before = changes.count()

    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None)"
    statement = "DELETE FROM api_keys"
    subprocess.run(
        [sys.executable, "-c", f"{program}.execute({statement!r})", str(path)], check=True
    )

    assert changes.count() != before


def test_a_change_in_a_transaction_that_is_rolled_back_does_not_count(
    store: SqliteStore, changes: SqliteChanges
) -> None:
    before = changes.count()

    with suppress(KilledError), store.database.transaction() as connection:
        connection.execute("DELETE FROM api_keys")
        assert changes.count() == before
        raise KilledError

    assert changes.count() == before


def test_a_database_that_cannot_be_asked_is_unavailable(
    changes: SqliteChanges, store: SqliteStore
) -> None:
    with store.database.writing() as connection:
        connection.execute("DROP TABLE changes")

    with pytest.raises(StoreUnavailableError):
        changes.count()


@pytest.fixture
def statements(changes: SqliteChanges) -> list[str]:
    """What the connection is asked from the second look on."""
    asked: list[str] = []
    changes.count()
    changes.count()
    changes._connection.set_trace_callback(asked.append)
    return asked


def test_while_nothing_is_committed_sqlite_is_not_asked(
    changes: SqliteChanges, statements: list[str]
) -> None:
    for _ in range(3):
        changes.count()

    assert statements == []


def test_a_commit_that_changes_nothing_requests_read_asks_sqlite_once(
    store: SqliteStore, changes: SqliteChanges, statements: list[str]
) -> None:
    store.queue.send(QueuedExecution(ACCOUNT, FUNCTION, "e" * 32, 1))

    for _ in range(3):
        changes.count()

    assert len(statements) == 2  # its version, and the number


def test_each_of_many_changes_by_another_process_counts_at_once(
    store: SqliteStore,  # noqa: ARG001 - open meanwhile
    changes: SqliteChanges,
    path: Path,
) -> None:
    program = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in sys.stdin:
    connection.execute("UPDATE accounts SET id = id")
    if line == "log\\n":
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print(flush=True)
"""
    counts = [changes.count()]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for number in range(40):
            other.stdin.write("log\n" if number % 10 == 0 else "\n")
            other.stdout.readline()
            counts.append(changes.count())
        other.stdin.close()

    assert len(set(counts)) == 41


def test_where_the_index_cannot_be_read_sqlite_is_asked_each_time(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "wal_index_of", lambda _: None)
    with closing(SqliteChanges(path)) as changes:
        before = changes.count()
        assert changes.count() == before

        store.api_keys.remove(A_KEY)

        assert changes.count() != before


def test_an_index_of_another_format_is_not_read(path: Path) -> None:
    path.with_name("database-shm").write_bytes(bytes(32_768))

    assert wal_index_of(path) is None


def test_to_close_it_leaves_the_locks_of_this_process(store: SqliteStore, path: Path) -> None:
    with closing(SqliteChanges(path)) as changes:
        changes.count()

    # The byte that each process which uses the index has locked.
    program = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), 6, 1, 128)"
    other = subprocess.run(
        [sys.executable, "-c", program, f"{path}-shm"], capture_output=True, text=True, check=False
    )

    assert "BlockingIOError" in other.stderr
    assert store.accounts.get(ACCOUNT) == AN_ACCOUNT


def test_an_index_that_was_removed_is_held_no_longer(tmp_path: Path) -> None:
    for name in ("one", "other"):
        with closing(open_store(tmp_path / name)), closing(SqliteChanges(tmp_path / name)) as one:
            one.count()

    held = [_target(link) for link in Path("/proc/self/fd").iterdir()]
    assert [name for name in held if "one-shm" in name] == []


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # it was that of the folder
        return ""


def test_it_writes_nothing(changes: SqliteChanges) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        changes._connection.execute("DELETE FROM api_keys")
