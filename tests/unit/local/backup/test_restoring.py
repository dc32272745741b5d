"""A restore puts all of a backup in place or nothing, and believes nothing that a file says."""

import hashlib
import io
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolambda_core.domain.errors import IsolambdaError
from isolambda_local.backup import restoring
from isolambda_local.backup.format import BackupError, DamagedBackupError
from isolambda_local.backup.making import back_up
from isolambda_local.backup.reading import BackupReader
from isolambda_local.backup.restoring import restore
from isolambda_local.data_directory import DATABASE_NAME, locked
from isolambda_local.sqlite.files import DatabaseInUseError
from isolambda_local.sqlite.migrations import SCHEMA_VERSION, NewerSchemaError
from tests.support.data_directories import a_data_directory, files_in, make_older, name_in
from tests.support.folders import contents

SECRET = b"0" * 64 + b"\n"

READ = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM functions").fetchone()
print("reads", flush=True)
sys.stdin.read()
"""

Tar = Callable[..., Path]


@pytest.fixture
def backup(data: Path, file: Path) -> Path:
    """A backup of ``data``."""
    back_up(data, file)
    return file


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A directory that is not there."""
    return tmp_path / "target"


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A directory of another server that has ended."""
    full = a_data_directory(tmp_path / "full", "before")
    (full / "isolambda-server.toml").write_text("port = 1")
    (full / "notes.txt").write_text("mine")
    return full


# --- The directory -----------------------------------------------------------


def test_an_empty_directory_takes_it_and_keeps_its_mode(backup: Path, target: Path) -> None:
    target.mkdir(mode=0o750)
    (target / "lost+found").mkdir()

    restored = restore(backup, target)

    assert name_in(target) == "kept"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750
    assert (restored.replaced, restored.head.schema_version) == (None, SCHEMA_VERSION)


def test_a_directory_that_is_made_is_for_its_owner_alone(backup: Path, target: Path) -> None:
    restore(backup, target / "below")

    assert stat.S_IMODE((target / "below").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (target / "below").glob("*[t3n]")} == {
        0o600
    }


def test_a_link_to_a_directory_is_followed(backup: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    target.symlink_to(tmp_path / "disk")

    restore(backup, target)

    assert name_in(tmp_path / "disk") == "kept"


@pytest.mark.parametrize("name", [DATABASE_NAME, "secret", "notes.txt", ".hidden", "queue.lock"])
def test_a_directory_that_is_not_empty_is_refused(backup: Path, target: Path, name: str) -> None:
    target.mkdir()
    (target / name).write_text("mine")

    with pytest.raises(BackupError, match="is not empty; choose another --data-dir, or"):
        restore(backup, target)

    assert files_in(target) == {name: b"mine"}


def test_replace_keeps_what_has_the_same_name_and_leaves_the_rest(backup: Path, full: Path) -> None:
    before = files_in(full)

    replaced = restore(backup, full, replace=True).replaced

    assert replaced is not None
    assert name_in(full) == "kept"
    assert (full / "notes.txt").read_text() == "mine"
    assert (full / "isolambda-server.toml").read_text() == "port = 1"
    assert name_in(replaced) == "before"
    left = {"notes.txt", "isolambda-server.toml"}
    assert {*files_in(replaced)} == {*before} - left


def test_the_log_of_the_old_database_goes_with_it(backup: Path, full: Path) -> None:
    with closing(sqlite3.connect(full / DATABASE_NAME)) as connection:
        connection.execute("UPDATE functions SET document = json_set(document, '$.name', 'log')")
        connection.commit()
        log = (full / f"{DATABASE_NAME}-wal").read_bytes()
        database = (full / DATABASE_NAME).read_bytes()
    (full / DATABASE_NAME).write_bytes(database)
    (full / f"{DATABASE_NAME}-wal").write_bytes(log)

    replaced = restore(backup, full, replace=True).replaced

    assert replaced is not None
    assert name_in(full) == "kept"
    assert name_in(replaced) == "log"


@pytest.mark.parametrize("damage", [b"", b"a text, and no database\n" * 500])
def test_replace_takes_a_directory_that_is_damaged(backup: Path, full: Path, damage: bytes) -> None:
    (full / DATABASE_NAME).write_bytes(damage)

    restore(backup, full, replace=True)

    assert name_in(full) == "kept"


@pytest.mark.parametrize("replace", [False, True])
def test_a_directory_that_a_process_uses_is_refused(
    backup: Path, full: Path, *, replace: bool
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", READ, str(full / DATABASE_NAME)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reads\n"
        before = files_in(full)

        with pytest.raises(DatabaseInUseError, match="another process uses"):
            restore(backup, full, replace=replace)

        assert files_in(full) == before
        reader.kill()


def test_a_restore_waits_for_another(backup: Path, target: Path) -> None:
    words = [sys.executable, "-c", "from isolambda_cli.main import app; app()", "restore"]
    with locked(target):
        second = subprocess.Popen(
            [*words, str(backup), "--data-dir", str(target)], stderr=subprocess.PIPE, text=True
        )
        assert list(target.iterdir()) == []

    assert second.wait(300) == 0
    assert second.stderr is not None
    second.stderr.close()
    assert name_in(target) == "kept"


def test_what_is_left_of_a_restore_that_was_killed_goes(backup: Path, target: Path) -> None:
    (target / "restoring-0123abcd").mkdir(parents=True)
    (target / "restoring-0123abcd" / "secret").touch()

    restore(backup, target)

    assert not (target / "restoring-0123abcd").exists()


def test_a_file_system_of_its_own_is_not_moved_away(
    backup: Path, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = Path.lstat

    def mounted(path: Path) -> os.stat_result:
        found = status(path)
        return os.stat_result((*found[:2], 0, *found[3:])) if path == full / "buckets" else found

    monkeypatch.setattr(Path, "lstat", mounted)

    with pytest.raises(BackupError, match="buckets is mounted; unmount it first"):
        restore(backup, full, replace=True)

    assert name_in(full) == "before"


def test_what_is_mounted_of_the_same_file_system_is_not_moved_away(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = a_data_directory(tmp_path / "a place", "before")
    place = str(full.resolve() / "buckets").replace(" ", r"\040")
    (tmp_path / "mounts").write_text(
        "24 1 254:0 / / rw - ext4 /dev/vda rw\n"
        f"61 24 254:0 /elsewhere {place} rw,relatime shared:1 - ext4 /dev/vda rw\n"
    )
    monkeypatch.setattr(restoring, "_MOUNTS", tmp_path / "mounts")

    with pytest.raises(BackupError, match="buckets is mounted; unmount it first"):
        restore(backup, full, replace=True)

    assert name_in(full) == "before"


def test_what_is_of_another_user_is_not_moved_away(
    backup: Path, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: full.stat().st_uid + 1)

    with pytest.raises(BackupError, match="another user's; restore as the user that serves"):
        restore(backup, full, replace=True)

    assert name_in(full) == "before"


@pytest.mark.parametrize("name", ["restoring-notes", "restored-notes", "restored-1"])
def test_names_that_an_operator_has_chosen_are_none_of_a_restore(
    backup: Path, full: Path, name: str
) -> None:
    (full / f"{name}.txt").write_text("mine")
    (full / name).mkdir()
    (full / name / "secret").write_text("mine")

    restore(backup, full, replace=True)
    with locked(full):
        pass

    assert name_in(full) == "kept"
    assert (full / "secret").read_text() != "mine"
    assert ((full / f"{name}.txt").read_text(), (full / name / "secret").read_text()) == (
        "mine",
        "mine",
    )


def test_a_disk_without_room_takes_nothing(
    backup: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_local.backup.snapshot.DISK_RESERVED_BYTES", 10**18)
    monkeypatch.setattr("isolambda_local.backup.snapshot.DISK_RESERVED_PERCENT", 100)

    with pytest.raises(BackupError, match="free some space"):
        restore(backup, target)

    assert not target.exists()


# --- The file ----------------------------------------------------------------


def test_every_byte_of_a_small_entry_matters(backup: Path, target: Path) -> None:
    whole = backup.read_bytes()
    end = whole.index(b"sha256\0")
    for position in [*range(0, 1200, 7), *range(end - 700, end, 7), *range(end, len(whole), 97)]:
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        backup.write_bytes(damaged)

        with pytest.raises(IsolambdaError):
            restore(backup, target)

        assert not target.exists()


@pytest.mark.parametrize("part", [0, 1, 511, 512, 600, 5_000, 150_000, -1, -512, -1024, -1600])
def test_a_file_that_is_cut_off_is_refused(backup: Path, target: Path, part: int) -> None:
    os.truncate(backup, part if part >= 0 else backup.stat().st_size + part)

    with pytest.raises(DamagedBackupError, match="it is no whole backup: "):
        restore(backup, target)

    assert not target.exists()


def test_a_file_that_goes_on_is_refused(backup: Path, target: Path) -> None:
    with backup.open("ab") as end:
        end.write(b"!")

    with pytest.raises(DamagedBackupError, match="goes on after its end"):
        restore(backup, target)


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n" * 100, b"\0" * 2048, b"PK\3\4" * 1000])
def test_another_file_is_refused(file: Path, target: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(DamagedBackupError):
        restore(file, target)


def test_ten_gigabytes_of_zeros_are_refused_at_the_first(file: Path, target: Path) -> None:
    file.touch()
    os.truncate(file, 10**10)

    with pytest.raises(DamagedBackupError, match="what follows is no entry"):
        restore(file, target)


def test_a_pipe_is_not_waited_for(tmp_path: Path, target: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(BackupError, match="is no file"):
        restore(tmp_path / "pipe", target)


def test_a_backup_of_a_newer_version_is_refused_with_the_reason(
    data: Path, file: Path, target: Path
) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    pack(data, file, head={"schema_version": SCHEMA_VERSION + 1})

    with pytest.raises(NewerSchemaError, match=f"schema version {SCHEMA_VERSION + 1}; this"):
        restore(file, target)

    pack(data, file, head={"format": 2})
    with pytest.raises(BackupError, match=r"Isolambda 9\.9 made it, which is newer: use that one"):
        restore(file, target)


def test_a_backup_of_an_older_version_is_as_it_was(data: Path, file: Path, target: Path) -> None:
    make_older(data)
    back_up(data, file)

    assert restore(file, target).head.schema_version == SCHEMA_VERSION - 1


def test_what_tar_says_is_what_is_restored(backup: Path, target: Path, tmp_path: Path) -> None:
    subprocess.run(["/bin/tar", "xf", backup, "-C", tmp_path], check=True)

    restore(backup, target)

    assert (tmp_path / "secret").read_bytes() == (target / "secret").read_bytes()


def pack(
    data: Path,
    file: Path,
    *more: tuple[tarfile.TarInfo, bytes],
    without: str = "",
    head: dict[str, object] | None = None,
    **contents: bytes,
) -> Path:
    """Write a file as a backup of ``data`` would be, with entries that no backup has."""
    about = {"isolambda": "9.9", "schema_version": SCHEMA_VERSION, "made_at": 1, "format": 1}
    entries = {
        "isolambda-backup.json": json.dumps({**about, **(head or {})}).encode(),
        DATABASE_NAME: (data / DATABASE_NAME).read_bytes(),
        "secret": SECRET,
    }
    entries.update(
        {"credentials.json" if n == "credentials" else n: c for n, c in contents.items()}
    )
    entries.pop(without, None)
    out = io.BytesIO()
    for info, content in [
        *((tarfile.TarInfo(name), text) for name, text in entries.items()),
        *more,
    ]:
        if (
            info.type in {tarfile.REGTYPE, tarfile.GNUTYPE_SPARSE}
            and "size" not in info.pax_headers
        ):
            info.size = len(content)
        out.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
        out.write(content + bytes(-len(content) % 512))
    seal = tarfile.TarInfo("sha256")
    seal.size = 65
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    out.write(
        seal.tobuf(tarfile.PAX_FORMAT) + f"{digest}\n".encode().ljust(512, b"\0") + bytes(1024)
    )
    file.write_bytes(out.getvalue())
    return file


def an_entry(
    name: str, kind: bytes = tarfile.REGTYPE, **attributes: str
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = "/etc/passwd" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
    info.pax_headers = attributes
    return info, b"hostile" if kind == tarfile.REGTYPE else b""


BUCKETS = an_entry("buckets", tarfile.DIRTYPE)
HOSTILE: list[tuple[str, list[tuple[tarfile.TarInfo, bytes]]]] = [
    ("is nothing that a backup has", [an_entry("../outside")]),
    ("is nothing that a backup has", [an_entry("/outside")]),
    ("is nothing that a backup has", [BUCKETS, an_entry("buckets/../../outside")]),
    ("is nothing that a backup has", [BUCKETS, an_entry("buckets//outside")]),
    ("is nothing that a backup has", [BUCKETS, an_entry("buckets/./outside")]),
    ("is nothing that a backup has", [an_entry("buckets")]),
    ("is nothing that a backup has", [an_entry("x", path="buckets/a\0b")]),
    ("is nothing that a backup has", [an_entry("x", path="../outside")]),
    ("is nothing that a backup has", [an_entry("buckets/" + "d/" * 300 + "x")]),
    ("is nothing that a backup has", [an_entry("isolambda.sqlite3-wal")]),
    ("is nothing that a backup has", [an_entry("isolambda-backup.json")]),
    ("is nothing that a backup has", [an_entry("queue.lock")]),
    ("is nothing that a backup has", [an_entry("secret", tarfile.DIRTYPE)]),
    ("no name, or one that is too long", [an_entry("x", path="buckets/" + "x" * 5_000)]),
    ("has no place", [an_entry("secret")]),
    ("has no place", [an_entry("buckets/a")]),
    ("has no place", [BUCKETS, BUCKETS]),
    ("has no place", [BUCKETS, an_entry("buckets/a"), an_entry("buckets/a/b")]),
    ("neither a file nor a folder", [an_entry("secret", tarfile.SYMTYPE)]),
    ("neither a file nor a folder", [BUCKETS, an_entry("buckets/a", tarfile.SYMTYPE)]),
    ("neither a file nor a folder", [BUCKETS, an_entry("buckets/a", tarfile.LNKTYPE)]),
    ("neither a file nor a folder", [BUCKETS, an_entry("buckets/a", tarfile.CHRTYPE)]),
    ("neither a file nor a folder", [BUCKETS, an_entry("buckets/a", tarfile.FIFOTYPE)]),
    ("neither a file nor a folder", [BUCKETS, an_entry("buckets/a", tarfile.GNUTYPE_SPARSE)]),
    ("neither a file nor a folder", [an_entry("x" * 200, tarfile.XGLTYPE)]),
    ("it was cut off", [BUCKETS, an_entry("buckets/a", size="99999999999999")]),
    ("a number is none", [BUCKETS, an_entry("buckets/a", size="-512")]),
    ("a number is none", [BUCKETS, an_entry("buckets/a", size="9" * 4_000)]),
    ("a number is none", [BUCKETS, an_entry("buckets/a", mtime="nan")]),
    ("a folder has bytes", [an_entry("buckets", tarfile.DIRTYPE, size="1")]),
    ("may have", [an_entry("x", comment="x" * 100_000)]),
]


@pytest.mark.parametrize(("reason", "entries"), HOSTILE)
def test_an_entry_that_no_backup_has_is_refused(
    data: Path,
    file: Path,
    target: Path,
    tmp_path: Path,
    reason: str,
    entries: list[tuple[tarfile.TarInfo, bytes]],
) -> None:
    pack(data, file, *entries)
    before = {path.name for path in tmp_path.iterdir()}

    with pytest.raises(DamagedBackupError, match=reason):
        restore(file, target)

    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("secret is not in it", {"without": "secret"}),
        ("isolambda.sqlite3 is not in it", {"without": DATABASE_NAME}),
        ("does not begin as one", {"without": "isolambda-backup.json"}),
        ("does not say who made it", {"head": {"schema_version": "19"}}),
        ("does not say who made it", {"head": {"made_at": -1}}),
        ("does not say who made it", {"head": {"made_at": 253_402_300_800}}),
        ("another schema than it says", {"head": {"schema_version": 1}}),
        ("the file secret is damaged", {"secret": b"short\n"}),
        ("secret is too long", {"secret": b"0" * 5_000}),
        ("credentials.json is too long", {"credentials": b"0" * 100_000}),
        ("the database is damaged", {DATABASE_NAME: b""}),
        ("the database is damaged", {DATABASE_NAME: b"a text, and no database\n" * 500}),
    ],
)
def test_a_backup_of_which_a_part_is_wrong_is_refused(
    data: Path, file: Path, target: Path, reason: str, changes: dict[str, object]
) -> None:
    pack(data, file, **changes)  # type: ignore[arg-type]

    with pytest.raises(IsolambdaError, match=reason):
        restore(file, target)

    assert not target.exists()


def of_another_program(database: sqlite3.Connection) -> None:
    database.execute("DROP TABLE functions")


def an_index_without_its_rows(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA writable_schema = ON")
    database.execute(
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = "
        "'approvals_by_call') WHERE name = 'api_keys_of_account'"
    )


def an_index_that_takes_all_memory(database: sqlite3.Connection) -> None:
    database.execute("CREATE TABLE x (y)")
    database.execute("CREATE INDEX i ON x (length(hex(zeroblob(y))))")
    database.execute("INSERT INTO x VALUES (70000000)")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (of_another_program, "the database is another program's"),
        (an_index_without_its_rows, "the database is damaged"),
        (an_index_that_takes_all_memory, "the database is damaged: string or blob too big"),
    ],
)
def test_a_database_that_no_server_wrote_is_refused(
    data: Path,
    file: Path,
    target: Path,
    change: Callable[[sqlite3.Connection], None],
    reason: str,
) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        change(connection)
        connection.commit()
    pack(data, file)

    with pytest.raises(IsolambdaError, match=re.escape(reason)):
        restore(file, target)

    assert not target.exists()


def test_rights_of_files_are_kept_and_no_more_than_rights(
    data: Path, file: Path, target: Path
) -> None:
    program, content = an_entry("buckets/a")
    program.mode = 0o6777
    pack(data, file, BUCKETS, (program, content))

    restore(file, target)

    assert stat.S_IMODE((target / "buckets" / "a").stat().st_mode) == 0o777


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2_000), st.integers(0, 4_000))
def test_no_bytes_make_the_reader_fail_in_another_way(
    data: Path, file: Path, noise: bytes, position: int
) -> None:
    whole = bytearray(pack(data, file, BUCKETS, an_entry("buckets/a", mtime="1.5")).read_bytes())
    whole[position : position + len(noise)] = noise

    with suppress(DamagedBackupError):
        for _ in read_all(bytes(whole)):
            pass


def read_all(content: bytes) -> Iterator[bytes]:
    reader = BackupReader(io.BytesIO(content))
    for _ in reader.entries():
        yield reader.chunk()


def test_a_restore_that_fails_leaves_a_full_directory_as_it_was(
    backup: Path, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(full)

    def fails(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(restoring, "check_database", fails)
    with pytest.raises(OSError):  # noqa: PT011 - any
        restore(backup, full, replace=True)

    assert contents(full) == before
