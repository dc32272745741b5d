"""``isolambda dev`` on a machine that is slow or full, and in a project of another author."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from isolambda_cli.api.client import Api
from isolambda_cli.dev import events
from isolambda_cli.dev.again import run_again
from isolambda_cli.dev.deployment import Deployment, Notice
from isolambda_cli.dev.events import Events, Executed
from isolambda_cli.dev.json_lines import JsonLines
from isolambda_cli.dev.server import DevServer, serving
from isolambda_cli.dev.terminal import Terminal
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.manifest import read_project
from isolambda_local.start_error import StartError
from tests.unit.cli.fake_api import ACCOUNT, KEY, URL, FakeApi, Reply, data, refusal

TOO_SLOW = httpx2.ReadTimeout("slow")
ENTRY = {"execution_id": "e", "function_id": "f", "created_ms": 5, "ended_ms": 6}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "isolambda.toml").write_text(
        '[project]\nname = "shop"\n[functions.greet]\nmain = "greet.js"\nsecrets = ["A"]\n'
    )
    (tmp_path / "greet.js").write_text("return 1;")
    return tmp_path


def api() -> Api:
    return Api(URL, ACCOUNT, KEY)


class Server:
    """A server that does not end."""

    def api(self) -> Api:
        return api()


@pytest.fixture(autouse=True)
def _runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Events, "_wait", lambda _: None)


def events_of(folder: Path) -> Events:
    return Events(folder, cast("DevServer", Server()), 0)


def test_a_server_that_is_slow_is_an_error_of_each_part_and_the_next_change_tries_again(
    fake: FakeApi, project: Path
) -> None:
    deployment = Deployment(api(), read_project(project))
    fake.handlers = {f"POST functions/{spec.id}": TOO_SLOW for spec in _specs(deployment)}
    fake.handlers |= {"GET secrets": TOO_SLOW, "GET functions": data([])}

    notices = list(deployment.begin())
    fake.handlers |= {key: data({}) for key in fake.handlers if key.startswith("POST")}
    again = list(deployment.follow(frozenset({"greet.js"})))
    others = list(deployment.follow(frozenset()))

    assert [(notice.name, notice.text) for notice in again] == [("greet", "live")]
    assert [(notice.name, notice.is_good) for notice in (*notices, *others)] == [
        ("greet", False),
        ("isolambda.toml", False),
    ]
    assert all("does not answer in time" in notice.text for notice in (*notices, *others))


def _specs(deployment: Deployment) -> Any:
    return deployment.project.functions.values()


def test_what_does_not_compile_is_never_live(fake: FakeApi, project: Path) -> None:
    deployment = Deployment(api(), read_project(project))
    [spec] = _specs(deployment)
    fake.handlers = {f"POST functions/{spec.id}": data({}), "GET functions": data([])}
    list(deployment.begin())
    mistake = {"message": "SyntaxError: no, at line 2, column 3", "line": 2, "column": 3}
    fake.handlers |= {
        f"POST functions/{spec.id}": refusal(400, {"function_js": {"error": mistake}})
    }
    fake.requests.clear()

    (project / "greet.js").write_text("\n  return (")
    notices = list(deployment.follow(frozenset({"greet.js"})))

    [write] = fake.requests
    assert write.headers["prefer"] == "handling=strict"
    error = {"name": "SyntaxError", "message": "no", "file": "greet.js", "line": 2, "column": 3}
    assert notices == [Notice("greet", "", error, is_good=False)]


def test_a_file_that_is_yet_to_be_written_is_never_live(fake: FakeApi, project: Path) -> None:
    deployment = Deployment(api(), read_project(project))
    [spec] = _specs(deployment)
    fake.handlers = {f"POST functions/{spec.id}": data({}), "GET functions": data([])}
    list(deployment.begin())
    source = (project / "greet.js").read_text()
    fake.requests.clear()

    (project / "greet.js").write_text("")
    notices = [*deployment.follow(frozenset()), *deployment.follow(frozenset({"greet.js"}))]
    writes = [request for request in fake.requests if request.method != "GET"]
    (project / "greet.js").write_text(source)
    again = list(deployment.follow(frozenset({"greet.js"})))

    text = "greet.js is empty; what was live before stays"
    assert [n for n in notices if n.name == "greet"] == [Notice("greet", text, is_good=False)]
    assert writes == []
    assert again == [Notice("greet", "live")]


@pytest.mark.parametrize("output", [Terminal, lambda _: JsonLines()], ids=["text", "JSON"])
def test_to_run_again_on_a_slow_server_is_a_line(
    fake: FakeApi,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    output: Callable[[Path], Terminal | JsonLines],
) -> None:
    fake.handlers["GET functions/f/executions/e"] = TOO_SLOW

    output(project).say(run_again(api(), ENTRY) or "")

    [line] = capsys.readouterr().out.splitlines()
    assert "it cannot run again" in line


def test_executions_are_followed_again_after_a_server_did_not_answer(
    fake: FakeApi, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: list[Reply] = [
        TOO_SLOW,
        data({"entries": [], "cursor": "c"}),
        httpx2.ConnectError("refused"),
        data({"entries": [ENTRY], "cursor": "d"}),
    ]

    def next_reply(_: httpx2.Request) -> Reply:
        if not replies:
            raise OSError  # which ends the thread
        return replies.pop(0)

    fake.handlers["GET logs"] = next_reply
    monkeypatch.setattr(events, "sleep", lambda _: None)
    monkeypatch.setattr(events, "changes_of", lambda _: ())

    assert next(iter(events_of(project))) == Executed(ENTRY)


@pytest.mark.parametrize("error", [OSError("no more watches"), RuntimeError("no more watches")])
def test_files_that_cannot_be_watched_end_the_command(
    fake: FakeApi, project: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(_: Path) -> None:
        raise error

    monkeypatch.setattr(events, "changes_of", fails)
    monkeypatch.setattr(Events, "_follow", lambda _: None)

    with pytest.raises(ProjectError, match="no more watches"):
        next(iter(events_of(project)))
    assert fake.requests == []


@pytest.mark.parametrize("name", ["dev.lock", "dev/server.log"])
def test_nothing_is_written_through_a_link_in_the_project(project: Path, name: str) -> None:
    own = project / "own"
    own.write_text("mine")
    link = project / ".isolambda" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(own)

    with pytest.raises(StartError), serving(project, 0):
        pass

    assert own.read_text() == "mine"
