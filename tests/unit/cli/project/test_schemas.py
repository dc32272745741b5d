"""Schemas of functions in a project: in its manifest, or in files that it names."""

import json
from pathlib import Path
from typing import Any

import pytest

from isolambda_cli.project.manifest import read_project
from tests.unit.cli.installations import isolambda
from tests.unit.cli.project.cloud import Cloud

INPUT: dict[str, Any] = {"type": "object", "properties": {"name": {"type": ["string", "null"]}}}
LIMITS = "limits = { wall_time_ms = 1000 }\n"
BY_FILE = f'{LIMITS}input_schema = "./schemas/in.json"\n'


def write(cloud: Cloud, schema: Any) -> None:
    cloud.write("schemas/in.json", json.dumps(schema))


@pytest.fixture
def named(cloud: Cloud) -> Cloud:
    """A project whose manifest names a file with a schema."""
    cloud.edit("isolambda.toml", LIMITS, BY_FILE)
    write(cloud, INPUT)
    return cloud


def test_a_schema_in_a_file_is_deployed_and_compared(named: Cloud, greet: str) -> None:
    named.run("deploy")
    assert named.ask("GET", greet)["input_schema"] == INPUT
    assert named.run("diff") == ""

    write(named, {"type": "object", "required": ["name"]})

    result = isolambda("diff")
    assert result.exit_code == 1
    assert '+    "required": [' in result.stdout
    assert "input_schema.properties input_schema.required" in named.run("deploy")
    assert named.ask("GET", greet)["input_schema"] == {"type": "object", "required": ["name"]}
    assert named.run("diff") == ""


def test_a_schema_that_is_taken_out_of_the_manifest_goes(named: Cloud, greet: str) -> None:
    named.run("deploy")
    named.edit("isolambda.toml", 'input_schema = "./schemas/in.json"\n', "")

    named.run("deploy")

    assert "input_schema" not in named.ask("GET", greet)


def test_a_schema_in_the_manifest_is_a_table(cloud: Cloud, greet: str) -> None:
    table = 'result_schema = { type = "array", items = { enum = ["a", 1, true] } }\n'
    cloud.edit("isolambda.toml", LIMITS, LIMITS + table)

    cloud.run("deploy")

    written = cloud.ask("GET", greet)["result_schema"]
    assert written == {"type": "array", "items": {"enum": ["a", 1, True]}}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[]", "input_schema: schemas/in.json: must be an object"),
        ("{", "input_schema: schemas/in.json: "),
        ('{"type": "objekt"}', "input_schema.type: must be one of null, boolean"),
        ('{"properties": {"a": {"const": null}}}', "in.json: properties.a.const is null, which"),
        ('{"enum": [null], "$ref": "https://example.com/a"}', "input_schema.$ref: A reference"),
    ],
)
def test_a_file_with_no_schema_is_refused_with_the_line_that_names_it(
    named: Cloud, text: str, error: str
) -> None:
    named.write("schemas/in.json", text)

    refused = named.fail("deploy").stderr

    assert refused.startswith("isolambda: isolambda.toml:7: functions.greet.input_schema")
    assert error in refused
    assert named.writes == []


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("schemas/none.json", "cannot be read: No such file"),
        ("../in.json", "is outside of the project's folder"),
        ("schemas", "Is a directory"),
    ],
)
def test_a_path_that_leads_to_no_file_of_the_project_is_refused(
    named: Cloud, tmp_path: Path, name: str, error: str
) -> None:
    (tmp_path.parent / "in.json").write_text("{}")
    named.edit("isolambda.toml", "./schemas/in.json", name)

    assert error in named.fail("deploy").stderr


def test_a_pull_writes_the_files_that_the_manifest_names(named: Cloud, greet: str) -> None:
    named.run("deploy")
    assert "schemas/in.json\tunchanged" in named.run("pull", "greet")
    named.ask("PATCH", greet, {"input_schema": {"required": ["name"]}})

    assert "schemas/in.json" in named.fail("pull", "greet").stderr
    result = isolambda("pull", "greet", "--force")

    assert "schemas/in.json\toverwritten" in result.stdout
    assert result.stderr == ""
    written = json.loads((named.folder / "schemas/in.json").read_text())
    assert written == {**INPUT, "required": ["name"]}
    assert named.run("diff") == ""


def test_a_pull_of_a_new_function_names_files_for_its_schemas(cloud: Cloud) -> None:
    schemas = {"input_schema": INPUT, "result_schema": {"enum": ["a", None]}}
    cloud.ask("PUT", "functions", {"name": "by hand", "function_js": "return 1;", **schemas})
    cloud.run("deploy")

    printed = cloud.run("pull", "by hand")

    assert "schemas/by-hand.input.json\twritten" in printed
    added = read_project().functions["by hand"]
    assert {key: added.settings[key] for key in schemas} == schemas
    assert added.schema_files == {
        "input_schema": "schemas/by-hand.input.json",
        "result_schema": "schemas/by-hand.result.json",
    }
    assert cloud.run("diff") == ""


def test_a_schema_that_the_manifest_does_not_have_is_named_by_a_pull(
    cloud: Cloud, greet: str
) -> None:
    cloud.run("deploy")
    cloud.ask("PATCH", greet, {"input_schema": INPUT})

    assert "other settings, which stay: input_schema" in isolambda("pull", "greet").stderr


def test_types_are_those_of_the_schemas_too(named: Cloud) -> None:
    named.edit("isolambda.toml", 'main = "src/bye.js"', 'main = "src/bye.js"\nresult_schema = {}')

    named.run("types")

    written = (named.folder / "isolambda.d.ts").read_text()
    assert "\ndeclare const call: any;\n" in written
    assert (
        """
interface IsolambdaFunctions {
  "greet": {
    call: { name?: string | null };
    result: unknown;
  };
  "bye": {
    call: unknown;
    result: unknown;
  };
}
"""
        in written
    )
    assert '"changed": false' in named.run("types", "--json")


def test_the_one_function_of_a_project_has_a_call_of_its_type(named: Cloud) -> None:
    named.edit("isolambda.toml", '\n[functions.bye]\nmain = "src/bye.js"\n', "")

    assert "\ndeclare const call: { name?: string | null };\n" in named.run("types", "-")


def test_a_manifest_with_a_mistake_gives_no_types(named: Cloud) -> None:
    named.write("schemas/in.json", "[]")

    assert "must be an object" in named.fail("types").stderr
    assert not (named.folder / "isolambda.d.ts").exists()
