"""``isolambda deploy`` has an account hold a project, and writes no more than that takes."""

import json
from typing import Any

import httpx2
import pytest

from isolambda_cli.project.functions import id_of
from tests.unit.cli.installations import isolambda
from tests.unit.cli.project.cloud import Cloud

BYE = f"functions/{id_of('shop', 'bye')}"


def plan(cloud: Cloud, *words: str) -> list[tuple[str, ...]]:
    """Return what is planned: action, kind, name, and the keys that change."""
    rows = json.loads(cloud.run("deploy", "--dry-run", "--json", *words))
    return [(row["action"], row["kind"], row["name"], *row["keys"]) for row in rows]


def test_a_project_is_deployed(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")

    assert cloud.writes == [
        "PUT /v2/api_auth",  # tells whose the key is
        "PUT functions",
        f"PUT {greet}/triggers",
        "PUT functions",
    ]
    function = cloud.ask("GET", greet)
    assert (function["name"], function["function_js"]) == ("greet", "return {hi: call.name};")
    assert function["limits"] == {"wall_time_ms": 1000}
    [trigger] = cloud.ask("GET", f"{greet}/triggers")
    assert (trigger["name"], trigger["schedule"]) == ("mornings", "cron(0 9 * * ? *)")
    assert cloud.ask("GET", BYE)["name"] == "bye"


@pytest.mark.parametrize("words", [(), ("--alias", "live"), ("--prune", "--yes")])
def test_deployed_again_nothing_is_written(cloud: Cloud, words: tuple[str, ...]) -> None:
    cloud.run("deploy", *words)
    _ = cloud.writes

    cloud.run("deploy", *words)

    assert cloud.writes == ["PUT /v2/api_auth"]


def test_a_plan_says_what_would_change_and_writes_nothing(cloud: Cloud, greet: str) -> None:
    assert plan(cloud, "--alias", "live") == [
        ("create", "function", "greet"),
        ("create", "alias", "greet:live"),
        ("create", "trigger", "greet/mornings"),
        ("create", "function", "bye"),
    ]
    assert cloud.writes == ["PUT /v2/api_auth"]
    cloud.run("deploy", "--alias", "live")
    cloud.edit("src/greet.js", "hi", "hello")
    cloud.edit("isolambda.toml", "wall_time_ms = 1000", "memory_mb = 32")
    cloud.edit("isolambda.toml", "0 9 *", "0 8 *")
    _ = cloud.writes

    assert plan(cloud, "--alias", "live") == [
        ("change", "function", "greet", "function_js", "limits.memory_mb", "limits.wall_time_ms"),
        ("change", "alias", "greet:live", "version"),
        ("change", "trigger", "greet/mornings", "schedule"),
        ("unchanged", "function", "bye"),
    ]
    assert cloud.writes == ["PUT /v2/api_auth"]
    assert cloud.ask("GET", greet)["limits"] == {"wall_time_ms": 1000}


def test_a_change_is_written_and_no_more(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.edit("isolambda.toml", "limits = { wall_time_ms = 1000 }\n", "")
    cloud.edit("isolambda.toml", "0 9 *", "0 8 *")
    [trigger] = cloud.ask("GET", f"{greet}/triggers")
    _ = cloud.writes

    cloud.run("deploy")

    path = f"{greet}/triggers/{trigger['id']}"
    assert cloud.writes == ["PUT /v2/api_auth", f"PATCH {greet}", f"PATCH {path}"]
    assert "limits" not in cloud.ask("GET", greet)
    assert cloud.ask("GET", path)["schedule"] == "cron(0 8 * * ? *)"


def test_what_no_manifest_says_stays(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"team": "support", "enabled": False})
    cloud.edit("src/greet.js", "hi", "hello")

    cloud.run("deploy")

    function = cloud.ask("GET", greet)
    assert (function["team"], function["enabled"]) == ("support", False)
    assert function["function_js"] == "return {hello: call.name};"


def test_what_the_manifest_says_holds_whatever_was_set_at_the_server(
    cloud: Cloud, greet: str
) -> None:
    cloud.edit("isolambda.toml", 'main = "src/greet.js"', 'main = "src/greet.js"\nenabled = true')
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"net": {"allow": ["example.com"]}, "enabled": False})

    assert plan(cloud)[0] == ("change", "function", "greet", "enabled", "net")
    cloud.run("deploy")

    function = cloud.ask("GET", greet)
    assert function["enabled"] is True
    assert "net" not in function


