"""An account moves from one machine to where the suite runs, and on to another machine."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.stack.stack import NAME, Stack
from tests.support import commands
from tests.support.hosts import ON_STACK, Host
from tests.support.servers import ONE_WORKER, Server, starting
from tests.support.tenants import Tenant
from tests.support.waiting import WAIT_S

Operate = Callable[..., Any]

MODULES: dict[str, Any] = {
    "name": "in two files",
    "secrets": ["KEY"],  # which is opened for each execution
    "function_js": 'import { twice } from "./lib/twice.ts"; export default (call) => twice(call.n)',
    "files": {"lib/twice.ts": "export const twice = (n: number): number => 2 * n;\n"},
}
TRIGGERS: list[dict[str, Any]] = [
    {"type": "schedule", "schedule": "rate(1 day)"},
    {"type": "event", "pattern": {"source": ["shop"]}},
    {"type": "queue"},
    {"type": "webhook"},
    {"type": "http", "path": "moved", "auth": {"type": "none"}},
]
NO_TOPIC = "arn:aws:sns:us-east-1:000000000000:mine-gone"


def operating(host: Host, *options: str, **more: str) -> Operate:
    """Return what runs commands of operators on a host, and returns what they print."""

    def operate(*words: str | Path, typed: str = "") -> Any:
        done = commands.run(
            *("admin", *words, *options, "--json"),
            stdin=typed,
            env={**os.environ, **more},  # noqa: TID251 - of the test run
            timeout_s=10 * WAIT_S,
        )
        assert (done.returncode, done.stderr) == (0, ""), (host, done.stdout + done.stderr)
        return json.loads(done.stdout)

    return operate


def on_server(server: Server) -> Operate:
    return operating(server, "--data-dir", str(server.data_dir))


@pytest.fixture
def operate(host: Host) -> Operate:
    if ON_STACK:
        return operating(host, "--stack", NAME, **cast("Stack", host).aws.environment)
    return on_server(cast("Server", host))


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Server]:
    with starting(tmp_path / "first") as start:
        yield start(*ONE_WORKER)


def post(host: Host, method: str, path: str, data: Any) -> Any:
    with host.client() as client:
        answer = client.request(method, host.functions_url(path), json={"data": data})
    assert answer.is_success, answer.text
    return answer.json()["data"]


def fill(host: Host, triggers: list[dict[str, Any]]) -> str:
    """Make a function with one of each, and return its id."""
    function: str = post(host, "PUT", "", MODULES)["id"]
    for n in (1, 2, 3):
        document = {**MODULES, "custom": n}
        if n > 1:
            document["function_js"] = MODULES["function_js"].replace("call.n", f"call.n + {n}")
        post(host, "POST", function, document)
        post(host, "PUT", f"{function}/versions", {"description": f"the {n}."})
    post(host, "DELETE", f"{function}/versions/3", {})
    post(host, "PUT", f"{function}/aliases", {"name": "live", "version": 1})
    post(host, "POST", f"{function}/aliases/live", {"version": 2})
    expected = {"input": {"n": 1}, "expect": {"equal": 6}}
    post(host, "PUT", f"{function}/calls/six", expected)
    for n, trigger in enumerate(triggers):
        post(host, "PUT", f"{function}/triggers", {"name": f"{n}", **trigger})
    return function


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def arrive(operate: Operate, host: Host, account_id: str) -> Tenant:
    """Return an account that was imported, with a key of it."""
    made = operate("keys", "create", account_id)
    return Tenant(host, account_id, made["api_key"])


def require_works(there: Host, function: str) -> None:
    assert there.execute(function, {"n": 5})["result"] == 2 * (5 + 3)
    draft, live = (
        post(there, "POST", f"{function}/execute?qualifier={which}", {"n": 1})
        for which in ("$LATEST", "live")
    )
    assert (draft["result"], live["result"]) == (2 * (1 + 3), 2 * (1 + 2))
    assert live["version"] == "2"
    assert post(there, "POST", f"{function}/calls/run", {"version": 2})["passed"] == 1
    with there.client() as client:
        found = client.get(there.functions_url(f"{function}/triggers")).json()["data"]
        assert [trigger["enabled"] for trigger in found] == [True] * len(TRIGGERS)
    assert post(there, "PUT", f"{function}/versions", {})["version"] == 4


def test_an_account_moves_on_and_on_with_the_same_bytes(
    first: Server, host: Host, operate: Operate, tmp_path: Path
) -> None:
    function, account_id = fill(first, TRIGGERS), first.credentials["account_id"]
    put = ("secrets", "put", account_id, "KEY", "--hosts", "a.example")
    on_server(first)(*put, typed="correct horse battery staple\n")
    (tmp_path / "passphrase").write_text("f" * 64)
    secrets = ("--with-secrets", tmp_path / "passphrase")
    on_server(first)("export", tmp_path / "one", *secrets)

    told = operate("import", tmp_path / "one", *secrets)

    assert {row["state"] for row in told} == {"new"}
    [note] = [row["note"] for row in told if row["note"]]  # of the webhook
    assert note == "its secret is another one here, since that derives from the installation"
    operate("export", tmp_path / "two", "--account", account_id, *secrets)
    assert files_in(tmp_path / "two") == files_in(tmp_path / "one")
    require_works(arrive(operate, host, account_id), function)

    with starting(tmp_path / "last") as start:
        last = start(*ONE_WORKER)
        on_server(last)("import", tmp_path / "two", *secrets)
        on_server(last)("export", tmp_path / "three", "--account", account_id, *secrets)
        assert files_in(tmp_path / "three") == files_in(tmp_path / "one")
        require_works(arrive(on_server(last), last, account_id), function)


def test_a_trigger_whose_source_is_not_there_is_disabled_and_the_import_says_why(
    first: Server, host: Host, operate: Operate, tmp_path: Path
) -> None:
    function = fill(first, [{"type": "topic", "topic_arn": NO_TOPIC}])
    account_id = first.credentials["account_id"]
    on_server(first)("export", tmp_path / "one")

    told = operate("import", tmp_path / "one")

    [note] = [row["note"] for row in told if row["resource"] == "trigger"]
    there = arrive(operate, host, account_id)
    with there.client() as client:
        [trigger] = client.get(there.functions_url(f"{function}/triggers")).json()["data"]
    if ON_STACK:  # one machine keeps a topic that is somewhere else
        assert trigger["enabled"] is False
        assert note.startswith("disabled: its source refuses it: ")
    else:
        assert (trigger["enabled"], note) == (True, None)
    [again] = operate("import", tmp_path / "one") or [{"note": None}]
    assert again["note"] == note
