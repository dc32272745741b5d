"""``isolambda diff`` shows what a deployment would change, and its exit code says whether."""

import json

import pytest

from tests.unit.cli.installations import isolambda
from tests.unit.cli.project.cloud import Cloud


def shown(cloud: Cloud, *words: str) -> str:
    """Return what is shown of a difference; nothing is written for it."""
    _ = cloud.writes
    result = cloud.fail("diff", *words)
    assert result.stderr == ""
    assert cloud.writes == ["PUT /v2/api_auth"]
    return result.stdout


def test_nothing_is_shown_where_nothing_would_change(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"team": "support", "enabled": False})
    cloud.ask("PUT", f"{greet}/triggers", {"name": "extra", "type": "queue"})

    assert cloud.run("diff") == ""
    assert {row["action"] for row in json.loads(cloud.run("diff", "--json"))} == {
        "unchanged",
        "leave",
    }


def test_a_function_that_is_not_deployed_is_shown_whole(cloud: Cloud) -> None:
    lines = shown(cloud).splitlines()

    assert lines[:4] == [
        "--- /dev/null",
        "+++ project/greet (settings)",
        "@@ -0,0 +1,7 @@",
        "+{",
    ]
    assert "+++ project/greet/src/greet.js" in lines
    assert "+return {hi: call.name};" in lines


def test_sources_settings_and_triggers_are_compared_line_by_line(cloud: Cloud) -> None:
    cloud.run("deploy")
    cloud.edit("src/greet.js", "return", "const\tx = 1;\nreturn")
    cloud.edit("isolambda.toml", "1000", "2000")
    cloud.edit("isolambda.toml", "0 9 *", "0 8 *")

    assert shown(cloud).splitlines() == [
        "--- account/greet (settings)",
        "+++ project/greet (settings)",
        "@@ -1,7 +1,7 @@",
        " {",
        '   "language_pack": "javascript",',
        '   "limits": {',
        '-    "wall_time_ms": 1000',
        '+    "wall_time_ms": 2000',
        "   },",
        '   "name": "greet"',
        " }",
        "--- account/greet (trigger mornings)",
        "+++ project/greet (trigger mornings)",
        "@@ -1,6 +1,6 @@",
        " {",
        '   "name": "mornings",',
        '   "qualifier": "$LATEST",',
        '-  "schedule": "cron(0 9 * * ? *)",',
        '+  "schedule": "cron(0 8 * * ? *)",',
        '   "type": "schedule"',
        " }",
        "--- account/greet/src/greet.js",
        "+++ project/greet/src/greet.js",
        "@@ -1 +1,2 @@",
        "+const\tx = 1;",
        " return {hi: call.name};",
        "\\ No newline at end of file",
    ]


def test_a_plan_is_shown_as_json(cloud: Cloud) -> None:
    cloud.run("deploy")
    cloud.edit("src/greet.js", "hi", "hello")

    rows = json.loads(shown(cloud, "--json"))

    assert (rows[0]["action"], rows[0]["name"], rows[0]["keys"]) == (
        "change",
        "greet",
        ["function_js"],
    )


@pytest.mark.usefixtures("compiles")
def test_modules_are_compared_by_their_names_in_the_project(cloud: Cloud) -> None:
    cloud.write("src/greet.js", 'import { hi } from "./hi.js";\nexport default () => hi;')
    cloud.write("src/hi.js", "export const hi = 1;")
    cloud.run("deploy")
    cloud.edit("src/hi.js", "1", "2")

    names = [line for line in shown(cloud).splitlines() if line.startswith(("---", "+++"))]

    assert names == ["--- account/greet/src/hi.js", "+++ project/greet/src/hi.js"]


@pytest.mark.usefixtures("compiles")
def test_packages_are_not_compared_line_by_line(cloud: Cloud, greet: str) -> None:
    cloud.write("src/greet.js", "export default () => 1;")
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"files": {"node_modules/zod.js": "export const z = 1;"}})

    assert shown(cloud) == "Bundled packages differ: greet/node_modules/zod.js\n"


def test_sources_do_not_steer_the_terminal(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"function_js": "return '\x1b[2J';"})

    assert "-return '\\x1b[2J';" in shown(cloud).splitlines()


def test_a_long_text_is_said_to_differ(cloud: Cloud) -> None:
    cloud.run("deploy")
    cloud.write("src/greet.js", "1\n" * 30_000)

    assert shown(cloud) == "Files differ: greet/src/greet.js\n"


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_what_goes_wrong_is_no_difference(cloud: Cloud, words: tuple[str, ...]) -> None:
    (cloud.folder / "src/bye.js").unlink()

    result = isolambda("diff", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("isolambda: src/bye.js: cannot be read")
