"""``isolambda init`` writes a project, and never over anything."""

import json
from pathlib import Path

import pytest

from isolambda_cli.project.manifest import read_project
from isolambda_cli.project.new_project import Template
from tests.unit.cli.installations import isolambda

TYPES = Path(__file__).parents[4] / "functions/api/isolambda_api/http/isolambda.d.ts"


@pytest.mark.parametrize("template", Template)
def test_a_new_project_has_a_function_with_a_test(tmp_path: Path, template: Template) -> None:
    result = isolambda("init", str(tmp_path / "Shop_1"), "--template", template)

    assert (result.exit_code, result.stderr) == (0, "")
    project = read_project(tmp_path / "Shop_1")
    assert project.name == "Shop_1"
    [function] = project.functions.values()
    assert function.document()["files"]
    assert [path.parent for path in function.tests] == [tmp_path / "Shop_1/src"]
    written = [path for path in (tmp_path / "Shop_1").rglob("*") if path.is_file()]
    assert all(str(path) in result.stdout for path in written)


@pytest.mark.parametrize("template", Template)
def test_a_new_project_has_what_editors_and_git_need(tmp_path: Path, template: Template) -> None:
    isolambda("init", str(tmp_path / "shop"), "--template", template)

    folder = tmp_path / "shop"
    assert (folder / "isolambda.d.ts").read_text() == TYPES.read_text()
    assert json.loads((folder / "jsconfig.json").read_text())["compilerOptions"]["checkJs"]
    assert (folder / ".gitignore").read_text() == ".isolambda/\nnode_modules/\n"
    readme = (folder / "README.md").read_text().splitlines()
    assert readme[0] == "# shop"
    assert len(readme) <= 15


def test_for_scripts_a_new_project_is_one_document(tmp_path: Path) -> None:
    result = isolambda("init", str(tmp_path / "shop"), "--json")

    answer = json.loads(result.stdout)
    written = sorted(str(path) for path in (tmp_path / "shop").rglob("*") if path.is_file())
    assert (answer["name"], sorted(answer["files"])) == ("shop", written)


def test_a_url_has_a_name_that_it_may_have(tmp_path: Path) -> None:
    isolambda("init", str(tmp_path / "Shop_1"), "--template", "http")

    [function] = read_project(tmp_path / "Shop_1").functions.values()
    assert function.triggers[0]["path"] == "shop-1"


def test_a_point_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")

    assert isolambda("init", ".").exit_code == 0

    assert read_project().name == "shop"


def test_a_folder_that_is_not_empty_is_left_as_it_is(tmp_path: Path) -> None:
    for name in ("f", "e", "d", "c", "b", "a", ".git"):
        (tmp_path / name).touch()

    result = isolambda("init", str(tmp_path))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"isolambda: {tmp_path} is not empty: it has .git, a, b, c, d and 2 more\n"
    )
    assert len(list(tmp_path.iterdir())) == 7


def test_a_file_where_the_folder_would_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "shop").touch()

    result = isolambda("init", str(tmp_path / "shop"))

    assert result.exit_code == 1
    assert result.stderr == f"isolambda: {tmp_path / 'shop'}: Not a directory\n"


def test_a_name_that_is_none_for_a_project_is_refused(tmp_path: Path) -> None:
    result = isolambda("init", str(tmp_path / "a b"))

    assert result.stderr == (
        "isolambda: 'a b' is no name of a project: up to 64 letters, digits and . _ -\n"
    )
    assert not (tmp_path / "a b").exists()
