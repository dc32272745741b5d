"""The documents say what is so."""

import re
from dataclasses import fields

import pytest
import typer
from typer.testing import CliRunner

from isolambda_cli.main import COMMANDS, app
from isolambda_core.domain import limits
from isolambda_core.domain.limits import DEFAULT_LIMITS, KIB, MIB, Limits
from tests.support.documentation import INDEX, PAGES, README, ROOT, blocks, prose, text_of

DOCS = INDEX.parent
LIMITS = text_of(DOCS / "limits.md")
DOCUMENTS = (README, ROOT / "CONTRIBUTING.md", *PAGES)


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_each_limit_of_an_execution_is_in_the_table(name: str) -> None:
    row = next(line for line in LIMITS.splitlines() if line.startswith(f"| `{name}`"))

    assert spaced(getattr(DEFAULT_LIMITS, name)) in row


def test_each_limit_of_the_platform_is_in_the_table() -> None:
    named = {name: value for name, value in vars(limits).items() if name.isupper() and "_" in name}
    numbers = {name: value for name, value in named.items() if isinstance(value, int)}

    assert len(numbers) > 100
    assert {name: value for name, value in numbers.items() if spaced(value) not in LIMITS} == {}


def test_the_limits_of_the_readme_are_those() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text_of(README), re.MULTILINE))

    assert rows["wall time"] == (
        f"{DEFAULT_LIMITS.wall_time_ms // 1_000} s by default, {limits.WALL_TIME_MS_MIN} ms to "
        f"{limits.WALL_TIME_MS_MAX // 1_000} s by the document"
    )
    assert rows["memory"] == (
        f"{DEFAULT_LIMITS.memory_mb} MB by default, {limits.MEMORY_MB_MIN} to "
        f"{limits.MEMORY_MB_MAX} MB by the document"
    )
    assert DEFAULT_LIMITS.result_bytes == limits.PAYLOAD_BYTES
    assert rows["input, result"] == f"{limits.PAYLOAD_BYTES // MIB} MiB each, as JSON"
    assert rows["source"] == f"{limits.SOURCE_BYTES // MIB} MiB"
    assert rows["console lines"] == f"{DEFAULT_LIMITS.log_bytes // KIB} KiB an execution"
    assert rows["call from Kazoo"].startswith(f"{limits.CALL_WALL_TIME_MS // 1_000} s, ")


def test_each_parameter_and_each_alarm_of_the_template_is_in_a_table() -> None:
    template = text_of(ROOT / "template.yaml")
    parameters = template.partition("\nParameters:\n")[2].partition("\nRules:\n")[0]
    named = [
        *re.findall(r"^  (\w+):$", parameters, re.MULTILINE),
        *re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm$", template, re.MULTILINE),
    ]
    pages = text_of(DOCS / "deploying.md") + text_of(DOCS / "observability.md")
    rows = "".join(line.rpartition("|")[0] for line in pages.splitlines() if line[:1] == "|")

    assert len(named) > 20
    assert [name for name in named if f"`{name}`" not in rows] == []


def test_each_target_that_is_named_is_in_the_makefile() -> None:
    makefile = text_of(ROOT / "Makefile")
    code = [
        text
        for path in DOCUMENTS
        for text in (*re.findall("`([^`]+)`", prose(path)), *(block.text for block in blocks(path)))
    ]
    named = {target for text in code for target in re.findall(r"(?m)^make ([a-z-]+)", text)}

    assert {"run", "test", "help", "build", "check", "bench", "cost", "sam-local"} <= named
    assert [target for target in named if f"\n{target}:" not in makefile] == []


def test_each_command_that_is_named_is_there() -> None:
    everything = "".join(map(text_of, DOCUMENTS))
    pattern = r"isolambda admin (accounts|keys|secrets|kv|events|dead-letters) ([a-z]+)"
    named = {*re.findall(pattern, everything)}

    assert len(named) >= 10
    for words in named:
        assert CliRunner().invoke(app, ["admin", *words, "--help"]).exit_code == 0


def test_each_command_of_authors_that_is_named_is_there_and_has_its_row() -> None:
    commands = {command.name for command in COMMANDS if command.moved is None}
    code = [block.text for path in DOCUMENTS for block in blocks(path)]
    code += [text for path in DOCUMENTS for text in re.findall("`([^`]+)`", prose(path))]
    named = {
        word
        for text in code
        for word in re.findall(r"(?m)^(?:.*\| )?isolambda ([a-z][a-z-]*)", text)
    }
    table = text_of(DOCS / "cli.md").partition("| command | what it does |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    listed = {name for row in rows for name in re.findall("`([a-z]+)`", row.split("|")[1])}

    assert {"login", "run", "logs", "serve", "admin"} <= named
    assert named - commands == set()
    assert listed == commands


def test_each_option_of_serve_is_in_the_table_and_no_other() -> None:
    table = text_of(DOCS / "deploying.md").partition("| option of `isolambda serve`")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    serve = typer.main.get_command(app).commands["serve"].load()  # type: ignore[attr-defined]
    options = {name for parameter in serve.params for name in parameter.opts}

    named = {name for row in rows for name in re.findall(r"--[a-z-]+", row.split("|")[1])}
    assert named == options - {"--help"}
