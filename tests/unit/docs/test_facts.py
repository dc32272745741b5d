"""The README says what is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from isolambda_cli.main import app
from isolambda_core.domain import limits
from isolambda_core.domain.limits import DEFAULT_LIMITS, Limits

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
TABLE = README.partition("## Limits")[2].partition("\n## ")[0]


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_each_limit_of_an_execution_is_in_the_table(name: str) -> None:
    row = next(line for line in TABLE.splitlines() if line.startswith(f"| `{name}`"))

    assert spaced(getattr(DEFAULT_LIMITS, name)) in row


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper() and "_" in name])
def test_each_limit_of_the_platform_is_in_the_table(name: str) -> None:
    value = getattr(limits, name)
    if isinstance(value, int):
        assert spaced(value) in TABLE


def test_each_parameter_and_each_alarm_of_the_template_is_in_a_table() -> None:
    template = (Path(__file__).parents[3] / "template.yaml").read_text(encoding="utf-8")
    parameters = template.partition("\nParameters:\n")[2].partition("\nRules:\n")[0]
    named = [
        *re.findall(r"^  (\w+):$", parameters, re.MULTILINE),
        *re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm$", template, re.MULTILINE),
    ]
    rows = "".join(line.rpartition("|")[0] for line in README.splitlines() if line[:1] == "|")

    assert len(named) > 20
    assert [name for name in named if f"`{name}`" not in rows] == []


def test_each_target_that_the_readme_names_is_in_the_makefile() -> None:
    makefile = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")

    for target in ("run", "test", "help", "build", "deploy", "check", "bench", "cost", "sam-local"):
        assert f"\n{target}:" in makefile


def test_each_command_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"isolambda (accounts|keys|events|dead-letters) ([a-z]+)", README))

    assert len(named) >= 10
    for words in named:
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0
