"""``isolambda pull`` writes a function into the project, and over nothing."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_cli.project.local_files import replace_file
from isolambda_cli.project.manifest import read_project
from tests.unit.cli.installations import isolambda
from tests.unit.cli.project.cloud import Cloud


def text(cloud: Cloud, name: str) -> str:
    return (cloud.folder / name).read_text(encoding="utf-8")


def make(cloud: Cloud, **document: Any) -> str:
    """Have another client make a function by hand."""
    made = cloud.ask("PUT", "functions", {"name": "by hand", "function_js": "return 1;"} | document)
    return str(made["id"])


def test_a_function_of_the_project_comes_back(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"function_js": "return 'theirs';"})
    (cloud.folder / "src/greet.js").unlink()

    assert cloud.run("pull", "greet") == "src/greet.js\twritten\n"

    assert text(cloud, "src/greet.js") == "return 'theirs';"
    assert cloud.run("diff") == ""


def test_a_change_that_is_here_alone_is_kept(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"function_js": "return 'theirs';"})

    result = cloud.fail("pull", "greet")

    assert result.stderr == (
        "isolambda: these have other texts here: src/greet.js; --force writes over them\n"
    )
    assert text(cloud, "src/greet.js") == "return {hi: call.name};"
    assert cloud.run("pull", "greet", "--force") == "src/greet.js\toverwritten\n"
    assert text(cloud, "src/greet.js") == "return 'theirs';"


@pytest.mark.usefixtures("compiles")
def test_modules_come_back_under_their_names_and_packages_do_not(cloud: Cloud, greet: str) -> None:
    cloud.write("src/greet.js", 'import { hi } from "../lib/hi.js";\nexport default () => hi;')
    cloud.write("lib/hi.js", "export const hi = 1;")
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"files": {"node_modules/zod.js": "", "lib/hi.js": "// theirs"}})
    (cloud.folder / "lib/hi.js").unlink()

    assert cloud.run("pull", "greet").splitlines() == [
        "src/greet.js\tunchanged",
        "lib/hi.js\twritten",
    ]

    assert text(cloud, "lib/hi.js") == "// theirs"
    assert not (cloud.folder / "node_modules").exists()


@pytest.mark.usefixtures("compiles")
def test_files_beside_a_source_that_was_made_by_hand_stay_beside_it(cloud: Cloud) -> None:
    make(cloud, function_js='import "./lib/a.js"; export default 1;', files={"lib/a.js": "1"})

    cloud.run("pull", "by hand")

    assert text(cloud, "src/by-hand.js").startswith('import "./lib/a.js"')
    assert text(cloud, "src/lib/a.js") == "1"


def test_a_function_that_the_project_lacks_is_added_to_the_manifest(cloud: Cloud) -> None:
    document = {
        "name": 'by "hand"\x7f',
        "limits": {"wall_time_ms": 100},
        "net": {"allow": ["example.com"]},
        "attempts": 2,
        "fallback": {"status": 200, "body": {"a": [1, 2.5, True, "é\n"]}},
        "team": "support",
    }
    function_id = make(cloud, **document)
    pattern = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}
    trigger = {"name": "orders", "type": "event", "pattern": pattern}
    cloud.ask("PUT", f"functions/{function_id}/triggers", trigger)
    cloud.run("deploy")

    printed = cloud.run("pull", function_id)

    assert printed.splitlines() == ["src/by-hand.js\twritten", "isolambda.toml\tadded to"]
    added = read_project().functions['by "hand"\x7f']
    assert (added.id, added.main) == (function_id, "src/by-hand.js")
    assert added.settings == {
        key: document[key] for key in ("limits", "net", "attempts", "fallback")
    }
    assert added.triggers == [{**trigger, "qualifier": "$LATEST"}]
    assert cloud.run("diff") == ""


def test_another_function_of_that_name_is_refused(cloud: Cloud) -> None:
    function_id = make(cloud, name="greet")

    assert "the project has another function 'greet'" in cloud.fail("pull", function_id).stderr


def test_settings_that_differ_are_named_and_stay(cloud: Cloud, greet: str) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"record": "all", "limits": {"wall_time_ms": 50}})
    before = text(cloud, "isolambda.toml")

    result = isolambda("pull", "greet")

    assert (result.exit_code, result.stdout) == (0, "src/greet.js\tunchanged\n")
    assert result.stderr == (
        "isolambda: isolambda.toml has other settings, which stay: record, limits\n"
    )
    assert text(cloud, "isolambda.toml") == before


HOSTILE = [
    "../outside.js",
    "/outside.js",
    "src/../../outside.js",
    "a\\..\\..\\outside.js",
    "C:outside.js",
    "c:\\outside.js",
    "nul\x00.js",
    ".git/hooks/a.js",
    "src//a.js",
    "src/a.js\n",
    "\x1b[2J.js",
    "a.js/",
    "a.sh",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_is_refused(cloud: Cloud, greet: str, name: str) -> None:
    answered(cloud, greet, {"function_js": "return 1;", "files": {name: "1", "good.js": "1"}})
    before = sorted(cloud.folder.rglob("*"))

    result = cloud.fail("pull", "greet", "--force")

    assert result.stderr.count("\n") == 1
    assert sorted(cloud.folder.rglob("*")) == before
    assert text(cloud, "src/greet.js") == "return {hi: call.name};"


@pytest.mark.parametrize("name", ["con.js", "aux/a.js", "lpt1.x.js", "COM9.js", "a./b.js"])
def test_a_name_that_windows_has_for_devices_is_refused(
    cloud: Cloud, greet: str, name: str
) -> None:
    answered(cloud, greet, {"function_js": "return 1;", "files": {name: "1"}})

    assert " is no name of a file " in cloud.fail("pull", "greet", "--force").stderr


def test_two_names_that_are_one_on_some_machines_are_refused(cloud: Cloud, greet: str) -> None:
    answered(cloud, greet, {"function_js": "1", "files": {"a.js": "1", "A.js": "2"}})

    assert "src/A.js and src/a.js are one file on some machines" in (
        cloud.fail("pull", "greet", "--force").stderr
    )


@pytest.mark.parametrize("link", ["src/lib", "src/lib/a.js", "src"])
def test_nothing_is_written_through_a_link(cloud: Cloud, greet: str, link: str) -> None:
    outside = cloud.folder.parent / f"{cloud.folder.name}-outside"
    (outside / "lib").mkdir(parents=True)
    if link == "src":
        (cloud.folder / "src").rename(cloud.folder / "other")
    (cloud.folder / link).parent.mkdir(exist_ok=True)
    (cloud.folder / link).symlink_to(outside)
    answered(cloud, greet, {"function_js": "1", "files": {"lib/a.js": "1"}})

    result = cloud.fail("pull", "greet", "--force")

    assert result.stderr.endswith("is a link, and is not written through\n")
    assert [path.name for path in outside.rglob("*")] == ["lib"]


@pytest.mark.parametrize(
    "document",
    [
        {"function_js": 1},
        {"function_js": "1", "files": {"a.js": 1}},
        {"function_js": "1", "files": ["a.js"]},
        {"function_js": "x" * 2_000_000},
        {"function_js": "1", "files": {f"f{index}.js": "1" for index in range(300)}},
    ],
)
def test_a_document_that_is_none_is_refused(
    cloud: Cloud, greet: str, document: dict[str, Any]
) -> None:
    answered(cloud, greet, document)

    result = cloud.fail("pull", "greet", "--force")

    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("key", ["function_js", "name"])
def test_half_of_a_character_is_refused(cloud: Cloud, key: str) -> None:
    function_id = "b" * 32
    document = {"name": "theirs", "function_js": "1", "id": function_id, key: "\ud800"}
    answered(cloud, f"functions/{function_id}", document)
    cloud.run("deploy")

    result = cloud.fail("pull", function_id)

    assert "has half of a character" in result.stderr
    assert not list(cloud.folder.glob("src/theirs*"))


def answered(cloud: Cloud, path: str, document: dict[str, Any]) -> None:
    """Have a hostile server answer with a document in place of a function."""
    whole = {"name": "greet", "id": path.split("/")[1], "language_pack": "javascript", **document}
    answers = {
        path: httpx2.Response(200, content=json.dumps({"data": whole, "status": "success"})),
        f"{path}/triggers": httpx2.Response(200, json={"data": [], "status": "success"}),
    }
    cloud.before = lambda request: answers.get(request.url.path.removeprefix(cloud.path))


def test_a_write_that_fails_leaves_nothing_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.js").write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)

    with pytest.raises(OSError, match="No space left"):
        replace_file(tmp_path / "a.js", b"after")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.js", "before")]
