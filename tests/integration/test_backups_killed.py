"""A kill at any write, rename or fsync of a backup, a restore or a migration loses nothing.

Each is killed by strace, once at each of these system calls that it makes.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import pytest

from isolambda_cli.admin.local_target import open_directory
from isolambda_local.backup.making import back_up
from isolambda_local.backup.restoring import restore
from isolambda_local.data_directory import DATABASE_NAME, locked
from isolambda_local.sqlite.migrations import SCHEMA_VERSION
from tests.integration import backup_process
from tests.support.data_directories import (
    OLD,
    a_data_directory,
    files_in,
    make_older,
    name_in,
    version_of,
)
from tests.support.processes import is_stopped
from tests.support.waiting import WAIT_S, eventually

CALLS: Final = (
    *("write", "pwrite64", "ftruncate", "fsync", "fdatasync"),
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "utimensat"),
)
_ATTACHED: Final = " attached"
MANY: Final = 20


@dataclass
class Steps:
    """Runs what changes files, and kills it at one of its system calls."""

    process: subprocess.Popen[str]
    folder: Path
    killed: int = 0

    def run(self, *words: object, at: tuple[str, int] | None = None) -> Counter[str]:
        """Run it, to its end or to the n-th call of a name; return how often it made each call."""
        print(json.dumps([str(word) for word in words]), file=self.process.stdin, flush=True)
        pid = int(self._line())
        eventually(lambda: is_stopped(pid))
        trace = self.folder / "trace"
        names = ",".join(f"?{name}" for name in CALLS)
        kill = [] if at is None else ["-e", f"inject={at[0]}:signal=KILL:when={at[1]}"]
        command = ["strace", "-e", f"trace={names}", *kill, "-o", str(trace), "-p", str(pid)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
            found = cast("IO[str]", strace.stderr).readline()
            if _ATTACHED not in found:
                os.kill(pid, signal.SIGKILL)
                self._line()
                pytest.skip(f"{found.strip()}: NOTHING WAS KILLED AT ITS SYSTEM CALLS")
            os.kill(pid, signal.SIGCONT)
            ended = int(self._line())
        # It makes some calls the first time alone, such as for the index of a log.
        assert ended == 0 or (ended == -signal.SIGKILL and at is not None)
        self.killed += ended != 0
        return Counter(re.findall(r"^(\w+)\(", trace.read_text(encoding="utf-8"), re.MULTILINE))

    def each(self, *words: object) -> Iterator[tuple[str, int]]:
        """Yield the calls to kill it at, as many as a run to the end makes."""
        for name, count in sorted(self.run(*words).items()):
            for number in range(1, count + 1):
                yield name, number

    def _line(self) -> str:
        return cast("IO[str]", self.process.stdout).readline()


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    if shutil.which("strace") is None:
        pytest.skip("there is no strace: NOTHING WAS KILLED AT ITS SYSTEM CALLS")
    command = [sys.executable, str(backup_process.__file__)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Steps(process, tmp_path)
        cast("IO[str]", process.stdin).close()
        process.wait(WAIT_S)


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[Path], Path]:
    """Copy a directory for each run, in the place of the copy before."""

    def copy(kept: Path) -> Path:
        place = tmp_path / "copy"
        shutil.rmtree(place, ignore_errors=True)
        return Path(shutil.copytree(kept, place))

    return copy


def test_a_backup_that_is_killed_is_not_there_or_whole(steps: Steps, tmp_path: Path) -> None:
    data = a_data_directory(tmp_path / "data")
    before = files_in(data)
    file, other = tmp_path / "backup.tar", tmp_path / "other"
    found = [*steps.each("back_up", data, file)]
    for at in found:
        file.unlink(missing_ok=True)
        shutil.rmtree(other, ignore_errors=True)

        steps.run("back_up", data, file, at=at)

        assert files_in(data) == before, at
        if not file.exists():
            back_up(data, file)
        restore(file, other)
        assert name_in(other) == "kept", at
    assert steps.killed > MANY
    assert {name for name, _ in found} >= {"write", "pwrite64", "fsync", "link", "unlink"}


def test_a_restore_that_is_killed_changes_nothing_or_is_ended_by_the_next_command(
    steps: Steps, tmp_path: Path, fresh: Callable[[Path], Path]
) -> None:
    full = a_data_directory(tmp_path / "full", "before")
    back_up(a_data_directory(tmp_path / "data"), tmp_path / "backup.tar")
    before = files_in(full)
    seen = Counter[str]()
    found = [*steps.each("restore", tmp_path / "backup.tar", fresh(full))]
    for at in found:
        data = fresh(full)

        steps.run("restore", tmp_path / "backup.tar", data, at=at)

        with locked(data):  # as each command and each start does
            pass
        name = name_in(data)
        seen[name] += 1
        if name == "before":
            assert files_in(data) == before, at
        else:
            [replaced] = data.glob("replaced-*")
            assert files_in(replaced) == before, at
        assert [*data.glob("restor*")] == [], at
        restore(tmp_path / "backup.tar", data, replace=True)
        assert name_in(data) == "kept", at
    assert seen["before"] > MANY
    assert seen["kept"] > MANY // 2
    assert {name for name, _ in found} >= {"write", "fsync", "rename", "mkdir", "rmdir"}


def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one(
    steps: Steps, tmp_path: Path, fresh: Callable[[Path], Path]
) -> None:
    old = a_data_directory(tmp_path / "old")
    make_older(old)
    seen = Counter[int]()
    found = [*steps.each("migrate", fresh(old))]
    for at in found:
        data = fresh(old)

        steps.run("migrate", data, at=at)

        whole = [*(data / "backups").glob("*.tar")]
        with open_directory(data):
            pass
        seen[len(whole)] += 1
        assert version_of(data / DATABASE_NAME) == SCHEMA_VERSION, at
        [backup] = (data / "backups").iterdir()
        shutil.rmtree(tmp_path / "other", ignore_errors=True)
        restore(backup, tmp_path / "other")
        assert version_of(tmp_path / "other" / DATABASE_NAME) == OLD, at
    assert seen[0] > MANY
    assert seen[1] > 1
