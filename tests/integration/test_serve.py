"""The command that a user types: what keeps it from starting is one line, and changes nothing.

It has no more rights than its user's files give it, also where root runs the tests. What each fault
says in full is in ``tests/unit/local/test_start.py``.
"""

import fcntl
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO

import httpx2
import pytest

from isolambda_local.data_directory import DATABASE_NAME
from isolambda_local.greeting import READY
from tests.support.commands import COMMAND
from tests.support.folders import contents
from tests.support.servers import ONE_WORKER, Server, free_port

IS_ROOT = os.geteuid() == 0
# Root's own right to read and write everything goes, and so does its right to every port.
WITHOUT_RIGHTS = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-net_bind_service"]
    if IS_ROOT
    else []
)
DEADLINE_S = 120
"""Only so that a command which starts after all does not run for ever."""
PORTS_FOR_ALL_FROM = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text("ascii"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of data as a server that ended has left it."""
    data_dir = tmp_path_factory.mktemp("kept") / "data"
    process = subprocess.Popen(
        [COMMAND, "serve", "--port=0", "--workers=1", "--data-dir", data_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert any(READY in line for line in output)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
    return data_dir


@pytest.fixture
def data(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "data"))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for little."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if not IS_ROOT or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


def refusal(*options: str, first: str = "") -> str:
    """Return the one line of a command that does not start; ``first`` is typed before it."""
    serve = [*WITHOUT_RIGHTS, str(COMMAND), "serve", "--workers=1", *options]
    command = ["bash", "-c", f'{first} exec "$@"', "bash", *serve]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
    lines = [line for line in ended.stderr.splitlines() if " INFO " not in line]
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("isolambda: ")
    return lines[0].removeprefix("isolambda: ")


def fill(folder: Path) -> Path:
    """Leave no room in a file system; return what takes it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        lines = refusal(f"--port={port}", "--data-dir", str(tmp_path / "data"))

    assert lines == (
        f"127.0.0.1:{port} is in use by another program; end that one, or choose another --port"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(PORTS_FOR_ALL_FROM <= 81, reason="every port is for every user here")
def test_a_port_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    lines = refusal("--port=81", "--data-dir", str(tmp_path / "data"))

    assert lines == "port 81 is not allowed to this user; choose a --port above 1023"
    assert list(tmp_path.iterdir()) == []


def a_file(data: Path) -> None:
    shutil.rmtree(data)
    data.write_text("mine")


def not_writable(data: Path) -> None:
    data.chmod(0o555)


def in_a_folder_that_is_not_writable(data: Path) -> None:
    shutil.rmtree(data)
    data.parent.chmod(0o555)


def in_a_folder_that_is_not_readable(data: Path) -> None:
    data.parent.chmod(0o000)


def a_text_for_a_database(data: Path) -> None:
    (data / DATABASE_NAME).write_text("a text, and no database\n" * 500)


def an_unreadable_database(data: Path) -> None:
    (data / DATABASE_NAME).chmod(0o000)


def no_secret(data: Path) -> None:
    (data / "secret").unlink()


def an_unreadable_secret(data: Path) -> None:
    (data / "secret").chmod(0o000)


def unreadable_credentials(data: Path) -> None:
    (data / "credentials.json").chmod(0o000)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (a_file, r"\S+/data is no directory; move it away, or choose another --data-dir"),
        (not_writable, r"\S+/data cannot be written; change its owner or mode, or choose .*"),
        (in_a_folder_that_is_not_writable, r"\S+ cannot be written; change its owner or mode.*"),
        (in_a_folder_that_is_not_readable, r"\S+/data: Permission denied; change its owner .*"),
        (a_text_for_a_database, r"\S+/isolambda.sqlite3 is not a database; move it away, or .*"),
        (an_unreadable_database, r"\S+/isolambda.sqlite3: Permission denied; change its owner .*"),
        (no_secret, r"\S+/data: the file secret is missing; restore it from a backup, or .*"),
        (an_unreadable_secret, r"\S+/data/secret: Permission denied; change its owner or mode.*"),
        (unreadable_credentials, r"\S+/credentials.json: Permission denied; change its owner .*"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_used_is_named_and_left_alone(
    data: Path, damage: Callable[[Path], None], line: str
) -> None:
    damage(data)
    before = contents(data.parent)

    assert re.fullmatch(line, refusal("--port=0", "--data-dir", str(data)))

    assert contents(data.parent) == before


def test_what_keeps_the_first_of_several_processes_from_starting_is_one_line(data: Path) -> None:
    no_secret(data)
    before = contents(data.parent)

    line = refusal("--processes=2", "--port=0", "--data-dir", str(data))

    assert re.fullmatch(r"\S+/data: the file secret is missing; restore it from a backup, .*", line)
    assert contents(data.parent) == before


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "kept"])
def test_a_full_disk_is_refused(kept: Path, small: Path, is_new: bool) -> None:
    if not is_new:
        shutil.copytree(kept, small / "data")
        (small / "data" / "credentials.json").unlink()
    fill(small)
    before = contents(small)

    lines = refusal("--port=0", "--data-dir", str(small / "data"))

    assert "free some space" in lines
    after = contents(small)
    for name in (f"data/{DATABASE_NAME}-wal", f"data/{DATABASE_NAME}-shm"):
        after.pop(name, None)  # SQLite itself leaves them there, empty, where it cannot go on
    assert after == before


def test_few_descriptors_are_reported(tmp_path: Path) -> None:
    lines = refusal("--port=0", "--data-dir", str(tmp_path / "data"), first="ulimit -n 12;")

    assert lines == (
        "82 files must be open at a time, and the limit is 12; raise it with `ulimit -n 82` or more"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_is_an_error_of_requests_and_the_server_goes_on(
    start: Callable[..., Server], small: Path
) -> None:
    server = start(*ONE_WORKER, "--data-dir", str(small / "data"))
    server.data_dir = small / "data"
    function = server.create("return 1")
    filler = fill(small)
    document = {"data": {"name": "large", "function_js": f"/*{os.urandom(50_000).hex()}*/"}}

    with server.client() as client:
        refused = client.put(server.functions_url(), json=document)
        assert (refused.status_code, refused.json()["message"]) == (503, "datastore_unreachable")
        assert server.execute(function)["result"] == 1

        filler.unlink()
        assert client.put(server.functions_url(), json=document).status_code == 201


@pytest.mark.parametrize("mask", ["000", "077"])
def test_everything_is_for_its_owner_alone_whatever_the_mask(
    start: Callable[..., Server], tmp_path: Path, mask: str
) -> None:
    before = os.umask(int(mask, 8))
    try:
        server = start(*ONE_WORKER, "--data-dir", str(tmp_path / "data"))
    finally:
        os.umask(before)
    server.end()

    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert set(modes) == {DATABASE_NAME, "secret", "credentials.json", "queue.lock"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize("output", ["closed", "full", "broken pipe"])
def test_a_greeting_that_cannot_be_printed_keeps_nothing_from_being_served(
    tmp_path: Path, output: str
) -> None:
    port = free_port()
    command = [str(COMMAND), "serve", f"--port={port}", "--workers=1", f"--data-dir={tmp_path}"]
    if output == "closed":
        command = ["bash", "-c", 'exec "$@" >&-', "bash", *command]
    with open_output(output) as stdout:
        process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr as log:
        assert any("Application startup complete" in line for line in log)
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=DEADLINE_S).is_success
        process.send_signal(signal.SIGTERM)
        assert "Exception" not in log.read()
        assert process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("log", ["full", "broken pipe", "pipe that is not read"])
def test_a_log_that_takes_nothing_keeps_nothing_from_being_served(
    tmp_path: Path, request: pytest.FixtureRequest, log: str
) -> None:
    port = free_port()
    command = [str(COMMAND), "serve", f"--port={port}", "--workers=1", f"--data-dir={tmp_path}"]
    with ExitStack() as ends:
        if log == "pipe that is not read":
            reading, writing = os.pipe()
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4_096)
            request.addfinalizer(partial(os.close, reading))
            stderr: IO[bytes] = ends.enter_context(os.fdopen(writing, "wb"))
        else:
            stderr = ends.enter_context(open_output(log))
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert process.stdout is not None
    with process.stdout as output, httpx2.Client(timeout=DEADLINE_S) as client:
        assert any(READY in line for line in output)
        for _ in range(200):  # a line each, together several times what the pipe takes
            assert client.get(f"http://127.0.0.1:{port}/healthz").is_success
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def open_output(output: str) -> IO[bytes]:
    if output != "broken pipe":
        return Path("/dev/full").open("wb")
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "wb")
