"""A project as a stranger has it: made, deployed, changed, compared, pulled, and taken back."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolambda_cli.project.functions import id_of
from tests.support import commands
from tests.support.hosts import Host
from tests.support.waiting import eventually

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(host: Host, tmp_path: Path) -> Run:
    """Type a command in a folder of the test's own, with the key of the account."""
    credentials = host.credentials
    environment = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - of the test run
        "HOME": str(tmp_path),
        "ISOLAMBDA_URL": credentials["url"],
        "ISOLAMBDA_KEY": credentials["api_key"],
    }

    def run(*words: str, code: int = 0, **changed: str) -> subprocess.CompletedProcess[str]:
        folder = next(tmp_path.glob("*/isolambda.toml"), tmp_path / "isolambda.toml").parent
        ended = commands.run(*words, cwd=folder, env={**environment, **changed})
        assert ended.returncode == code, (ended.stdout, ended.stderr)
        return ended

    return run


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def called(host: Host, function: str, call: object, qualifier: str) -> Any:
    with host.client() as client:
        answer = client.post(
            host.functions_url(function) + "/execute",
            params={"qualifier": qualifier},
            json={"data": call},
        )
    return answer.json()["data"]


def test_a_function_goes_from_nothing_to_live_and_back(
    host: Host, run: Run, tmp_path: Path
) -> None:
    run("init", "calls")
    assert "/src/hello.js" in run("diff", code=1).stdout
    run("deploy", "--alias", "live")
    function = id_of("calls", "hello")

    assert called(host, function, {"name": "Ada"}, "live")["result"] == {"hello": "Ada"}
    assert run("diff").stdout == ""
    edit(tmp_path / "calls/src/hello.js", "{ hello: name }", "{ hello: name.missing.more }")
    plan = json.loads(run("deploy", "--dry-run", "--json").stdout)
    assert [(step["action"], step["keys"]) for step in plan] == [("change", ["files.src/hello.js"])]

    run("deploy")
    error = called(host, function, {"name": "Ada"}, "$LATEST")["error"]
    assert (error["file"], error["line"]) == ("src/hello.js", 9)
    assert called(host, function, {"name": "Ada"}, "live")["outcome"] == "ok"

    edit(tmp_path / "calls/src/hello.js", "name.missing.more", "`${name}!`")
    run("deploy", "--alias", "live")
    assert called(host, function, {"name": "Ada"}, "live")["result"] == {"hello": "Ada!"}
    assert "unchanged" in run("deploy", "--alias", "live").stdout
    run("rollback", "hello")
    assert called(host, function, {"name": "Ada"}, "live")["result"] == {"hello": "Ada"}

    (tmp_path / "calls/src/hello.js").unlink()
    assert run("pull", "hello").stdout == "src/hello.js\twritten\n"
    assert run("diff").stdout == ""


def test_a_source_that_does_not_compile_is_refused_with_its_place(
    host: Host, run: Run, tmp_path: Path
) -> None:
    run("init", "broken")
    edit(tmp_path / "broken/isolambda.toml", "hello", "broken")
    (tmp_path / "broken/src/hello.js").rename(tmp_path / "broken/src/broken.js")
    edit(tmp_path / "broken/src/broken.js", "return {", "return {{")

    refused = run("deploy", code=1)

    assert "src/broken.js:9:" in refused.stderr
    assert refused.stderr.count("\n") == 1
    edit(tmp_path / "broken/src/broken.js", "return {{", "return {")
    run("deploy")
    assert called(host, id_of("broken", "broken"), {}, "$LATEST")["result"] == {"hello": "world"}


def test_a_url_is_printed_and_answers(host: Host, run: Run) -> None:
    run("init", "web", "--template", "http")

    printed = run("deploy").stdout

    path = f"/http/{host.credentials['account_id']}/web"
    assert f"{host.credentials['url'].partition('://')[2]}{path}\n" in printed
    with host.client(Accept="*/*") as client:
        answer = client.get(path, params={"name": "Ada"})
        assert (answer.status_code, answer.json()) == (200, {"hello": "Ada"})
        assert client.post(path).status_code == 405


def test_an_event_runs_the_function_that_is_deployed_for_it(host: Host, run: Run) -> None:
    run("init", "shop", "--template", "event")
    run("deploy")
    function = id_of("shop", "orders")
    detail = {"customer": "ada", "lines": [{"price": 3, "count": 4}]}
    event = {"source": "shop", "detail-type": "order placed", "detail": detail}

    with host.client() as client:
        account = f"/v2/accounts/{host.credentials['account_id']}"
        client.put(f"{account}/events", json={"data": {"events": [event]}})

        def ended() -> Any:
            listed = client.get(f"{host.functions_url(function)}/executions").json()["data"]
            return next((each for each in listed if each["status"] == "succeeded"), None)

        execution = eventually(ended)
        path = f"{host.functions_url(function)}/executions/{execution['execution_id']}"
        assert client.get(path).json()["data"]["result"] == {"customer": "ada", "sum": 12}


def test_a_key_that_may_only_execute_deploys_nothing(host: Host, run: Run) -> None:
    run("init", "foreign")
    with host.client() as client:
        account = f"/v2/accounts/{host.credentials['account_id']}"
        made = client.put(f"{account}/api_keys", json={"data": {"scopes": ["execute"]}})

    refused = run("deploy", code=1, ISOLAMBDA_KEY=made.json()["data"]["api_key"])

    assert refused.stderr.startswith("isolambda: this key may not do that")
    assert refused.stderr.count("\n") == 1


def test_without_a_server_the_error_is_one_line(run: Run) -> None:
    run("init", "alone")

    refused = run("deploy", code=1, ISOLAMBDA_URL="http://127.0.0.1:1")

    assert refused.stderr.startswith("isolambda: http://127.0.0.1:1 is not reached")
    assert refused.stderr.count("\n") == 1
