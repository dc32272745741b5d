"""``isolambda schema infer`` proposes schemas from recorded executions."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from isolambda_cli.project.functions import id_of
from isolambda_cli.project.manifest import read_project
from tests.unit.cli.fake_api import FakeApi, data, refusal
from tests.unit.cli.installations import isolambda

ID = id_of("shop", "greet")
PATH = f"functions/{ID}/executions"
MANIFEST = """\
[project]
name = "shop"

[functions.greet]
main = "src/greet/index.js"
record = "all"
"""
PROPOSED = {
    "input_schema": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name"],
    },
    "result_schema": {"type": "string"},
}


@pytest.fixture(autouse=True)
def _logged_in(logged_in: Path) -> Path:
    return logged_in


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "isolambda.toml").write_text(MANIFEST)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def asked(fake: FakeApi) -> list[dict[str, Any]]:
    """Two recorded executions, and what the list of them was asked for."""
    queries: list[dict[str, Any]] = []

    def executions(request: httpx2.Request) -> httpx2.Response:
        queries.append(dict(request.url.params))
        return data([{"execution_id": "1"}, {"execution_id": "2"}, {"execution_id": "3"}])

    fake.handlers[f"GET functions/{ID}"] = data({"id": ID, "name": "greet"})
    fake.handlers[f"GET {PATH}"] = executions
    fake.handlers[f"GET {PATH}/1"] = data({"input": {"name": "Ada", "age": 1}, "result": "hi"})
    fake.handlers[f"GET {PATH}/2"] = refusal(416, {"message": "too long"})
    fake.handlers[f"GET {PATH}/3"] = data({"input": {"name": "Bob"}, "result": "ho"})
    return queries


def test_both_schemas_are_printed(asked: list[dict[str, Any]]) -> None:
    result = isolambda("schema", "infer", "greet", "--sample", "50")

    assert json.loads(result.stdout) == PROPOSED
    assert result.stderr == "isolambda: from 2 executions\n"
    assert asked == [{"outcome": "ok", "page_size": "50"}]


def test_no_more_executions_are_read_than_were_asked_for(fake: FakeApi) -> None:
    isolambda("schema", "infer", "greet", "--sample", "1")

    assert [each for each in fake.asked if each.startswith(f"GET {PATH}/")] == [f"GET {PATH}/1"]


def test_without_records_it_says_how_to_have_some(fake: FakeApi) -> None:
    fake.handlers[f"GET {PATH}"] = data([])

    result = isolambda("schema", "infer", "greet")

    assert result.exit_code == 1
    assert 'keeps those with `record` set to "all"' in result.stderr


def test_they_are_written_into_files_that_the_manifest_names() -> None:
    result = isolambda("schema", "infer", "greet", "--write")

    assert result.stdout.splitlines() == [
        "schemas/greet/index.input.json\twritten",
        "schemas/greet/index.result.json\twritten",
        "isolambda.toml\tadded to",
    ]
    spec = read_project().functions["greet"]
    assert spec.settings == {"record": "all", **PROPOSED}
    again = isolambda("schema", "infer", "greet", "--write")
    assert again.stdout.count("unchanged") == 2
    assert "added to" not in again.stdout


def test_a_schema_that_is_there_is_written_over_by_force_alone(project: Path) -> None:
    isolambda("schema", "infer", "greet", "--write")
    file = project / "schemas/greet/index.input.json"
    file.write_text("{}")

    assert "index.input.json" in isolambda("schema", "infer", "greet", "--write").stderr
    assert file.read_text() == "{}"
    assert isolambda("schema", "infer", "greet", "--write", "--force").exit_code == 0
    assert json.loads(file.read_text()) == PROPOSED["input_schema"]


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ('record = "all"', "result_schema = {}", "has the result_schema of greet itself"),
        (
            '[functions.greet]\nmain = "src/greet/index.js"',
            '[functions]\ngreet.main = "a.js"\n[functions.other]\nmain = "b.js"',
            "add input_schema",
        ),
        ("functions.greet", "functions.other", "has no function 'greet'"),
    ],
)
def test_a_manifest_that_cannot_be_added_to_stays(
    project: Path, before: str, after: str, error: str
) -> None:
    text = MANIFEST.replace(before, after)
    (project / "isolambda.toml").write_text(text)

    result = isolambda("schema", "infer", "greet", "--write")

    assert result.exit_code == 1
    assert error in result.stderr
    assert (project / "isolambda.toml").read_text() == text
    assert not (project / "schemas").exists()
