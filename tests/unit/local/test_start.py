"""What keeps a machine from starting is one line, and the attempt changes nothing."""

import os
import re
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from errno import EAGAIN, EMFILE, ENOSPC
from pathlib import Path

import pytest

from isolambda_core.domain.executions.errors import (
    ExecutorUnavailableError,
    UnconfinedError,
)
from isolambda_core.domain.executions.execution import (
    ExecutionRequest,
    ExecutionResult,
)
from isolambda_local import serve
from isolambda_local.backup.restoring import restore
from isolambda_local.data_directory import DATABASE_NAME, look_at
from isolambda_local.serve import open_local
from isolambda_local.settings import ServerSettings
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from isolambda_local.start_error import StartError
from tests.support.data_directories import make_older, version_of
from tests.support.folders import contents

URL = "http://127.0.0.1:8787"

Prepare = Callable[[Path], Path]


class NoWorkers:
    """Stands for the workers, which start before anything is opened."""

    confinement = None

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> "NoWorkers":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def with_deadline(self, _: float) -> "NoWorkers":
        return self

    def execute(self, request: ExecutionRequest) -> ExecutionResult:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "Supervisor", NoWorkers)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory of data as a server that ended has left it."""
    with open_local(ServerSettings(tmp_path / "data"), URL) as local:
        assert local.first_start
    return tmp_path / "data"


# --- The directory -----------------------------------------------------------


def a_file(folder: Path) -> Path:
    (folder / "data").write_text("mine")
    return folder / "data"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("mine")
    return folder / "file" / "data"


def a_dangling_link(folder: Path) -> Path:
    (folder / "data").symlink_to(folder / "gone")
    return folder / "data"


def a_loop_of_links(folder: Path) -> Path:
    (folder / "data").symlink_to(folder / "data")
    return folder / "data"


def a_long_path(folder: Path) -> Path:
    return folder.joinpath(*["d" * 100] * 6)


def a_long_name(folder: Path) -> Path:
    return folder / ("d" * 300)


# --- What is in it -----------------------------------------------------------


def garbage(data: Path) -> None:
    (data / DATABASE_NAME).write_bytes(os.urandom(8192))


def a_text(data: Path) -> None:
    (data / DATABASE_NAME).write_text("a text, and no database\n" * 500)


def cut_off(data: Path) -> None:
    os.truncate(data / DATABASE_NAME, (data / DATABASE_NAME).stat().st_size // 2)


def cut_off_in_its_header(data: Path) -> None:
    os.truncate(data / DATABASE_NAME, 50)


def cut_off_to_a_byte(data: Path) -> None:
    os.truncate(data / DATABASE_NAME, 1)


def damaged_in_the_middle(data: Path) -> None:
    with (data / DATABASE_NAME).open("r+b") as file:
        for page in range(3, 30):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)


def a_damaged_log(data: Path) -> None:
    (data / f"{DATABASE_NAME}-wal").write_bytes(b"\xa5" * 8192)


def a_folder_for_a_database(data: Path) -> None:
    (data / DATABASE_NAME).unlink()
    (data / DATABASE_NAME).mkdir()


def a_newer_database(data: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def a_database_of_another_program(data: Path) -> None:
    (data / DATABASE_NAME).unlink()
    with closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


def no_secret(data: Path) -> None:
    (data / "secret").unlink()


def half_a_secret(data: Path) -> None:
    os.truncate(data / "secret", 30)


def an_empty_secret(data: Path) -> None:
    os.truncate(data / "secret", 0)


def a_folder_for_a_secret(data: Path) -> None:
    no_secret(data)
    (data / "secret").mkdir()


def a_folder_for_credentials(data: Path) -> None:
    (data / "credentials.json").unlink()
    (data / "credentials.json").mkdir()


# --- All of them -------------------------------------------------------------

DIRECTORIES: list[tuple[Prepare, str]] = [
    (a_file, r"\S+/data is no directory; move it away, or choose another --data-dir"),
    (below_a_file, r"\S+/file is no directory; move it away, or choose another --data-dir"),
    (a_dangling_link, r"\S+/data is a link to \S+/gone, which is not there; make .*"),
    (a_loop_of_links, r"\S+/data is a link to \S+/data, which is not there; make .*"),
    (a_long_path, r"the path of --data-dir is \d+ bytes too long for SQLite; .*"),
    (a_long_name, r"\S+: File name too long; .*"),
]
CONTENTS: list[tuple[Callable[[Path], None], str]] = [
    (garbage, r"\S+/isolambda.sqlite3 is not a database; move it away, or restore .*"),
    (a_text, r"\S+/isolambda.sqlite3 is not a database; move it away, or restore .*"),
    (cut_off, r"\S+/isolambda.sqlite3 is damaged; restore it from a backup"),
    (cut_off_in_its_header, r"\S+/isolambda.sqlite3 is damaged; restore it from a backup"),
    (cut_off_to_a_byte, r"\S+/isolambda.sqlite3 is not a database; move it away, or .*"),
    (damaged_in_the_middle, r"\S+/isolambda.sqlite3 is damaged; restore it from a backup"),
    (a_damaged_log, r"\S+/data: the file isolambda.sqlite3-wal is damaged; restore it .*"),
    (a_folder_for_a_database, r"\S+/isolambda.sqlite3: Is a directory; put that right, or .*"),
    (a_newer_database, r"\S+/data: the database has schema version \d+; .* use the newer one"),
    (a_database_of_another_program, r"\S+/data: the database is another program's; move .*"),
    (
        no_secret,
        r"\S+/data: the file secret is missing; .* openssl rand -hex 32 > \S+/secret",
    ),
    (half_a_secret, r"\S+/data: the file secret is damaged; restore it from a backup"),
    (an_empty_secret, r"\S+/data: the file secret is damaged; restore it from a backup"),
    (a_folder_for_a_secret, r"\S+/data/secret: Is a directory; .*"),
    (a_folder_for_credentials, r"\S+/credentials.json: Is a directory; .*"),
]


def name_of(value: object) -> str | None:
    return getattr(value, "__name__", "").replace("_", " ") or None


@pytest.mark.parametrize(("prepare", "line"), DIRECTORIES, ids=name_of)
def test_a_directory_that_cannot_be_used_is_refused(
    tmp_path: Path, prepare: Prepare, line: str
) -> None:
    data_dir = prepare(tmp_path)
    before = contents(tmp_path)

    with pytest.raises(StartError) as refused:
        look_at(data_dir)

    assert re.fullmatch(line, str(refused.value))
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("damage", "line"), CONTENTS, ids=name_of)
def test_what_cannot_be_used_is_named_and_left_alone(
    data: Path, damage: Callable[[Path], None], line: str
) -> None:
    damage(data)
    before = contents(data)

    assert re.fullmatch(line, refusal(data))

    assert contents(data) == before


def refusal(data_dir: Path) -> str:
    with pytest.raises(StartError) as refused, open_local(ServerSettings(data_dir), URL):
        pass
    return str(refused.value)


def test_what_a_name_holds_does_not_break_the_line(data: Path) -> None:
    moved = data.rename(data.with_name("two\nlines"))
    no_secret(moved)

    assert "\n" not in refusal(moved)


def test_an_older_database_is_backed_up_before_it_is_changed(data: Path, tmp_path: Path) -> None:
    make_older(data)

    with open_local(ServerSettings(data), URL):
        pass

    assert version_of(data / DATABASE_NAME) == SCHEMA_VERSION
    [backup] = (data / "backups").iterdir()
    restore(backup, tmp_path / "before")
    assert version_of(tmp_path / "before" / DATABASE_NAME) == SCHEMA_VERSION - 1


def test_a_restore_that_was_killed_is_ended_before_anything_is_made(data: Path) -> None:
    restored = data.rename(data.with_name("restored-20260101T000000Z-0000"))
    data.mkdir()
    restored.rename(data / restored.name)

    with open_local(ServerSettings(data), URL) as local:
        assert not local.first_start

    assert not (data / restored.name).exists()


@pytest.mark.parametrize("ending", ["", "-wal"])
def test_an_empty_file_is_no_damage(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"{DATABASE_NAME}{ending}").touch()

    with open_local(ServerSettings(tmp_path), URL) as local:
        assert local.first_start


def test_damage_in_a_large_database_is_looked_for_where_tables_begin(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isolambda_local.sqlite.database._CHECKED_BYTES", 0)
    with open_local(ServerSettings(data), URL):
        pass
    damaged_in_the_middle(data)

    assert refusal(data).endswith("isolambda.sqlite3 is damaged; restore it from a backup")


@pytest.mark.parametrize("made", ["new", "new/deep/data", "there"])
def test_a_first_start_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").touch()
    before = contents(tmp_path)

    def fail(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(serve, "open_credentials", fail)

    assert refusal(tmp_path / made) == (
        f"{tmp_path / made} cannot be written, the disk is full; free some space"
    )
    assert contents(tmp_path) == before


def test_no_room_for_threads_is_reported(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)

    assert refusal(data) == "can't start new thread; raise the limit with `ulimit -u`"


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        (OSError(EMFILE, "Too many open files"), "Too many open files; .*`ulimit -n`"),
        (OSError(EAGAIN, "Resource temporarily unavailable"), "no more processes .*`ulimit -u`"),
        (TimeoutError(), "the workers take too long to start; .*"),
        (UnconfinedError(), "the kernel confines no worker: .*; serve elsewhere, .*--unconfined.*"),
        (RuntimeError("no V8"), "the workers that run functions do not start: no V8; V8 needs .*"),
    ],
    ids=["files", "processes", "time", "kernel", "engine"],
)
def test_workers_that_do_not_start_are_reported_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: Exception, line: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        if isinstance(cause, ExecutorUnavailableError):
            raise cause
        raise ExecutorUnavailableError from cause

    monkeypatch.setattr(serve, "Supervisor", fail)

    assert re.fullmatch(line, refusal(tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_others_could_read_is_kept_from_them(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (data / "secret").chmod(0o644)

    with open_local(ServerSettings(data), URL):
        assert "others could read the file secret (mode 0644); no longer" in caplog.text
        assert stat.S_IMODE((data / "secret").stat().st_mode) == 0o600


def test_a_database_that_is_gone_is_missed_in_the_log(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (data / DATABASE_NAME).unlink()

    with open_local(ServerSettings(data), URL) as local:
        assert local.first_start
        assert "credentials.json names an account that the database does not have" in caplog.text
