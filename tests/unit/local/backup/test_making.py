"""A backup has all that a server needs, and nothing else, and is there whole or not at all."""

import os
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import chdir, closing
from errno import ENOSPC, EPERM
from pathlib import Path
from typing import IO

import pytest

from isolambda_core.domain.errors import IsolambdaError
from isolambda_local.backup import making, writing
from isolambda_local.backup.format import BackupError
from isolambda_local.backup.making import back_up
from isolambda_local.backup.restoring import restore
from isolambda_local.backup.snapshot import take_snapshot
from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.sqlite import open_store
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from tests.support.commands import COMMAND
from tests.support.data_directories import (
    MTIME_NS,
    a_data_directory,
    files_in,
    make_older,
    name_in,
    version_of,
)
from tests.support.samples import ACCOUNT

BUCKET = f"buckets/{ACCOUNT}/uploads"

HOLD_A_TRANSACTION = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("CREATE TABLE of_a_newer_version (id TEXT)")
connection.execute("PRAGMA user_version = 99")
print("begun", flush=True)
sys.stdin.read()
"""


def names_in(file: Path) -> list[str]:
    with tarfile.open(file) as archive:
        return archive.getnames()


def test_a_backup_has_what_a_server_needs_and_nothing_else(data: Path, file: Path) -> None:
    (data / "queue.lock").touch()
    (data / "isolambda-server.toml").write_text("port = 1")
    (data / "backups").mkdir()
    (data / "backups" / "old.tar").touch()
    (data / "replaced-20260101T000000Z-0000").mkdir()

    made = back_up(data, file)

    first, *names, last = names_in(file)
    assert (first, last) == ("isolambda-backup.json", "sha256")
    assert {*names} == {
        DATABASE_NAME,
        "secret",
        "credentials.json",
        "isolambda-server.toml",
        "buckets",
        f"buckets/{ACCOUNT}",
        BUCKET,
        f"{BUCKET}/a",
        f"{BUCKET}/a/b.txt",
        f"{BUCKET}/{'long' * 50}",
        f"{BUCKET}/d\u00e9j\u00e0 vu",
    }
    assert (made.files, made.schema_version, made.left_out) == (7, SCHEMA_VERSION, [])
    assert made.bytes == file.stat().st_size


def test_only_its_owner_may_read_it(data: Path, file: Path) -> None:
    back_up(data, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_restores_to_the_same(data: Path, file: Path, tmp_path: Path) -> None:
    back_up(data, file)

    restore(file, tmp_path / "other")

    assert name_in(tmp_path / "other") == "kept"
    before, after = files_in(data), files_in(tmp_path / "other")
    assert {**after, DATABASE_NAME: b""} == {**before, DATABASE_NAME: b""}
    # A server would take a file with another time for a new one.
    assert (tmp_path / "other" / BUCKET / "a" / "b.txt").stat().st_mtime_ns == MTIME_NS


def test_what_is_only_in_the_log_is_in_it(data: Path, file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE functions SET document = json_set(document, '$.name', 'log')")

        back_up(data, file)

    restore(file, tmp_path / "other")
    assert name_in(tmp_path / "other") == "log"


def test_a_log_without_its_index_is_read_too(data: Path, file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME, isolation_level=None)) as connection:
        connection.execute("UPDATE functions SET document = json_set(document, '$.name', 'log')")
        log = (data / f"{DATABASE_NAME}-wal").read_bytes()
        database = (data / DATABASE_NAME).read_bytes()
    (data / DATABASE_NAME).write_bytes(database)
    (data / f"{DATABASE_NAME}-wal").write_bytes(log)  # as after a kill and a restart

    back_up(data, file)

    assert (data / DATABASE_NAME).read_bytes() == database
    restore(file, tmp_path / "other")
    assert name_in(tmp_path / "other") == "log"


def test_a_write_that_is_under_way_is_not_in_it(data: Path, file: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_TRANSACTION, str(data / DATABASE_NAME)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as migrating:
        assert migrating.stdout is not None
        assert migrating.stdout.readline() == b"begun\n"

        made = back_up(data, file)

        migrating.kill()
    assert made.schema_version == SCHEMA_VERSION
    restore(file, tmp_path / "other")
    assert version_of(tmp_path / "other" / DATABASE_NAME) == SCHEMA_VERSION


def test_writes_between_its_steps_are_not_in_it(
    data: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_local.backup.snapshot._PAGES", 1)
    wait = os.fdatasync
    with closing(open_store(data / DATABASE_NAME)) as store:
        account = store.accounts.get(ACCOUNT)
        steps = 0

        def write_between(descriptor: int) -> None:
            nonlocal account, steps
            steps += 1
            after = account.changed({**account.document, "name": str(steps)}, 1)
            store.accounts.replace(after, account)
            account = after
            wait(descriptor)

        monkeypatch.setattr(os, "fdatasync", write_between)
        back_up(data, file)

    assert steps > 50
    restore(file, tmp_path / "other")
    with closing(open_store(tmp_path / "other" / DATABASE_NAME)) as store:
        assert store.accounts.get(ACCOUNT).document["name"] == "n"


def test_a_database_of_an_older_version_stays_one(data: Path, file: Path) -> None:
    make_older(data)

    assert back_up(data, file).schema_version == SCHEMA_VERSION - 1

    assert version_of(data / DATABASE_NAME) == SCHEMA_VERSION - 1


def test_two_backups_at_once_are_both_whole(data: Path, tmp_path: Path) -> None:
    commands = [
        [str(COMMAND), "backup", str(tmp_path / name)] for name in ("1.tar", "2.tar", "2.tar")
    ]
    running = [
        subprocess.Popen([*each, "--data-dir", str(data)], stderr=subprocess.PIPE, text=True)
        for each in commands
    ]

    errors = [process.communicate()[1] for process in running]

    assert sorted(process.returncode for process in running) == [0, 0, 1]
    assert [line for line in errors if line] == [
        f"isolambda: {tmp_path / '2.tar'} is there already; choose another name\n"
    ]
    for number in ("1", "2"):
        restore(tmp_path / f"{number}.tar", tmp_path / number)
        assert name_in(tmp_path / number) == "kept"


# --- What is refused ---------------------------------------------------------


def test_a_file_that_is_there_stays(data: Path, file: Path) -> None:
    file.write_text("mine")

    with pytest.raises(BackupError, match="is there already; choose another name"):
        back_up(data, file)

    assert file.read_text() == "mine"


def test_a_file_that_came_meanwhile_stays(
    data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def takes_long(*paths: Path) -> int:
        file.write_text("mine")
        return take_snapshot(*paths)

    monkeypatch.setattr(making, "take_snapshot", takes_long)

    with pytest.raises(BackupError, match="is there already"):
        back_up(data, file)

    assert file.read_text() == "mine"
    assert [*file.parent.glob(".*")] == []


@pytest.mark.parametrize(
    "name", ["data/backup.tar", "data/buckets/backup.tar", "link/backup.tar", "disk/a/backup.tar"]
)
def test_a_file_in_the_data_directory_is_refused(data: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(data)
    (data / "buckets").rename(tmp_path / "disk")
    (data / "buckets").symlink_to(tmp_path / "disk")

    with pytest.raises(BackupError, match="is in the data directory, and would be lost with it"):
        back_up(data, tmp_path / name)


def test_a_link_in_the_place_of_the_file_is_not_followed(
    data: Path, file: Path, tmp_path: Path
) -> None:
    file.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BackupError, match="is there already"):
        back_up(data, file)

    assert not (tmp_path / "elsewhere").exists()


def no_database(data: Path) -> None:
    (data / DATABASE_NAME).unlink()


def no_secret(data: Path) -> None:
    (data / "secret").unlink()


def half_a_secret(data: Path) -> None:
    os.truncate(data / "secret", 30)


def a_text(data: Path) -> None:
    (data / DATABASE_NAME).write_text("a text, and no database\n" * 500)


def damaged_in_the_middle(data: Path) -> None:
    with (data / DATABASE_NAME).open("r+b") as database:
        for page in range(3, 30):
            database.seek(page * 4096)
            database.write(b"\xff" * 64)


def a_newer_database(data: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def endless_credentials(data: Path) -> None:
    os.truncate(data / "credentials.json", 10**12)


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (no_database, "nothing is kept in"),
    (no_secret, "the file secret is missing"),
    (half_a_secret, "the file secret is damaged"),
    (a_text, "is not a database"),
    (damaged_in_the_middle, "malformed"),
    (a_newer_database, f"schema version {SCHEMA_VERSION + 1}"),
    (endless_credentials, "has more than 65536 bytes"),
]


@pytest.mark.parametrize(("damage", "reason"), FAULTS)
def test_what_would_not_restore_is_not_backed_up(
    data: Path, file: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(data)

    with pytest.raises(IsolambdaError, match=reason):
        back_up(data, file)

    assert [*file.parent.glob("*.tar*"), *file.parent.glob(".*")] == []


def test_the_part_of_a_disk_that_a_server_keeps_free_is_not_taken(
    data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_local.backup.snapshot.DISK_RESERVED_BYTES", 10**18)
    monkeypatch.setattr("isolambda_local.backup.snapshot.DISK_RESERVED_PERCENT", 100)

    with pytest.raises(BackupError, match=r"stay free, and .* bytes are left; free some space"):
        back_up(data, file)


def test_what_others_take_of_a_disk_meanwhile_is_seen(
    data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(_: Path) -> None:
        raise BackupError("free some space")

    monkeypatch.setattr(writing, "_SYNC_BYTES", 1_000)
    monkeypatch.setattr(writing, "require_room", is_full)

    with pytest.raises(BackupError, match="free some space"):
        back_up(data, file)

    assert {path.name for path in file.parent.iterdir()} == {"data"}


def test_a_disk_that_fills_up_leaves_nothing(
    data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(_: IO[bytes], *__: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(writing.BackupWriter, "_write", is_full)

    with pytest.raises(OSError, match="No space left"):
        back_up(data, file)

    assert {path.name for path in file.parent.iterdir()} == {"data"}


def test_a_restore_meanwhile_leaves_no_backup_of_one_database_and_another_secret(
    data: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(a_data_directory(tmp_path / "other", "other"), tmp_path / "other.tar")

    def copying(database: Path, copy: Path) -> int:
        version = take_snapshot(database, copy)
        restore(tmp_path / "other.tar", data, replace=True)
        return version

    monkeypatch.setattr(making, "take_snapshot", copying)

    with pytest.raises(BackupError, match=r"another backup was restored to .* meanwhile"):
        back_up(data, file)

    assert [*tmp_path.glob("*backup*")] == []
    monkeypatch.undo()
    back_up(data, file)


def test_a_file_system_without_links_takes_it(
    data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Path) -> None:
        raise OSError(EPERM, os.strerror(EPERM))

    monkeypatch.setattr(Path, "hardlink_to", refuses)

    back_up(data, file)

    assert {path.name for path in file.parent.iterdir()} == {"data", file.name}


# --- Folders, to which others may write --------------------------------------


def test_what_is_no_file_of_a_folder_is_left_out_and_named(
    data: Path, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "private").write_text("of someone else")
    (data / BUCKET / "link").symlink_to(tmp_path / "private")
    (data / BUCKET / "folder").symlink_to(tmp_path)
    os.mkfifo(data / BUCKET / "pipe")
    (data / "notes.txt").touch()

    made = back_up(data, file)

    names = [f"{BUCKET}/folder", f"{BUCKET}/link", f"{BUCKET}/pipe", "notes.txt"]
    assert made.left_out == names
    assert {*names_in(file)} & {*names} == set()


def test_a_link_that_takes_the_place_of_a_file_is_left_out(
    data: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("of someone else")
    opened = os.open

    def swapping(path: Path, flags: int, *mode: int) -> int:
        if str(path).endswith("a/b.txt") and not (data / BUCKET / "a").is_symlink():
            (data / BUCKET / "a").rename(data / BUCKET / "was")
            (data / BUCKET / "a").symlink_to(tmp_path / "a")
        return opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", swapping)

    made = back_up(data, file)

    assert made.left_out == [f"{BUCKET}/a/b.txt"]
    assert b"of someone else" not in file.read_bytes()


def test_folders_that_an_operator_put_elsewhere_are_in_it(
    data: Path, file: Path, tmp_path: Path
) -> None:
    (data / "buckets").rename(tmp_path / "disk")
    (data / "buckets").symlink_to(tmp_path / "disk")

    made = back_up(data, file)

    assert made.left_out == []
    assert f"{BUCKET}/a/b.txt" in names_in(file)


def test_a_file_that_changes_all_the_time_is_named_and_has_its_last_bytes(
    data: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = data / BUCKET / "a" / "b.txt"
    reads = os.pread

    def grow(descriptor: int, size: int, position: int) -> bytes:
        found = reads(descriptor, size, position)
        if found.startswith(b"kept"):
            with growing.open("a") as log:
                log.write("!")
        return found

    for other in (data / BUCKET / ("long" * 50), data / BUCKET / "d\u00e9j\u00e0 vu"):
        other.unlink()
    monkeypatch.setattr(os, "pread", grow)

    made = back_up(data, file)

    assert made.changing == [f"{BUCKET}/a/b.txt"]
    restore(file, tmp_path / "other")
    assert (tmp_path / "other" / BUCKET / "a" / "b.txt").read_text() == "kept!!"


@pytest.mark.parametrize(
    "mtime_ns", [-1, -5_500_000_000, -5_000_000_000, 10**10 * 10**9, 10**10 * 10**9 + 1]
)
def test_a_time_of_any_year_is_kept(data: Path, file: Path, tmp_path: Path, mtime_ns: int) -> None:
    place = data / BUCKET / "a" / "b.txt"
    os.utime(place, ns=(mtime_ns, mtime_ns))

    back_up(data, file)

    restore(file, tmp_path / "other")
    other = tmp_path / "other" / BUCKET / "a" / "b.txt"
    assert other.stat().st_mtime_ns == place.stat().st_mtime_ns


@pytest.mark.parametrize(("folder", "count"), [("x", 300), ("deep" * 50, 25)])
def test_folders_that_are_too_deep_to_restore_are_left_out_and_named(
    data: Path, file: Path, tmp_path: Path, folder: str, count: int
) -> None:
    with chdir(data / BUCKET):
        for _ in range(count):
            Path(folder).mkdir()
            os.chdir(folder)
        Path("file").touch()

    made = back_up(data, file)

    [left_out] = made.left_out
    assert left_out.endswith(f"/{folder}/{folder}")
    restore(file, tmp_path / "other")
    assert name_in(tmp_path / "other") == "kept"


def test_names_that_are_no_text_are_kept(data: Path, file: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe \n \\")
    (data / BUCKET / name).write_text("strange")

    back_up(data, file)

    restore(file, tmp_path / "other")
    assert (tmp_path / "other" / BUCKET / name).read_text() == "strange"


def test_a_restore_that_was_cut_off_is_ended_first(data: Path, file: Path, tmp_path: Path) -> None:
    newer = a_data_directory(tmp_path / "newer", "restored")
    newer.rename(data / "restored-20260101T000000Z-0000")

    back_up(data, file)

    restore(file, tmp_path / "other")
    assert name_in(tmp_path / "other") == "restored"
