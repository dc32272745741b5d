"""What an author types, on a real server: with a key alone, in a terminal or in a pipe."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import IO, cast

import pytest

from tests.support import commands
from tests.support.commands import COMMAND, Forked
from tests.support.raw_servers import serving
from tests.support.servers import ONE_WORKER, Server, free_port
from tests.support.waiting import WAIT_S

LOUD = "console.log('hi \\x1b[31m' + call.name); if (call.boom) {\n  throw new Error('boom');\n}\n"
STEERING = "\x1b[31m"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of an author without a profile."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ISOLAMBDA")}  # noqa: TID251 - of the test run
    return {**kept, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def run(
    environment: dict[str, str], *words: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return commands.run(*words, stdin=stdin, env=environment, cwd=environment["HOME"])


def log_in(environment: dict[str, str], server: Server) -> None:
    credentials = server.credentials
    made = run(environment, "login", credentials["url"], stdin=credentials["api_key"])
    assert (made.returncode, made.stderr) == (0, "")
    assert credentials["api_key"] not in made.stdout


@contextmanager
def following(environment: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    with Forked(
        [COMMAND, "logs", "--follow", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=environment["HOME"],
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_a_function_is_executed_and_seen_with_a_key_alone(
    shared: Server, environment: dict[str, str]
) -> None:
    log_in(environment, shared)
    function = shared.create(LOUD, name="loud", record="all")

    ran = run(environment, "run", "loud", "--input", '{"name": "Ada"}')
    failed = run(environment, "run", function, "--input", "-", stdin='{"boom": true}')
    logs = run(environment, "logs", "loud")

    assert (ran.returncode, ran.stdout) == (0, "null\n")
    assert "log    hi \\x1b[31mAda\n" in ran.stderr
    assert failed.returncode == 1
    assert (
        "Error: boom\n    at function.js:2:9\n     2 |   throw new Error('boom');" in failed.stderr
    )
    assert [line.split()[2] for line in logs.stdout.splitlines() if " loud " in line] == [
        "ok",
        "exception",
    ]
    assert STEERING not in ran.stderr + failed.stderr + logs.stdout


def test_the_version_that_is_asked_for_is_the_one_that_runs(
    shared: Server, environment: dict[str, str]
) -> None:
    log_in(environment, shared)
    function = shared.create("throw new Error('the first')")
    with shared.client() as client:
        url = shared.functions_url(function)
        client.put(f"{url}/versions", json={"data": {}}).raise_for_status()
        changed = {"data": {"function_js": "\n\nreturn 'the draft'"}}
        client.patch(url, json=changed).raise_for_status()

    draft = run(environment, "run", function)
    first = run(environment, "run", function, "--version", "1")
    missing = run(environment, "run", function, "--version", "7")

    assert (draft.returncode, draft.stdout) == (0, '"the draft"\n')
    assert first.returncode == 1
    assert "     1 | throw new Error('the first')\n" in first.stderr
    assert (missing.returncode, missing.stderr) == (1, "isolambda: not found: 7\n")


def test_the_key_of_the_environment_does_for_a_machine(
    shared: Server, environment: dict[str, str]
) -> None:
    credentials = shared.credentials
    machine = {
        **environment,
        "ISOLAMBDA_URL": credentials["url"],
        "ISOLAMBDA_KEY": credentials["api_key"],
    }

    listed = run(machine, "functions", "--json")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert isinstance(json.loads(listed.stdout), list)


def test_a_secret_is_put_used_and_deleted(shared: Server, environment: dict[str, str]) -> None:
    log_in(environment, shared)
    value = "correct horse battery staple"

    put = run(environment, "secret", "put", "SIGNS", "--sign", stdin=value)
    listed = run(environment, "secret", "list", "--json")
    deleted = run(environment, "secret", "delete", "SIGNS")

    assert (put.returncode, listed.returncode, deleted.returncode) == (0, 0, 0)
    assert value not in put.stdout + listed.stdout
    assert [secret["name"] for secret in json.loads(listed.stdout)] == ["SIGNS"]
    assert run(environment, "secret", "list").stdout == ""


def test_logs_go_on_behind_what_was_shown_after_the_server_was_away(
    start: Callable[..., Server], environment: dict[str, str]
) -> None:
    port = str(free_port())
    server = start(*ONE_WORKER, "--port", port)
    log_in(environment, server)
    function = server.create("return call.n", record="all")
    server.execute(function, {"n": 1})

    with following(environment, "--json") as process:
        stdout, stderr = cast("IO[str]", process.stdout), cast("IO[str]", process.stderr)
        first = json.loads(stdout.readline())
        server.end()
        lost = stderr.readline()
        again = start(*ONE_WORKER, "--port", port)
        back = stderr.readline()
        again.execute(function, {"n": 2})
        second = json.loads(stdout.readline())
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=WAIT_S)

    assert first["execution_id"] != second["execution_id"]
    assert "; trying again" in lost
    assert back.endswith("is back\n")
    assert (process.returncode, rest) == (130, ("", ""))


def test_every_execution_of_many_is_shown_once_and_in_turn(
    shared: Server, environment: dict[str, str]
) -> None:
    log_in(environment, shared)
    function = shared.create("return call.n", record="all")
    shared.execute(function)
    with following(environment, function, "--json") as process:
        stdout = cast("IO[str]", process.stdout)
        stdout.readline()  # it follows from here on
        executed = [shared.execute(function, {"n": n})["execution_id"] for n in range(130)]
        shown = [json.loads(stdout.readline())["execution_id"] for _ in executed]
        process.send_signal(signal.SIGINT)
        process.wait(WAIT_S)

    assert shown == executed


@pytest.mark.parametrize("words", ["logs --json", "functions", "functions --json", "types -"])
def test_output_can_be_cut_short(shared: Server, environment: dict[str, str], words: str) -> None:
    log_in(environment, shared)
    function = shared.create("return 'x'", record="all")
    shared.execute(function)

    answer = subprocess.run(  # noqa: S602 - what an author types
        f"{COMMAND} {words} | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
        env=environment,
        cwd=environment["HOME"],
    )

    assert (len(answer.stdout), answer.stderr) == (1, "")


def test_who_has_enough_of_what_happens_ends_it(
    shared: Server, environment: dict[str, str]
) -> None:
    log_in(environment, shared)
    function = shared.create("return 'x'", record="all")
    shared.execute(function)

    with subprocess.Popen(  # noqa: S602 - what an author types
        f"{COMMAND} logs {function} --follow --json | head -n 1",
        shell=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=environment["HOME"],
    ) as process:
        first = cast("IO[str]", process.stdout).readline()
        while process.poll() is None:
            shared.execute(function)  # what is printed next finds the pipe closed
        rest = cast("IO[str]", process.stdout).read()

    assert json.loads(first)["function_id"] == function
    assert rest == ""


def test_ctrl_c_while_a_server_is_asked_is_no_traceback(environment: dict[str, str]) -> None:
    asked = Event()

    def keep_waiting(connection: socket.socket) -> None:
        while connection.recv(4096):
            asked.set()

    with serving(keep_waiting) as port:
        key = {"ISOLAMBDA_URL": f"http://127.0.0.1:{port}", "ISOLAMBDA_KEY": "0" * 64}
        # A shell has what it runs in the background ignore this signal.
        command = ("env", "--default-signal=INT", str(COMMAND), "functions")
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, **key},
            cwd=environment["HOME"],
        ) as process:
            assert asked.wait(WAIT_S)
            process.send_signal(signal.SIGINT)
            output = process.communicate(timeout=WAIT_S)

    assert (process.returncode, output) == (130, ("", ""))


def test_a_terminal_shows_help_in_groups_and_a_pipe_in_plain_lines(
    environment: dict[str, str],
) -> None:
    with in_terminal(environment, "--help") as (process, terminal):
        shown = read_until(terminal, None).decode()
    assert process.wait(WAIT_S) == 0
    plain = run(environment, "--help").stdout

    assert {"╭", "In a project"} <= {*re.findall("╭|In a project", shown)}
    assert "\n  login       Keep a server and an API key as a profile.\n" in plain
    assert plain.isascii()


def test_a_terminal_is_asked_for_the_key_which_it_does_not_show(
    shared: Server, environment: dict[str, str]
) -> None:
    key = shared.credentials["api_key"]
    with in_terminal(environment, "login", shared.credentials["url"]) as (process, terminal):
        shown = read_until(terminal, b"API key: ")
        os.write(terminal, key.encode() + b"\n")
        shown += read_until(terminal, None)

    assert process.wait(WAIT_S) == 0
    assert key.encode() not in shown
    assert b"account_name  local" in shown


def test_a_terminal_gets_no_control_character_of_a_function(
    shared: Server, environment: dict[str, str]
) -> None:
    log_in(environment, shared)
    source = "console.warn('\\x1b]0;owned\\x07\\x9b2J'); return '\\x9b2J\\u202e';"
    function = shared.create(source, name="bad \x1b[5m", record="all")
    shown = b""
    for words in (("run", function), ("logs", function), ("functions",)):
        with in_terminal(environment, *words) as (process, terminal):
            shown += read_until(terminal, None)
        assert process.wait(WAIT_S) == 0

    assert b"]0;owned" in shown
    # Colors are the command's own.
    assert b"\x1b]" not in shown
    assert b"\x1b[5m" not in shown
    assert b"\x07" not in shown
    assert "\x9b".encode() not in shown
    assert "\u202e".encode() not in shown


@contextmanager
def in_terminal(
    environment: dict[str, str], *words: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    terminal, end = pty.openpty()
    try:
        with subprocess.Popen(
            [str(COMMAND), *words],
            stdin=end,
            stdout=end,
            stderr=end,
            env={**environment, "TERM": "xterm-256color", "COLUMNS": "200"},
            cwd=environment["HOME"],
            start_new_session=True,
        ) as process:
            os.close(end)
            yield process, terminal
    finally:
        os.close(terminal)


def read_until(terminal: int, words: bytes | None) -> bytes:
    """Read what a terminal shows, until some words come, or to its end."""
    shown = b""
    # A terminal whose last program ended is an error on Linux.
    with suppress(OSError):
        while words is None or words not in shown:
            read = os.read(terminal, 4096)
            if not read:
                break
            shown += read
    return shown
