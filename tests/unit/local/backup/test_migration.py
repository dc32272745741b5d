"""A newer version keeps what an older one left before it changes the schema."""

import logging
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from errno import ENOSPC
from pathlib import Path

import pytest

from isolambda_cli.admin.local_target import open_directory
from isolambda_core.domain.errors import IsolambdaError
from isolambda_local.backup import migration
from isolambda_local.backup.format import BackupError
from isolambda_local.backup.migration import KEPT, back_up_before_migration
from isolambda_local.backup.restoring import restore
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite.files import DatabaseInUseError
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from tests.support.data_directories import OLD, files_in, make_older, version_of
from tests.support.folders import contents

READ = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM functions").fetchone()
print("reads", flush=True)
sys.stdin.read()
"""


def backups(data: Path) -> list[str]:
    """Return which schemas there are backups of."""
    return [file.name[-8:-4] for file in sorted((data / "backups").iterdir())]


def test_a_database_that_is_up_to_date_is_not_backed_up(data: Path) -> None:
    before = contents(data)

    back_up_before_migration(data)

    assert contents(data) == before


def test_a_new_directory_is_not_backed_up(tmp_path: Path) -> None:
    back_up_before_migration(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_backed_up_and_then_changed(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_older(data)

    with caplog.at_level(logging.INFO), open_directory(data):
        pass

    assert version_of(data / DATABASE_NAME) == SCHEMA_VERSION
    [file] = (data / "backups").iterdir()
    assert f"schema {OLD} becomes {SCHEMA_VERSION}; {file} is as it was before" in caplog.text
    restore(file, tmp_path / "before")
    assert version_of(tmp_path / "before" / DATABASE_NAME) == OLD
    assert {*files_in(tmp_path / "before")} == {DATABASE_NAME, "secret", "credentials.json"}


def test_going_back_leaves_the_folders_in_place(data: Path) -> None:
    make_older(data)
    folders = files_in(data / "buckets")
    with open_directory(data):
        pass

    [file] = (data / "backups").iterdir()
    restore(file, data, replace=True)

    assert version_of(data / DATABASE_NAME) == OLD
    assert files_in(data / "buckets") == folders
    assert file.exists()


def test_the_latest_of_each_schema_are_kept_and_no_more(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, version in enumerate((OLD - 4, OLD - 3, OLD - 3, OLD - 2, OLD - 2, OLD - 1, OLD)):
        make_older(data, version)
        monkeypatch.setattr(time, "gmtime", lambda: (2026, 1, 1, 0, 0, number, 0, 1, 0))  # noqa: B023
        back_up_before_migration(data)

    assert sorted(backups(data)) == [f"{version:04}" for version in (OLD - 2, OLD - 1, OLD)]
    assert len(backups(data)) == KEPT


def test_a_start_that_fails_again_and_again_takes_no_older_backup_away(data: Path) -> None:
    make_older(data, OLD - 1)
    back_up_before_migration(data)
    make_older(data)
    (data / "backups" / ".killed.unfinished").touch()

    for _ in range(5):
        back_up_before_migration(data)

    assert sorted(backups(data)) == [f"{version:04}" for version in (OLD - 1, OLD)]


def test_a_database_that_another_process_uses_is_not_changed(data: Path) -> None:
    make_older(data)
    with subprocess.Popen(
        [sys.executable, "-c", READ, str(data / DATABASE_NAME)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as older:
        assert older.stdout is not None
        assert older.stdout.readline() == b"reads\n"

        with pytest.raises(DatabaseInUseError, match="end it, and try again"), open_directory(data):
            pass

        older.kill()
    assert version_of(data / DATABASE_NAME) == OLD


@pytest.mark.parametrize("error", [BackupError("no room"), OSError(ENOSPC, "full")])
def test_what_cannot_be_backed_up_is_not_changed(
    data: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    make_older(data)

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(migration, "write_backup", fails)

    with pytest.raises(type(error)), open_directory(data):
        pass

    assert version_of(data / DATABASE_NAME) == OLD


def test_a_newer_database_with_a_log_is_refused_and_nothing_is_changed(data: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        log = (data / f"{DATABASE_NAME}-wal").read_bytes()
        database = (data / DATABASE_NAME).read_bytes()
    (data / DATABASE_NAME).write_bytes(database)
    (data / f"{DATABASE_NAME}-wal").write_bytes(log)  # as after a kill

    reason = f"schema version {SCHEMA_VERSION + 1}; this Isolambda knows up to {SCHEMA_VERSION}"
    with pytest.raises(IsolambdaError, match=reason), open_directory(data):
        pass

    assert (data / DATABASE_NAME).read_bytes() == database
    assert (data / f"{DATABASE_NAME}-wal").read_bytes() == log
