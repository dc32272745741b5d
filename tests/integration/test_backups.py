"""What an operator keeps of a server that goes on meanwhile, and starts again elsewhere."""

import re
import signal
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.integration.test_local_triggers import bind, folder_of
from tests.support import commands
from tests.support.servers import ONE_WORKER, Server, starting

VALUE = "correct horse battery staple"


def isolambda(*words: object) -> subprocess.CompletedProcess[str]:
    return commands.run(*map(str, words))


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the data directory."""
    return tmp_path_factory.mktemp("outside")


def test_a_server_goes_on_elsewhere_as_it_was_at_a_moment(server: Server, outside: Path) -> None:
    account = server.credentials["account_id"]
    with server.client() as client:
        secret = {"value": VALUE, "hosts": ["example.com"]}
        url = f"/v2/accounts/{account}/secrets/API_KEY"
        client.put(url, json={"data": secret}).raise_for_status()
    counts = server.create("return await context.kv.increment('n');", kv=["counts"])
    sealed = server.create(
        "return context.secrets.API_KEY;", secrets=["API_KEY"], net={"allow": ["example.com"]}
    )
    bound = bind(server, type="bucket", bucket="uploads", events=["created", "removed"])
    (folder_of(bound) / "one").write_text("1")
    before = bound.calls(1)
    enough = Event()

    def execute() -> int:
        last = 0
        while not enough.is_set():
            last = max(last, server.execute(counts)["result"])
        return last

    file = outside / "backup.tar"
    with ThreadPoolExecutor(2) as clients:
        executing = [clients.submit(execute) for _ in range(2)]
        made = isolambda("backup", file, "--data-dir", server.data_dir)
        enough.set()
        last = max(future.result() for future in executing)
    assert (made.returncode, made.stderr) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert VALUE.encode() not in file.read_bytes()
    server.end(signal.SIGKILL)

    restored = isolambda("restore", file, "--data-dir", outside / "elsewhere")

    assert (restored.returncode, restored.stderr) == (0, "")
    with starting(outside / "elsewhere") as start:
        again = start(*ONE_WORKER)
        assert again.credentials["api_key"] == server.credentials["api_key"]
        assert "An account and its key were made" not in "".join(again.output)
        assert 0 < again.execute(counts)["result"] <= last + 1
        assert re.fullmatch("iso_secret_[0-9a-f]{32}", again.execute(sealed)["result"])
        # The file that it knows is no new one, and another one is.
        bound.server = again
        (folder_of(bound) / "two").write_text("2")
        calls = bound.calls(2)
        assert calls[0] == before[0]
        assert [(call["event"], call["key"]) for call in calls] == [
            ("created", "one"),
            ("created", "two"),
        ]


@pytest.mark.parametrize("option", [(), ("--replace",)])
def test_a_directory_that_a_server_uses_is_not_replaced(
    shared: Server, outside: Path, option: tuple[str, ...]
) -> None:
    function = shared.create("return 1")
    file = outside / "backup.tar"
    assert isolambda("backup", file, "--data-dir", shared.data_dir).returncode == 0

    refused = isolambda("restore", file, "--data-dir", shared.data_dir, *option)

    assert refused.returncode == 1
    database = shared.data_dir / "isolambda.sqlite3"
    assert refused.stderr == f"isolambda: another process uses {database}; end it, and try again\n"
    assert shared.execute(function)["result"] == 1


def test_a_server_that_has_ended_is_replaced_and_kept(
    start: Callable[..., Server], outside: Path
) -> None:
    server = start(*ONE_WORKER)
    kept, file = server.create("return 'kept'"), outside / "backup.tar"
    assert isolambda("backup", file, "--data-dir", server.data_dir).returncode == 0
    since = server.create("return 'since'")
    server.end()

    restored = isolambda("restore", file, "--data-dir", server.data_dir, "--replace")

    assert (restored.returncode, restored.stderr) == (0, "")
    again = start(*ONE_WORKER)
    assert again.execute(kept)["result"] == "kept"
    with again.client() as client:
        assert client.get(again.functions_url(since)).status_code == 404
    [replaced] = server.data_dir.glob("replaced-*")
    with starting(replaced) as start_old:
        assert start_old(*ONE_WORKER).execute(since)["result"] == "since"