def meanwhile(cloud: Cloud, method: str, path: str, change: Any) -> None:
    """Have another client change something right before the command does."""

    def before(request: httpx2.Request) -> None:
        if request.method == method and request.url.path == cloud.path + path:
            cloud.before = lambda _: None
            change()

    cloud.before = before


def test_a_change_by_another_client_meanwhile_is_an_error_and_is_kept(
    cloud: Cloud, greet: str
) -> None:
    cloud.run("deploy")
    cloud.edit("src/greet.js", "hi", "hello")
    theirs = {"function_js": "return 'theirs';"}
    meanwhile(cloud, "PATCH", greet, lambda: cloud.ask("PATCH", greet, theirs))

    result = cloud.fail("deploy")

    assert result.stderr == (
        "isolambda: another client changed function greet meanwhile, and it stays as it is: "
        "run it again\n"
    )
    assert cloud.ask("GET", greet)["function_js"] == "return 'theirs';"
    assert plan(cloud)[0] == ("change", "function", "greet", "function_js")


def test_a_function_that_another_client_makes_meanwhile_is_kept(cloud: Cloud, greet: str) -> None:
    theirs = {"name": "theirs", "function_js": "return 1;", "id": greet.split("/")[1]}
    meanwhile(cloud, "PUT", "functions", lambda: cloud.ask("PUT", "functions", theirs))

    result = cloud.fail("deploy")

    assert "Another client made it meanwhile: run it again." in result.stderr
    assert cloud.ask("GET", greet)["name"] == "theirs"


