"""The way of a user: start, create, execute, stop, start again."""

import json
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from isolambda_local.greeting import READY
from tests.support.processes import (
    children,
    wait_for_end,
)
from tests.support.servers import ONE_WORKER, UNFORKED, Server, starting


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers as a user does, on one data directory."""
    with starting(tmp_path) as start_one:
        yield partial(start_one, under=UNFORKED)


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_lost_when_the_server_ends(
    start: Callable[..., Server], with_signal: signal.Signals
) -> None:
    first = start(*ONE_WORKER)
    functions = {first.create(f"return {n}"): n for n in range(5)}
    key = first.credentials["api_key"]
    first.end(with_signal)

    second = start(*ONE_WORKER)

    assert second.credentials["api_key"] == key
    assert {function: second.execute(function)["result"] for function in functions} == functions


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_server(server: Server, with_signal: signal.Signals) -> None:
    server.execute(server.create("return 1"))
    workers = children(server.process.pid)
    assert workers

    server.end(with_signal)

    # Their sockets are closed: each ends by itself, and none is left to its new parent.
    for worker in workers:
        wait_for_end(worker)


def test_credentials_are_for_their_owner_alone(shared: Server) -> None:
    path = shared.data_dir / "credentials.json"

    assert set(shared.credentials) == {"url", "account_id", "api_key"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_key_is_not_printed_as_it_would_stay_in_the_journal_of_a_service(
    start: Callable[..., Server],
) -> None:
    first = start(*ONE_WORKER)
    key = first.credentials["api_key"]

    assert key not in first.end()
    assert key not in start(*ONE_WORKER).end()


def test_the_printed_lines_work_as_they_stand(shared: Server) -> None:
    lines = "".join(shared.output).partition("another terminal:")[2].partition("More accounts")[0]

    printed = subprocess.check_output(["bash", "-eu", "-o", "pipefail", "-c", lines])  # noqa: S607

    executed = json.loads(printed)
    assert executed["result"] == '{"hi":"Ada"}'


def test_neither_keys_nor_inputs_nor_sources_are_logged(server: Server) -> None:
    key = server.credentials["api_key"]
    function = server.create("throw new Error('source-word ' + call.word)")
    url = f"/serverless/functions/{function}/execute"
    with server.client() as client:
        client.get(url, params={"apiKey": key, "data": '{"word":"input-word"}'})
        client.post(url, content=b"{broken input-word")

    output = server.end()

    logged = output.partition(READY)[2]
    for secret in (key, "input-word", "source-word"):
        assert secret not in logged