def test_a_function_that_was_deleted_needs_an_id_of_its_own(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("DELETE", greet)

    result = cloud.fail("deploy")

    assert "give it an `id` of its own in isolambda.toml" in result.stderr
    cloud.edit(
        "isolambda.toml", 'main = "src/greet.js"', f'main = "src/greet.js"\nid = "{"c" * 32}"'
    )
    cloud.run("deploy")
    assert cloud.ask("GET", f"functions/{'c' * 32}")["name"] == "greet"


def test_a_trigger_that_another_client_changes_meanwhile_is_kept(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.edit("isolambda.toml", "0 9 *", "0 8 *")
    [trigger] = cloud.ask("GET", f"{greet}/triggers")
    path, theirs = f"{greet}/triggers/{trigger['id']}", {"input": {"by": "them"}}
    meanwhile(cloud, "PATCH", path, lambda: cloud.ask("PATCH", path, theirs))

    assert "trigger greet/mornings meanwhile" in cloud.fail("deploy").stderr

    assert cloud.ask("GET", path)["schedule"] == "cron(0 9 * * ? *)"


def test_a_partial_failure_says_what_was_done_and_goes_on_when_it_is_run_again(
    cloud: Cloud, greet: str
) -> None:
    down = httpx2.Response(503, json={"data": {"message": "no room"}, "status": "error"})
    cloud.before = lambda request: down if request.url.path.endswith("/triggers") else None

    result = cloud.fail("deploy", "--json")

    assert [(row["name"], row["state"]) for row in json.loads(result.stdout)] == [
        ("greet", "done"),
        ("greet/mornings", "failed"),
        ("bye", "not done"),
    ]
    assert result.stderr.startswith("isolambda: trigger greet/mornings: no room (HTTP 503")
    cloud.before = lambda _: None
    _ = cloud.writes
    cloud.run("deploy")
    assert cloud.writes == ["PUT /v2/api_auth", f"PUT {greet}/triggers", "PUT functions"]


def test_a_write_whose_answer_is_lost_is_not_written_twice(cloud: Cloud, greet: str) -> None:
    def lose(request: httpx2.Request) -> None:
        if request.url.path.endswith("/triggers") and request.method == "PUT":
            cloud.before = lambda _: None
            cloud.client.request(
                "PUT", request.url.path, headers=request.headers, content=request.read()
            )
            raise httpx2.ReadError("gone")

    cloud.before = lose

    result = cloud.fail("deploy")

    assert "trigger greet/mornings may be written or not: " in result.stderr
    cloud.run("deploy")
    assert len(cloud.ask("GET", f"{greet}/triggers")) == 1


def test_a_secret_that_is_missing_is_named_before_anything_is_written(
    cloud: Cloud, greet: str
) -> None:
    names = 'secrets = ["OF_ACCOUNT", "OF_NONE", "OF_FUNCTION"]'
    cloud.edit("isolambda.toml", 'main = "src/greet.js"', f'main = "src/greet.js"\n{names}')
    secret = {"value": "correct horse", "hosts": ["example.com"]}
    cloud.ask("PUT", "secrets/OF_ACCOUNT", secret)

    result = cloud.fail("deploy")

    assert result.stderr == (
        "isolambda: greet names the secret OF_NONE, which is not there: "
        "isolambda secret put OF_NONE; greet names the secret OF_FUNCTION, which is not there: "
        "isolambda secret put OF_FUNCTION\n"
    )
    assert cloud.writes == ["PUT /v2/api_auth"]
    cloud.ask("PUT", "secrets/OF_NONE", secret)
    own = {"id": greet.split("/")[1], "name": "greet", "function_js": "return 1;"}
    cloud.ask("PUT", "functions", own)
    cloud.ask("PUT", f"{greet}/secrets/OF_FUNCTION", secret)
    cloud.run("deploy")
    assert cloud.ask("GET", greet)["secrets"] == ["OF_ACCOUNT", "OF_NONE", "OF_FUNCTION"]


def test_a_trigger_of_another_type_is_refused_before_anything_is_written(cloud: Cloud) -> None:
    cloud.run("deploy")
    cloud.edit(
        "isolambda.toml", 'type = "schedule"\nschedule = "cron(0 9 * * ? *)"', 'type = "queue"'
    )
    _ = cloud.writes

    result = cloud.fail("deploy")

    assert result.stderr == (
        "isolambda: the trigger greet/mornings is of type schedule in the account, and a type "
        "stays: give the one of type queue another name\n"
    )
    assert cloud.writes == ["PUT /v2/api_auth"]


def test_two_triggers_of_one_name_are_not_guessed_at(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/triggers", {"name": "mornings", "type": "queue"})

    assert "the account has two triggers greet/mornings" in cloud.fail("deploy").stderr


def test_a_mistake_in_a_source_is_told_before_anything_is_asked(cloud: Cloud) -> None:
    (cloud.folder / "src/bye.js").unlink()

    assert "src/bye.js: cannot be read" in cloud.fail("deploy").stderr

    assert cloud.requests == []


def test_what_the_project_does_not_have_stays_without_prune(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/triggers", {"name": "extra", "type": "queue"})
    text = (cloud.folder / "isolambda.toml").read_text()
    cloud.write("isolambda.toml", text[: text.index("[functions.bye]")])

    assert plan(cloud)[-1] == ("leave", "trigger", "greet/extra")
    cloud.run("deploy")

    assert len(cloud.ask("GET", f"{greet}/triggers")) == 2
    assert cloud.ask("GET", BYE)["name"] == "bye"


def test_prune_removes_what_the_project_had_and_nothing_else(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/triggers", {"name": "extra", "type": "queue"})
    cloud.ask("PUT", "functions", {"name": "by hand", "function_js": "return 1;"})
    whole = (cloud.folder / "isolambda.toml").read_text()
    cloud.write("isolambda.toml", whole[: whole.index("[functions.bye]")])

    result = cloud.fail("deploy", "--prune")
    assert "--prune would remove trigger greet/extra, function bye: say so with --yes" in (
        result.stderr
    )
    cloud.run("deploy", "--prune", "--yes")

    assert [each["name"] for each in cloud.ask("GET", f"{greet}/triggers")] == ["mornings"]
    assert {each["name"] for each in cloud.ask("GET", "functions")} == {"greet", "by hand"}
    cloud.write("isolambda.toml", whole)
    cloud.run("deploy")
    assert cloud.ask("GET", BYE)["name"] == "bye"


@pytest.mark.parametrize(("answer", "left"), [("y\n", 1), ("n\n", 2), ("\n", 2), ("", 2)])
def test_a_person_is_asked_before_anything_is_removed(
    cloud: Cloud, greet: str, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/triggers", {"name": "extra", "type": "queue"})
    monkeypatch.setattr("isolambda_cli.project.deploy._can_ask", lambda: True)

    result = isolambda("deploy", "--prune", stdin=answer)

    assert "Remove trigger greet/extra? [y/N]:" in result.stderr
    assert result.exit_code == (0 if left == 1 else 1)
    assert ("isolambda: nothing was written" in result.stderr) is (left == 2)
    assert len(cloud.ask("GET", f"{greet}/triggers")) == left


def test_what_another_client_changes_before_it_is_removed_stays(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    extra = cloud.ask("PUT", f"{greet}/triggers", {"name": "extra", "type": "queue"})
    path = f"{greet}/triggers/{extra['id']}"
    meanwhile(cloud, "DELETE", path, lambda: cloud.ask("PATCH", path, {"batch_size": 3}))

    assert "another client changed trigger greet/extra" in (
        cloud.fail("deploy", "--prune", "--yes").stderr
    )

    assert cloud.ask("GET", path)["batch_size"] == 3


def test_the_plan_is_printed_before_it_is_done(cloud: Cloud) -> None:
    printed = cloud.run("deploy", "--alias", "live").splitlines()

    assert [line.split("\t")[:3] for line in printed[:4]] == [
        ["create", "function", "greet"],
        ["create", "alias", "greet:live"],
        ["create", "trigger", "greet/mornings"],
        ["create", "function", "bye"],
    ]
    assert printed[4:] == [
        "done create function greet",
        "done create alias greet:live version 1",
        "done create trigger greet/mornings",
        "done create function bye",
    ]


def test_a_name_that_others_gave_does_not_steer_the_terminal(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PUT", f"{greet}/triggers", {"name": "\x1b[2J", "type": "queue"})
    cloud.ask("PATCH", greet, {"limits": None, "fallback": {"module": "tts", "\x1b[2J": 1}})

    assert "\x1b" not in cloud.run("deploy", "--dry-run")
    assert "\x1b" not in cloud.run("deploy", "--prune", "--yes")


def test_an_unknown_alias_is_refused_with_what_to_write(cloud: Cloud) -> None:
    assert cloud.fail("deploy", "--alias", "stage").stderr == (
        "isolambda: no function of the project has an alias 'stage': "
        'add stage = "deploy" to [functions.NAME.aliases]\n'
    )


@pytest.mark.usefixtures("compiles")
def test_a_file_that_is_imported_no_more_is_removed(cloud: Cloud, greet: str) -> None:
    cloud.write("src/greet.js", 'import { hi } from "./hi.js";\nexport default () => hi;')
    cloud.write("src/hi.js", "export const hi = 1;")
    cloud.run("deploy")
    cloud.write("src/greet.js", "export default () => 2;")

    assert plan(cloud)[0] == (
        "change",
        "function",
        "greet",
        "files.src/greet.js",
        "files.src/hi.js",
    )
    cloud.run("deploy")

    assert cloud.ask("GET", greet)["files"] == {"src/greet.js": "export default () => 2;"}


@pytest.mark.usefixtures("compiles")
def test_a_module_becomes_a_body_and_a_body_a_module(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.write("src/greet.js", "export default () => 2;")
    cloud.run("deploy")
    assert "files" in cloud.ask("GET", greet)
    cloud.write("src/greet.js", "return 3;")

    cloud.run("deploy")

    assert "files" not in cloud.ask("GET", greet)
    assert cloud.ask("GET", greet)["function_js"] == "return 3;"
